import { count } from "../../problems/issue.ts";
import type { Difference } from "./compare.ts";
import type { FactChange } from "./facts.ts";
import type { PlacedEffect, ReleaseReview, Review } from "./review.ts";

/** Lines shown of one release's values, and of its objects; --json has all. */
const most = 8;

/** Characters that GitHub takes in a comment, with room for what a workflow adds. */
const limit = 64_000;

const nothing = "nothing changes for anybody";
const calm = "no pod restarts, no rollout starts, and nothing goes";

/** For a terminal. */
export function describeReview({ base, effects, facts, changes }: Review): string {
  if (changes.length === 0) return [`${nothing}, compared with ${base}`, ...facts.flatMap(factLines)].join("\n");
  const marks = { danger: "!!", caution: " !", note: "  " } as const;
  const lines = effects.map((effect) => `${marks[effect.danger]} ${placed(effect)}`);
  const blocks = blocksOf(changes).flatMap(({ title, lines }) => ["", title, ...lines.map((line) => `  ${line}`)]);
  const first = lines.length > 0 ? lines : [`   ${calm}`];
  return [`Compared with ${base}:`, ...first, "", ...facts.flatMap(factLines), ...blocks].join("\n");
}

/** For a pull request: effects, then what differs, folded. Never longer than GitHub takes. */
export function describeReviewInMarkdown({ base, effects, facts, changes }: Review): string {
  if (changes.length === 0) return `Compared with ${base}, ${nothing}.\n`;
  const signs = { danger: "🔴", caution: "🟠", note: "⚪" } as const;
  const lines = effects.map((effect) => `- ${signs[effect.danger]} ${asText(placed(effect))}`);
  const sections = [{ title: "facts", lines: facts.flatMap(factLines) }, ...blocksOf(changes)].filter(
    ({ lines }) => lines.length > 0,
  );
  const blocks = sections.map(({ title, lines }) => {
    const body = lines.join("\n").replaceAll("```", "'''");
    return `<details><summary>${asText(title)}</summary>\n\n\`\`\`\n${body}\n\`\`\`\n</details>`;
  });
  const head = [`**What this changes**, compared with ${base}`, "", ...(lines.length > 0 ? lines : [`- ${calm}`]), ""];
  const all = [...head, ...blocks];
  const kept: string[] = [];
  let length = 0;
  for (const part of all) {
    length += part.length + 1;
    if (length > limit) break;
    kept.push(part);
  }
  const left = all.length - kept.length;
  return `${[...kept, ...(left > 0 ? [`\n${count(left, "part")} left out: npm run diff`] : [])].join("\n")}\n`;
}

/** What reads the same of several environments is said once, though programs are told more: numbers of pods, say. */
function blocksOf(changes: ReleaseReview[]): { title: string; lines: string[] }[] {
  const read = changes.map((change) => ({ ...change, lines: details(change) }));
  const alike = Map.groupBy(read, ({ release, lines }) => JSON.stringify([release, lines]));
  return [...alike.values()].flatMap((all) => {
    const [first] = all;
    const environments = all.flatMap((one) => one.environments).sort();
    return first ? [{ title: `${first.release} (${environments.join(", ")})`, lines: first.lines }] : [];
  });
}

/** `prod, staging: web: what happens`. */
export function placed({ release, environments, text }: PlacedEffect): string {
  return `${environments.join(", ")}: ${!release || text.includes(release) ? "" : `${release}: `}${text}`;
}

function factLines({ file, does, differences, problem }: FactChange): string[] {
  if (problem !== undefined) return [`${file}: cannot be compared: ${problem}`];
  if (does !== "changes") return [`${file} is ${does}`];
  return differences.map((difference) => `${file} ${differs(difference)}`);
}

function details({ values, objects, notRendered }: ReleaseReview): string[] {
  const ofObjects = objects
    .filter(({ does, differences }) => does !== "changes" || differences.length > 0)
    .map(({ title, does, differences }) =>
      does === "changes" ? `${title}: ${placesOf(differences)}` : `${title} is ${does}`,
    );
  const noise = objects.length - ofObjects.length;
  return [
    ...cut(values.map(differs), "value"),
    ...cut(ofObjects, "object"),
    ...(noise > 0 ? [`${count(noise, "object")} with other checksums or version labels alone`] : []),
    ...(notRendered ? [`its objects are not known: ${notRendered}`] : []),
  ];
}

/** Where an object differs, by the first two keys: `spec.template`. */
function placesOf(differences: Difference[]): string {
  const places = differences.map(({ path }) => /^[^.[]+(\.[^.[]+)?/.exec(path)?.[0] ?? path);
  return [...new Set(places)].join(", ");
}

function cut(lines: string[], noun: string): string[] {
  return lines.length > most ? [...lines.slice(0, most), `and ${count(lines.length - most, `more ${noun}`)}`] : lines;
}

/** `slo.window: 28d -> 14d`. */
export function differs({ path, before, after }: Difference): string {
  if (before === undefined) return `${path}: + ${brief(oneLine(after))}`;
  if (after === undefined) return `${path}: - ${brief(oneLine(before))}`;
  const [old, fresh] = [oneLine(before), oneLine(after)];
  const same = old.length + fresh.length > 120 ? Math.max(0, commonStart(old, fresh) - 20) : 0;
  const from = (text: string) => brief(same > 0 ? `…${text.slice(same)}` : text);
  return `${path}: ${from(old)} -> ${from(fresh)}`;
}

function oneLine(value: unknown): string {
  return (typeof value === "string" ? value : JSON.stringify(value)).replaceAll("\n", " ");
}

function brief(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function commonStart(one: string, other: string): number {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length++;
  return length;
}

/** Text in which Markdown finds no marks, and GitHub nobody to notify. */
function asText(text: string): string {
  return text.replace(/[<>*_`|#@]/g, (sign) => `&#${sign.codePointAt(0)};`);
}
