import { closestMatch } from "leven";
import { IssueError } from "./issue.ts";

/** Longer than any name that somebody misspelt. */
const maxLength = 200;

/** `, did you mean "x"?` when a candidate is near what was written, else nothing. */
export function didYouMean(written: string, candidates: Iterable<string>): string {
  const match = nearestName(written, candidates);
  return match ? `, did you mean "${match}"?` : "";
}

/** The candidate that is near in spelling. Two neighbouring letters that were swapped are one mistake: `dve` is near `dev`. */
export function nearestName(written: string, candidates: Iterable<string>): string | undefined {
  // Comparing takes time by the square of the length.
  if (written.length > maxLength) return undefined;
  const names = [...candidates];
  const maxDistance = Math.max(1, Math.floor(written.length / 3));
  return names.find((name) => isSwapped(written, name)) ?? closestMatch(written, names, { maxDistance });
}

/** Whether two names differ only in two neighbouring letters, which are swapped. */
function isSwapped(written: string, name: string): boolean {
  if (written.length !== name.length) return false;
  let at = 0;
  while (at < name.length && written[at] === name[at]) at++;
  return name === `${written.slice(0, at)}${written[at + 1]}${written[at]}${written.slice(at + 2)}`;
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

/** A command of this product, to copy: `npm run undo -- dev --app web`, where `app` is the name if it has to be said. */
export function npmRun(verb: string, words: string[], app?: string): string {
  const all = [...words, ...(app === undefined ? [] : ["--app", app])];
  return `npm run ${verb}${all.length > 0 ? ` -- ${all.join(" ")}` : ""}`;
}
