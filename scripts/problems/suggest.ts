import { closestMatch } from "leven";
import { IssueError } from "./issue.ts";

/**
 * `, did you mean "x"?` when a candidate is near what was written, else nothing. Two neighbouring letters that were swapped
 * are one mistake, so that `dve` is near `dev`.
 */
export function didYouMean(written: string, candidates: Iterable<string>): string {
  const names = [...candidates];
  const swapped = [...written.slice(1)].map(
    (next, at) => `${written.slice(0, at)}${next}${written[at]}${written.slice(at + 2)}`,
  );
  const maxDistance = Math.max(1, Math.floor(written.length / 3));
  const match = names.find((name) => swapped.includes(name)) ?? closestMatch(written, names, { maxDistance });
  return match ? `, did you mean "${match}"?` : "";
}

/** Message for a name that is not among the known ones. */
export function unknownName(kind: string, written: string, known: string[]): string {
  return `there is no ${kind} "${written}"${didYouMean(written, known) || "."} Known: ${[...known].sort().join(", ") || "none"}.`;
}

/** Throws `IssueError` if a name was given on the command line and is not among the known ones. */
export function requireKnown(kind: string, written: string | undefined, known: string[]): void {
  if (written === undefined || known.includes(written)) return;
  throw new IssueError({
    file: kind === "environment" ? "ENV" : `--${kind}`,
    message: unknownName(kind, written, known),
  });
}
