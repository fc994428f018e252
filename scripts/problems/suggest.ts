import { closestMatch } from "leven";
import { IssueError } from "./issue.ts";

/** `, did you mean "x"?` when a candidate is near what was written, else nothing. */
export function didYouMean(written: string, candidates: Iterable<string>): string {
  const maxDistance = Math.max(1, Math.floor(written.length / 3));
  const match = closestMatch(written, [...candidates], { maxDistance });
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
    file: `--${kind === "environment" ? "env" : kind}`,
    message: unknownName(kind, written, known),
  });
}
