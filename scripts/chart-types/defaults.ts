import type { ChartFiles, Subchart } from "./files.ts";

type Dictionary = Record<string, unknown>;

/** Defaults of a chart with those of its subcharts, under their keys. */
export function defaultsOf({ values, subcharts }: ChartFiles): Dictionary {
  const below = subcharts.map(({ key, chart }) => [key, mergeDefaults(defaultsOf(chart), mapAt(values, key))] as const);
  return { ...values, ...Object.fromEntries(below) };
}

/**
 * The same without the defaults of subcharts that are switched off by the chart's values, with these over them. What
 * switches them off stays.
 */
export function defaultsInUse(chart: ChartFiles, over: Dictionary): Dictionary {
  const { subcharts, values } = chart;
  const all = mergeDefaults(defaultsOf(chart), over);
  const below = subcharts.map((subchart): [string, unknown] => {
    const { key } = subchart;
    if (isOff(subchart, all)) return [key, onlySwitches(subchart, mapAt(values, key))];
    const inner = defaultsInUse(subchart.chart, mergeDefaults(mapAt(values, key), mapAt(over, key)));
    return [key, mergeDefaults(inner, mapAt(values, key))];
  });
  return { ...values, ...Object.fromEntries(below) };
}

/** https://helm.sh/docs/topics/charts/#tags-and-condition-fields-in-dependencies */
function isOff({ condition }: Subchart, values: Dictionary): boolean {
  const given = condition.split(",").map((place) => valueAt(values, place.trim().split(".")));
  return given.find((value) => typeof value === "boolean") === false;
}

function onlySwitches({ key, condition }: Subchart, values: Dictionary): Dictionary {
  const names = condition.split(",").flatMap((place) => {
    const [first, name, ...more] = place.trim().split(".");
    return first === key && name !== undefined && more.length === 0 ? [name] : [];
  });
  return Object.fromEntries(names.flatMap((name) => (Object.hasOwn(values, name) ? [[name, values[name]]] : [])));
}

function valueAt(values: unknown, place: string[]): unknown {
  return place.reduce((value: unknown, key) => (isMap(value) ? value[key] : undefined), values);
}

function mapAt(values: Dictionary, key: string): Dictionary {
  const value = values[key];
  return isMap(value) ? value : {};
}

/** As Helm merges a parent's values over those of a subchart: maps by key, anything else as a whole. */
export function mergeDefaults(base: Dictionary, over: Dictionary): Dictionary {
  const merged = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = base[key];
    merged[key] = isMap(below) && isMap(value) ? mergeDefaults(below, value) : value;
  }
  return merged;
}

/** Whether a value is a map of YAML: an object of JSON, and no list. */
export function isMap(value: unknown): value is Dictionary {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
