import { createHash } from "node:crypto";
import { isMap } from "../chart-types/defaults.ts";
import { toPointer } from "../engine/yaml-file.ts";

/** Keys and list indexes from the values' root. */
export type Place = (string | number)[];

/** Places at which whatever somebody writes is as good: what a mistake there does, nothing but the writer can tell. */
const free: { at: RegExp; kinds: Kind[]; why: string }[] = [
  {
    at: /\/(labels|annotations|matchLabels)\/[^/]+$/,
    kinds: ["key misspelt", "word misspelt", "duration"],
    why: "labels and annotations are of the writer's choice",
  },
  {
    at: /^\/(env|dashboards|projects|additionalPrometheusRulesMap|ports|.*\/headers)\/[^/]+$/,
    kinds: ["key misspelt", "word misspelt"],
    why: "the name is of the writer's choice",
  },
];

/** Why nobody could know that a mistake is one; undefined where it matters. */
export function whyFree({ kind, place }: Pick<Mutant, "kind" | "place">): string | undefined {
  const path = toPointer(place);
  return free.find(({ at, kinds }) => kinds.includes(kind) && at.test(path))?.why;
}

/** Values with one mistake in them. */
export interface Mutant {
  /** Which kind of mistake it is. */
  kind: Kind;
  /** Where the mistake is. */
  place: Place;
  /** What was done there, such as `enabled -> enabeld`. */
  change: string;
  values: unknown;
}

/** One value in the whole, as the kinds of mistakes see it. */
interface Spot {
  /** Place of the map or list that holds it. */
  above: Place;
  /** Its key, or the nearest one above an item of a list. */
  key: string;
  value: unknown;
  /** Its map, unless a list holds it. */
  map?: Json;
  /** The map around that map. */
  outer?: Json;
}

type Json = Record<string, unknown>;

/** An edit: the place, what it is to be called in a report, and what then stands there; undefined for nothing. */
interface Edit {
  place: Place;
  change: string;
  /** Keys and values of the map at the place, undefined to remove one; or the value itself. */
  set: { keys: Json } | { value: unknown };
}

/** Words that stand for themselves: a key by which they are known, or the words. */
const wordKeys =
  /^(type|format|.*level|.*policy|policyTypes|accessModes|whenUnsatisfiable|operator|effect|strategy|workload|method|watchMethod|resource|resources|searchNamespace|org_role|verbs|application\.resourceTrackingMethod|severity|onNoData)$/i;
const quantityKeys = /^(cpu|memory|storage|ephemeral-storage|sizeLimit|retentionSize)$/;
const duration = /^\d+(ms|s|m|h|d|w|y)$/;

/** Each kind of mistake, with the edits that make it at one value. `pick` is a number that depends on seed and place. */
const kinds = {
  "key misspelt": ({ above, key, map }, pick) => {
    if (!map) return [];
    const typo = misspell(key, pick, (word) => word in map);
    return [{ place: above, change: `${key} -> ${typo}`, set: { keys: renamed(map, key, typo) } }];
  },
  "key a level up": ({ above, key, value, map, outer }) => {
    if (!map || !outer || key in outer) return [];
    const inner = above.at(-1) as string;
    const { [key]: _, ...left } = map;
    return [
      {
        place: above.slice(0, -1),
        change: `${key} moved out of ${inner}`,
        set: { keys: { [inner]: left, [key]: value } },
      },
    ];
  },
  "other scalar type": ({ above, key, value, map }) => {
    // A number is an amount, and PromQL, too.
    const other =
      quantityKeys.test(key) || key === "expr"
        ? true
        : { string: 7, number: "seven", boolean: "maybe" }[typeof value as string];
    return map && other !== undefined ? [replace(above, key, value, other)] : [];
  },
  "list for map": ({ above, key, value, map }) => (map && isMap(value) ? [replace(above, key, value, [value])] : []),
  "map for list": ({ above, key, value, map }) =>
    map && Array.isArray(value) ? [replace(above, key, value, { first: value[0] ?? 1 })] : [],
  quantity: ({ above, key, value, map }) => {
    if (!map || !quantityKeys.test(key) || typeof value !== "string") return [];
    const amount = /^[\d.]+/.exec(value)?.[0] ?? "1";
    return [
      `${value}x`,
      ...(value.endsWith("B") ? [] : [`${amount}GB`]),
      `${amount} Gi`,
      `${amount}gi`,
      "plenty",
      `-${value}-`,
    ].map((wrong) => replace(above, key, value, wrong));
  },
  duration: ({ above, key, value, map }) => {
    if (!map || typeof value !== "string" || !duration.test(value)) return [];
    return [`${value}x`, `${value.slice(0, -1)} sec`, "soon"].map((wrong) => replace(above, key, value, wrong));
  },
  "word misspelt": ({ above, key, value, map }, pick) => {
    if (!wordKeys.test(key) || typeof value !== "string" || !/^[A-Za-z]\w{2,}$/.test(value)) return [];
    const wrong = misspell(value, pick, () => false);
    if (map) return [replace(above, key, value, wrong)];
    return [{ place: above, change: `${value} -> ${wrong}`, set: { value: wrong } }];
  },
  "out of range": ({ above, key, value, map }) => {
    if (!map || typeof value !== "number") return [];
    return [replace(above, key, value, /port/i.test(key) ? 70_000 : -1 - value)];
  },
  host: ({ above, key, value, map }) => {
    if (!map || !/^(host|domain)$/i.test(key) || typeof value !== "string") return [];
    return [`${value}/`, value.replace(".", " "), `_${value}`].map((wrong) => replace(above, key, value, wrong));
  },
  "required by meaning": ({ above, key, value, map }) => {
    const isRule = map && "expr" in map && (key === "record" || key === "alert");
    const isMetric = map && "query" in map && "interval" in map;
    if (isMetric && key === "successCondition" && "failureCondition" in map) {
      return [
        {
          place: above,
          change: "without a condition",
          set: { keys: { [key]: undefined, failureCondition: undefined } },
        },
      ];
    }
    const isNeeded = isRule || (isMetric && (key === "count" || key === "successCondition"));
    return isNeeded && value !== undefined
      ? [{ place: above, change: `without ${key}`, set: { keys: { [key]: undefined } } }]
      : [];
  },
  PromQL: ({ above, key, value, map }, pick) => {
    if (!map || !/^(expr|query)$/.test(key) || typeof value !== "string") return [];
    const metric = /[a-z_:]+_[a-z_:0-9]+(?=\{)/.exec(value)?.[0];
    const wrong = [
      value.replace(/\)(?=[^)]*$)/, ""),
      ...(metric
        ? [
            value.replace(
              metric,
              misspell(metric, pick, () => false),
            ),
          ]
        : []),
    ];
    const args = /\{\{args\.(\w+)\}\}/.exec(value)?.[1];
    if (args) wrong.push(value.replace(`{{args.${args}}}`, `{{args.${misspell(args, pick, () => false)}}}`));
    return wrong
      .filter((text) => text !== value)
      .map((text, index) => ({
        place: [...above, key],
        change:
          ["a bracket left out", "a metric misspelt", "a placeholder misspelt"][wrong.length === 1 ? 0 : index] ?? "",
        set: { value: text },
      }));
  },
} satisfies Record<string, (spot: Spot, pick: number) => Edit[]>;

/** A kind of mistake, as people know it. */
export type Kind = keyof typeof kinds;

export const kindNames = Object.keys(kinds) as Kind[];

/** Every mistake of the list that can be made once in the values. The same seed gives the same ones. */
export function* mutantsOf(values: unknown, seed: string): Generator<Mutant> {
  for (const spot of spotsOf(values)) {
    for (const kind of kindNames) {
      const pick = createHash("sha256")
        .update(JSON.stringify([seed, kind, spot.above, spot.key]))
        .digest()
        .readUInt32BE();
      for (const { place, change, set } of kinds[kind](spot, pick)) {
        const at = "keys" in set && place.length === spot.above.length ? [...spot.above, spot.key] : place;
        yield { kind, place: at, change, values: changed(values, place, set) };
      }
    }
  }
}

function* spotsOf(node: unknown, above: Place = [], key = "", outer?: Json): Generator<Spot> {
  if (Array.isArray(node)) {
    for (const [index, value] of node.entries()) {
      if (isMap(value) || Array.isArray(value)) yield* spotsOf(value, [...above, index], key);
      else yield { above: [...above, index], key, value };
    }
  } else if (isMap(node)) {
    for (const [name, value] of Object.entries(node)) {
      yield { above, key: name, value, map: node, ...(outer && { outer }) };
      yield* spotsOf(value, [...above, name], name, node);
    }
  }
}

/** One letter left out, doubled, changed, or two swapped. */
function misspell(word: string, pick: number, isTaken: (word: string) => boolean): string {
  const letters = [...word];
  for (let turn = pick; ; turn++) {
    const at = Math.floor(turn / 4) % letters.length;
    const [before, letter = "", next = "", after] = [word.slice(0, at), word[at], word[at + 1], word.slice(at + 2)];
    const typo = [
      before + next + after,
      before + letter + letter + next + after,
      before + (letter === "x" ? "y" : "x") + next + after,
      before + next + letter + after,
    ][turn % 4] as string;
    if (typo !== word && typo !== "" && !isTaken(typo)) return typo;
  }
}

function replace(place: Place, key: string, from: unknown, to: unknown): Edit {
  const show = (value: unknown) => JSON.stringify(value)?.slice(0, 40);
  return { place, change: `${show(from)} -> ${show(to)}`, set: { keys: { [key]: to } } };
}

function renamed(map: Json, from: string, to: string): Json {
  return { [from]: undefined, [to]: map[from] };
}

/** A copy that shares what was not changed. */
function changed(node: unknown, [first, ...rest]: Place, set: Edit["set"]): unknown {
  if (first === undefined) {
    if ("value" in set) return set.value;
    return Object.fromEntries(
      Object.entries({ ...(node as Json), ...set.keys }).filter(([, value]) => value !== undefined),
    );
  }
  if (Array.isArray(node)) return node.with(first as number, changed(node[first as number], rest, set));
  return { ...(node as Json), [first]: changed((node as Json)[first], rest, set) };
}
