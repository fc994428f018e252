import { anyOf, fieldOf, itemOf, type Meaning, mark, nothing } from "./use.ts";

/** What a call of a template function denotes, given what its arguments denote. */
export type TemplateFunction = (args: Meaning[]) => Meaning;

const some = (args: Meaning[]): Meaning => anyOf(args);
const first = (args: Meaning[]): Meaning => args[0] ?? nothing;
const last = (args: Meaning[]): Meaning => args.at(-1) ?? nothing;

/** Reads as a scalar whatever it is given, and denotes text of its own. */
const scalar = (args: Meaning[]): Meaning => {
  for (const arg of args) mark(arg, "scalar");
  return nothing;
};

/** Asks whether, and no more. */
const test = (args: Meaning[]): Meaning => {
  for (const arg of args) mark(arg, "tested");
  return nothing;
};

const toText = (args: Meaning[]): Meaning => ({ uses: [], text: [last(args)] });
const fromText = (args: Meaning[]): Meaning => anyOf(last(args).text ?? []);

/** Changes text without changing what it holds. */
const reshape = (args: Meaning[]): Meaning => {
  const value = some(args);
  mark(value, "scalar");
  return value.text === undefined ? nothing : { uses: [], text: value.text };
};

const quote = (args: Meaning[]): Meaning => {
  for (const arg of args) mark(arg, "scalar", "quoted");
  return { ...reshape(args), printed: args.flatMap(({ uses }) => uses) };
};

/** One step of `index`: by the names that the template knows, or by any name at all. */
function step(from: Meaning, key: Meaning): Meaning {
  if (key.strings !== undefined) return anyOf(key.strings.map((name) => fieldOf(from, name)));
  mark(key, "scalar");
  mark(from, "eachKey");
  return itemOf(from);
}

const index = ([from = nothing, ...keys]: Meaning[]): Meaning => keys.reduce(step, from);

const dict = (args: Meaning[]): Meaning => {
  const fields = new Map<string, Meaning>();
  for (let at = 0; at + 1 < args.length; at += 2) {
    for (const key of args[at]?.strings ?? []) fields.set(key, args[at + 1] as Meaning);
  }
  return { uses: [], fields };
};

const set = ([target = nothing, key = nothing, value = nothing]: Meaning[]): Meaning =>
  anyOf([target, dict([key, value])]);

const dig = (args: Meaning[]): Meaning => {
  const [from = nothing, fallback = nothing] = [args.at(-1), args.at(-2)];
  return anyOf([index([from, ...args.slice(0, -2)]), fallback]);
};

const omit = ([from = nothing, ...keys]: Meaning[]): Meaning => {
  for (const key of keys.flatMap((k) => k.strings ?? [])) mark(fieldOf(from, key), "omitted");
  return from;
};

const pick = ([from = nothing, ...keys]: Meaning[]): Meaning => ({
  uses: [],
  fields: new Map(keys.flatMap((k) => k.strings ?? []).map((key) => [key, fieldOf(from, key)])),
});

const keys = (args: Meaning[]): Meaning => {
  for (const arg of args) mark(arg, "eachKey");
  return nothing;
};

const element = (args: Meaning[]): Meaning => {
  mark(last(args), "each");
  return itemOf(last(args));
};

const join = (args: Meaning[]): Meaning => {
  mark(itemOf(last(args)), "scalar");
  mark(last(args), "each");
  return scalar(args.slice(0, -1));
};

const kindIs = ([kind = nothing, value = nothing]: Meaning[]): Meaning => {
  for (const name of kind.strings ?? []) mark(value, `is:${name}`);
  return nothing;
};

/** `eq (kindOf x) "map"` asks for a kind, any other comparison reads scalars. */
const compare = (args: Meaning[]): Meaning => {
  const asked = args.flatMap((arg) => arg.kindOf ?? []);
  if (asked.length === 0) return scalar(args);
  return kindIs([
    anyOf(args.map((arg) => (arg.strings ? { uses: [], strings: arg.strings } : nothing))),
    { uses: asked },
  ]);
};

const printf = (args: Meaning[]): Meaning => {
  scalar(args);
  const [format, ...rest] = args.map((arg) => arg.strings);
  if (format?.length !== 1 || rest.length !== 1 || rest[0] === undefined) return nothing;
  return { uses: [], strings: rest[0].map((text) => (format[0] as string).replace(/%[sv]/, text)) };
};

/** `list "a" "b"` and what is added to one. */
const list = (args: Meaning[]): Meaning => ({ uses: [], items: args });
const append = ([to = nothing, ...more]: Meaning[]): Meaning => anyOf([to, list(more)]);

const table: [string, TemplateFunction][] = [
  ["default coalesce or and merge mergeOverwrite mustMerge mustMergeOverwrite concat", some],
  ["ternary", (args) => some(args.slice(0, 2))],
  ["required", last],
  ["deepCopy mustDeepCopy uniq mustUniq reverse compact rest initial without slice sortAlpha", first],
  [
    "toYaml toYamlPretty toJson toPrettyJson toRawJson mustToJson mustToPrettyJson mustToRawJson mustToYaml toToml",
    toText,
  ],
  ["fromYaml fromJson fromYamlArray fromJsonArray mustFromJson", fromText],
  ["tpl", (args) => reshape(args.slice(0, 1))],
  ["b64enc nindent indent trim trimAll trimSuffix trimPrefix replace toString print cat nospace", reshape],
  ["quote squote", quote],
  ["index", index],
  ["get", index],
  ["hasKey", (args) => test([index(args)])],
  ["dict", dict],
  ["set", set],
  ["unset", first],
  ["dig", dig],
  ["omit", omit],
  ["pick", pick],
  ["keys", keys],
  ["first last values", element],
  ["list tuple", list],
  ["append prepend mustAppend mustPrepend", append],
  ["join", join],
  ["kindIs typeIs", kindIs],
  ["kindOf typeOf", (args) => ({ uses: [], kindOf: last(args).uses })],
  ["eq ne", compare],
  ["not empty len", test],
  ["printf", printf],
];

export const templateFunctions: ReadonlyMap<string, TemplateFunction> = new Map(
  table.flatMap(([names, run]) => names.split(" ").map((name) => [name, run] as const)),
);

/** What a function that is not listed does: it reads its arguments as scalars. */
export const anyOtherFunction: TemplateFunction = scalar;
