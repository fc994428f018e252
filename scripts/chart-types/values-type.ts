import type { ChoiceComments } from "./comments.ts";
import { type CustomResources, durationNames } from "./custom-resources.ts";
import { isMap } from "./defaults.ts";
import { fieldType, kubernetesType, placeOfMap } from "./kubernetes.ts";
import { tagsOf, typeBySchema, type ValuesSchema } from "./schema-type.ts";
import { named, nil, type Property, type Type, unionOf, unknown } from "./type-model.ts";
import { Use } from "./use.ts";

type Dictionary = Record<string, unknown>;

const scalars = ["string", "number", "boolean"].map((name) => named(name));
const own = (name: string): Type => named(name, "./kubernetes.ts");
const anything: Type = { kind: "object", properties: [], rest: unknown };

/** What is known of one value: the chart's default and what templates do with it. */
interface Evidence {
  default: unknown;
  use: Use;
  /** What is known beside the chart's templates and defaults. */
  sources: Sources;
  /** Keys from the chart's values. */
  place: string[];
  /** Where a map or list around it is rendered whole: `/containers/spec`. */
  within?: string;
  /** Whether it is `global`, which is there for the keys of whoever combines charts or writes templates in values. */
  shared?: boolean;
  /** Whether it is all values of a chart that is combined with others, whose `global` is for keys of all of them. */
  combined?: boolean;
  /** What the chart's own schema says of it. */
  schema?: ValuesSchema | undefined;
}

interface Sources {
  customResources: CustomResources;
  /** Words that a value may be, by the comments of `values.yaml`. */
  choices: ChoiceComments;
}

/**
 * Type of the values of a chart. A map is closed unless templates render it whole or visit keys of the user's choice;
 * its keys are those of the defaults and those that templates read.
 */
export function typeOfValues(
  defaults: Dictionary,
  use: Use,
  { schema, combined, sources }: { schema?: ValuesSchema | undefined; combined: boolean; sources: Sources },
): Type & { kind: "object" } {
  return { kind: "object", properties: propertiesOf({ default: defaults, use, schema, combined, sources, place: [] }) };
}

function typeOf(evidence: Evidence): Type {
  const { schema } = evidence;
  if (schema === undefined) return inferType(evidence);
  return typeBySchema(schema, {
    inferred: () => inferType(evidence),
    text: () => unionOf(textTypes(evidence)),
    map: () => mapType(evidence),
    items: (items) =>
      withoutDefaults(typeOf({ ...below(evidence, "[]"), use: evidence.use.knownItems ?? new Use(), schema: items })),
  });
}

/** What is known of a value below, before anything is known of itself. */
function below({ sources, place }: Evidence, key: string): Pick<Evidence, "default" | "sources" | "place"> {
  return { default: undefined, sources, place: [...place, key] };
}

function inferType(evidence: Evidence): Type {
  const { default: value, use } = evidence;
  const forms: Type[] = [];
  if (manifestNames.test(evidence.place.at(-1) ?? "") && Array.isArray(value)) return manifests;
  const { customResources } = evidence.sources;
  const known = isWhole(evidence) ? kubernetesType(placesOf(evidence), value, customResources) : undefined;
  const fits = known !== undefined && (isEmpty(value) || Array.isArray(value) === (known.kind === "list"));
  if (fits && (isEmpty(value) || typeof value === "object")) forms.push(withOwnKeys(known, evidence));
  else if (Array.isArray(value)) forms.push(listType(evidence));
  else if (isMap(value)) forms.push(mapType(evidence));
  else forms.push(...formsByUse(evidence));
  if (typeof value !== "object" && value !== undefined) forms.push(...scalarTypes(evidence));
  if (use.marks.has("is:string")) forms.push(named("string"));
  if (use.marks.has("is:map") && !forms.some((form) => form.kind === "object")) forms.push(mapType(evidence));
  if (use.marks.has("is:slice") && !forms.some((form) => form.kind === "list")) forms.push(listType(evidence));
  return unionOf(forms);
}

/** Forms of a value for which the default, being empty or a scalar, does not say all. */
function formsByUse(evidence: Evidence): Type[] {
  const { default: value, use } = evidence;
  const forms: Type[] = [];
  if (use.children.size > 0) forms.push(mapType(evidence));
  if (use.marks.has("eachKey") && use.children.size === 0) forms.push(mapType(evidence));
  if (use.marks.has("each") || use.marks.has("eachKey")) forms.push(listType(evidence));
  const read = use.marks.has("scalar") || use.marks.has("tested");
  if (forms.length > 0) return forms;
  if (isWhole(evidence)) return isEmpty(value) ? [unknown] : [];
  if (value === undefined || value === null) return read ? scalarsLike(textTypes(evidence)) : [unknown];
  return [];
}

/** Every type of scalar, unless the text is known to be of a kind. */
function scalarsLike(text: Type[]): Type[] {
  const [first] = text;
  if (first?.kind !== "name" || first.name === "string") return scalars;
  return first.from ? [...text, named("number")] : text;
}

/** A Kubernetes type, with the keys that templates take out before they render the rest as that type. */
function withOwnKeys(type: Type, evidence: Evidence): Type {
  const own = propertiesOf(evidence).filter(({ key }) => evidence.use.children.get(key)?.marks.has("omitted"));
  return own.length > 0 ? { kind: "extended", base: type, by: { kind: "object", properties: own } } : type;
}

function isWhole({ use, within }: Evidence): boolean {
  return use.marks.has("whole") || within !== undefined;
}

function placesOf({ use, within }: Evidence): Iterable<string> {
  return use.marks.has("whole") || within === undefined ? use.under : [within];
}

/** Names of lists of whole objects, or of templates of them. */
const manifestNames = /^(?:extraObjects|extraDeploy|extraManifests)$/;
const manifests: Type = { kind: "list", items: unionOf([own("Manifest"), named("string")]) };

/** Names of manifest fields that hold a number, by which one knows what an empty default stands for. */
const numberNames = /port$|unavailable$|available$|surge$|seconds$|limit$|replicas$|percent/i;
const countNames = /available$|replicas$|surge$/i;
const textNames = /address$|file$|path$|url$/i;
/** Fields that hold a version: 1.10 as a number would become 1.1. */
const versionNames = /image|version|tag$/i;

function isCalledIn({ under }: Use, names: RegExp): boolean {
  return [...under].some((place) => names.test(place.split(/[/@]/)[0] as string));
}

/** Types of a default that is a string, number or boolean, with the others that do as well. */
function scalarTypes(evidence: Evidence): Type[] {
  const { default: value, use } = evidence;
  const isCalled = (names: RegExp) => isCalledIn(use, names);
  const types = typeof value === "string" ? textTypes(evidence) : [named(typeof value)];
  if (typeof value === "number" && isCalled(countNames)) types[0] = own("Count");
  if (typeof value === "boolean") {
    // False stands for "not set" where such a field is only rendered when it is set.
    if (value === false && isCalled(numberNames)) types.push(named("number"), named("string"));
    if (value === false && isCalled(textNames)) types.push(named("string"));
    if (value === false && use.marks.has("whole")) types.push(anything);
  } else if (typeof value === "number") {
    const isNumeric = isCalled(numberNames) && !isCalled(/port$/i);
    if (use.marks.has("quoted") || isCalled(numberNames)) types.push(isNumeric ? own("NumberText") : named("string"));
  } else {
    const isNumber = value !== "" && !Number.isNaN(Number(value));
    const isPrintedAsText = use.marks.has("quoted") && !isCalled(versionNames);
    const isEmptyNumber = value === "" && isCalled(numberNames);
    if (isEmptyNumber && isCalled(countNames)) types.push(own("Count"));
    else if (isNumber || isPrintedAsText || isEmptyNumber) types.push(named("number"));
    if (value === "true" || value === "false") types.push(named("boolean"));
  }
  return types;
}

const durationLike = /^([0-9]+(ms|s|m|h|d|w|y))+$/;
const hostLike = /^[a-z0-9-]+([.][a-z0-9-]+)+$/;
const amountLike = /^[0-9]+[KMGTPE]i$/;
/** Names of what is counted in `m`, and no duration. */
const amountNames = /cpu|memory|size/i;

/** Names of what is one of the words that a comment lists. Of others, it may list only the usual ones. */
const choiceNames = /(?:level|format|type|policy|encoding|algorithm)$/i;

/** Types of a text: string, unless it is known to be one of some words, a duration or an amount. */
function textTypes({ default: value, use, sources, place }: Evidence): Type[] {
  const key = place.at(-1) ?? "";
  const { customResources, choices } = sources;
  const isSet = typeof value === "string" && value !== "";
  const field = fieldType(use.under, customResources);
  const said = choiceNames.test(key) ? choices.get(place.join("/")) : undefined;
  const words = field?.kind === "union" ? field.of : said?.map((word) => named(`"${word}"`));
  if (words) {
    const isOne = words.some((word) => word.kind === "name" && word.name === JSON.stringify(value));
    if (isOne) return words;
    return isSet ? [named("string")] : [...words, named('""')];
  }
  if (field?.kind === "name" && field.from) return [field];
  if (/^(?:limits|requests)$/.test(place.at(-2) ?? "") && amountNames.test(key)) return [own("Amount")];
  if (isSet && /^(?:domain|hostname)$/i.test(key) && hostLike.test(value)) return [own("Host")];
  if (!isSet && isCalledIn(use, countNames)) return [own("NumberText")];
  if (isSet ? durationLike.test(value) && !amountNames.test(key) : durationNames.test(key)) return [own("Duration")];
  return [isSet && amountLike.test(value) ? own("Amount") : named("string")];
}

function mapType(evidence: Evidence): Type {
  const { use } = evidence;
  const properties = propertiesOf(evidence);
  if (evidence.schema?.additionalProperties === false) return { kind: "object", properties };
  const open = isWhole(evidence) || use.marks.has("eachKey") || properties.length === 0 || evidence.shared === true;
  if (!open) return { kind: "object", properties };
  if (isWhole(evidence) || use.knownItems === undefined) return { kind: "object", properties, rest: unknown };
  const schema = schemaOfKey(evidence.schema, "");
  const rest = unionOf([typeOf({ ...below(evidence, "*"), use: use.knownItems, schema }), nil]);
  return { kind: "object", properties, rest };
}

function propertiesOf(evidence: Evidence): Property[] {
  const defaults = isMap(evidence.default) ? evidence.default : {};
  const others = new Set([...evidence.use.children.keys(), ...Object.keys(evidence.schema?.properties ?? {})]);
  const read = [...others].filter((key) => !Object.hasOwn(defaults, key)).sort();
  return [...Object.keys(defaults), ...read].map((key) => propertyOf(key, defaults[key], evidence));
}

function propertyOf(key: string, value: unknown, parent: Evidence): Property {
  const byName = parent.use.children.get(key);
  const byAny = parent.use.knownItems;
  // What is taken out before the rest is rendered or visited is used by its name alone.
  const apart = byName?.marks.has("omitted") === true;
  const use = byName && byAny && !apart ? Use.combine(byName, byAny) : (byName ?? byAny ?? new Use());
  const schema = schemaOfKey(parent.schema, key);
  const whole = isWhole(parent) && !apart;
  const places = whole ? [...placesOf(parent)] : [];
  const shared = parent.combined === true && key === "global";
  const evidence: Evidence = {
    ...below(parent, key),
    default: value,
    use,
    schema,
    shared,
    ...(whole && { within: `${key}/${placeOfMap(places[0] ?? "")}` }),
  };
  const type = typeOf(evidence);
  // Null deletes a default. A template that reads a key of what was deleted would fail, so closed maps stay.
  const needed = type.kind === "object" && type.rest === undefined && isMap(value) && !isWhole(evidence);
  const tags = schema === undefined ? [] : tagsOf(schema);
  return {
    key,
    type: needed ? type : unionOf([type, nil]),
    ...(value !== undefined && { default: value }),
    ...(tags.length > 0 && { tags }),
  };
}

function schemaOfKey(schema: ValuesSchema | undefined, key: string): ValuesSchema | undefined {
  const rest = schema?.additionalProperties;
  return schema?.properties?.[key] ?? (typeof rest === "object" ? rest : undefined);
}

function listType(evidence: Evidence): Type {
  const { default: value, use } = evidence;
  const defaults = Array.isArray(value) ? value : [];
  const itemUse = use.knownItems;
  const maps = defaults.filter(isMap);
  const sample = maps.length > 0 ? Object.assign({}, ...maps) : undefined;
  const seen = defaults
    .filter((item) => !isMap(item))
    .flatMap((item) => scalarTypes({ ...below(evidence, "[]"), default: item, use: new Use() }));
  const whole = isWhole(evidence);
  if (itemUse === undefined || (whole && itemUse.children.size === 0)) {
    const known = defaults.length > 0 && maps.length === 0;
    return { kind: "list", items: known ? unionOf(seen) : sample ? anything : unknown };
  }
  const items = typeOf({ ...below(evidence, "[]"), default: sample, use: itemUse, ...(whole && { within: "" }) });
  return { kind: "list", items: withoutDefaults(unionOf([items, ...seen])) };
}

/** The items of a default list are examples: none of their values is a default of another item. */
function withoutDefaults(type: Type): Type {
  if (type.kind === "list") return { kind: "list", items: withoutDefaults(type.items) };
  if (type.kind === "union") return { kind: "union", of: type.of.map(withoutDefaults) };
  if (type.kind !== "object") return type;
  const properties = type.properties.map(({ default: _, tags: __, ...property }) => {
    return { ...property, type: withoutDefaults(property.type) };
  });
  return { ...type, properties };
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === "" || (isMap(value) && Object.keys(value).length === 0);
}
