import { readFileSync } from "node:fs";
import path from "node:path";
import { isMap } from "../../chart-types/defaults.ts";
import { placesOfFacts } from "../../engine/locate-facts.ts";
import { readYamlFile } from "../../engine/yaml-file.ts";
import type { Annotation } from "../../problems/issue.ts";
import { type Difference, nameOf } from "./compare.ts";
import { differs, placed } from "./describe.ts";
import type { Danger } from "./effect.ts";
import { byDanger } from "./effects.ts";
import { type FactChange, factsIn } from "./facts.ts";
import type { PlacedEffect, Review } from "./review.ts";

/** Effects that are told of one fact; the comment and the job's summary have all. */
const maxEffects = 5;

/** What GitHub shows at the lines of the facts that changed, with what the branch does where they hold; dangers first. */
export async function annotationsOf(root: string, { facts, effects }: Review): Promise<Annotation[]> {
  const all = await Promise.all(facts.map((change) => annotate(root, change, effects)));
  const dangers: (Danger | undefined)[] = ["danger", "caution", "note", undefined];
  const sorted = all.flat().toSorted((one, other) => dangers.indexOf(one.danger) - dangers.indexOf(other.danger));
  return sorted.map(({ danger, ...annotation }) => {
    return { level: danger === "danger" || danger === "caution" ? "warning" : "notice", ...annotation };
  });
}

interface FactAnnotation extends Omit<Annotation, "level"> {
  danger: Danger | undefined;
}

async function annotate(root: string, change: FactChange, effects: PlacedEffect[]): Promise<FactAnnotation[]> {
  const { file, does, differences, problem } = change;
  const tell = (text: string, difference?: Difference): FactAnnotation => {
    const here = effects.filter((effect) => concerns(file, difference?.path ?? "", effect)).toSorted(byDanger);
    const lines = here.slice(0, maxEffects).map(placed);
    const more = here.length > maxEffects ? [`and ${here.length - maxEffects} more: npm run diff`] : [];
    const there = lines.length > 0 ? ["What this branch does there:", ...lines, ...more] : [];
    return { file, message: [text, ...there].join("\n"), danger: here[0]?.danger };
  };
  if (problem !== undefined) return [tell(`cannot be compared: ${problem}`)];
  if (does !== "changes") return [{ ...tell(`is ${does}`), ...(does === "new" && { line: 1 }) }];
  const places = await placesOf(path.join(root, file), differences);
  return differences.map((difference, index) => ({ ...tell(differs(difference), difference), ...places[index] }));
}

/** Whether an effect is of the app or the environment that a fact is about. */
function concerns(file: string, fact: string, { release, environments }: PlacedEffect): boolean {
  const [, folder, name = ""] = /^values-src\/(\w+)\/(.+?)(?:\.tags)?\.\w+$/.exec(file) ?? [];
  if (folder === undefined) return true;
  if (folder === "environments") return environments.includes(name);
  const inOne = file.endsWith(".json") ? fact : /^environments\.([^.]+)/.exec(fact)?.[1];
  return release === name && (!inOne || environments.includes(inOne));
}

/** Where the facts are written that this side has. */
async function placesOf(file: string, differences: Difference[]): Promise<Pick<Annotation, "line" | "column">[]> {
  const places = await placesOfAll(file, differences);
  return differences.map(({ after }, index) => (after === undefined ? {} : (places[index] ?? {})));
}

async function placesOfAll(file: string, differences: Difference[]): Promise<Pick<Annotation, "line" | "column">[]> {
  if (file.endsWith(".json")) {
    const yaml = readYamlFile(file);
    const data: unknown = JSON.parse(readFileSync(file, "utf8"));
    return differences.map((one) => (Array.isArray(yaml) ? {} : yaml.locate(keysOf(data, one.path), true)));
  }
  const facts = await factsIn(file);
  return placesOfFacts(
    file,
    differences.map((one) => ({ path: keysOf(facts, one.path), ofKey: false })),
  );
}

/** The keys that `compareValues` wrote as one text, as far as a value has them. */
function keysOf(value: unknown, text: string): (string | number)[] {
  if (Array.isArray(value)) {
    const [written, name = ""] = /^\[(.*?)\]\.?/.exec(text) ?? [];
    const named = value.findIndex((item) => nameOf(item) === name);
    const index = named < 0 ? Number(name) : named;
    return written !== undefined && index in value ? [index, ...keysOf(value[index], text.slice(written.length))] : [];
  }
  if (!isMap(value)) return [];
  // A key may have dots in it, and begin like another one.
  const keys = Object.keys(value).toSorted((one, other) => other.length - one.length);
  const key = keys.find((one) => text.startsWith(one) && /^([.[]|$)/.test(text.slice(one.length)));
  return key === undefined ? [] : [key, ...keysOf(value[key], text.slice(key.length).replace(/^\./, ""))];
}
