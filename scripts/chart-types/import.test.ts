import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { deriveSchemas } from "../engine/derive-schema.ts";
import { compileSchema, type Validator } from "../engine/validator.ts";
import { requireChart } from "../testing/require.ts";
import { defaultsOf } from "./defaults.ts";
import { readChart } from "./files.ts";

type Dictionary = Record<string, unknown>;

const charts = "argo-cd argo-rollouts argocd-apps ingress-nginx kube-prometheus-stack traefik".split(" ");

/** Examples of upstream that are wrong for the pinned version, and how one can tell. */
const invalidExamples: Record<string, string> = {
  "kube-prometheus-stack/charts/grafana/ci/with-image-renderer-values.yaml":
    "imageRenderer.extraVolumes[0].emtpyDir is rendered as it is into the pod's volumes; no volume has such a field",
};

const validators = new Map<string, Validator>();

beforeAll(() => {
  const root = path.resolve(import.meta.dirname, "../..");
  const files = charts.map((chart) => ({ file: path.join(root, `values-src/charts/${chart}.ts`), type: "Values" }));
  for (const [at, schema] of deriveSchemas(files).entries())
    validators.set(charts[at] as string, compileSchema(schema));
}, 120_000);

describe.each(charts)("types of %s", { timeout: 120_000 }, (name) => {
  const problems = (values: unknown) => (validators.get(name) as Validator)(values);

  test("accept every example that the chart carries", (ctx) => {
    const directory = requireChart(ctx, name);
    const examples = globSync("{,charts/*/}ci/*.yaml", { cwd: directory }).sort();
    const rejected = examples.filter((file) => problems(readExample(directory, file)).length > 0);
    const known = Object.keys(invalidExamples).filter((file) => file.startsWith(`${name}/`));
    console.log(
      `${name}: ${examples.length - rejected.length} of ${examples.length} examples accepted, invalid: ${known.length}`,
    );
    expect(rejected.map((file) => `${name}/${file}`)).toEqual(known);
  });

  test("accept the chart's defaults", (ctx) => {
    expect(problems(defaultsOf(readChart(requireChart(ctx, name))))).toEqual([]);
  });

  test("reject one wrong letter in any default key of a closed map", (ctx) => {
    const defaults = defaultsOf(readChart(requireChart(ctx, name)));
    const accepts = (place: string[], key: string, value: unknown) =>
      problems(nest([...place, key], value)).length === 0;
    let caught = 0;
    let open = 0;
    const missed: string[] = [];
    for (const { place, key, value, siblings } of keysOf(defaults)) {
      // Where even this key is taken, any key is: the map is open by nature.
      const isOpen = accepts(place, "no-such-key", value);
      for (const typo of typosOf(key).filter((one) => !siblings.includes(one))) {
        if (!accepts(place, typo, value)) caught++;
        else if (isOpen) open++;
        else missed.push([...place, typo].join("."));
      }
    }
    console.log(`${name}: ${caught} of ${caught + missed.length} typos caught; ${open} more are in open maps`);
    expect(missed).toEqual([]);
  });
});

/** An example of a subchart stands under the subchart's key. */
function readExample(directory: string, file: string): unknown {
  const values = parse(readFileSync(path.join(directory, file), "utf8"), { merge: true }) ?? {};
  const subchart = /^charts\/([^/]+)\//.exec(file)?.[1];
  return subchart ? { [subchart]: values } : values;
}

interface Key {
  place: string[];
  key: string;
  value: unknown;
  siblings: string[];
}

function keysOf(values: Dictionary, place: string[] = []): Key[] {
  const siblings = Object.keys(values);
  return Object.entries(values).flatMap(([key, value]) => [
    { place, key, value, siblings },
    ...(isMap(value) ? keysOf(value, [...place, key]) : []),
  ]);
}

/** One letter left out, one doubled, one replaced, each in the middle of the key. */
function typosOf(key: string): string[] {
  const middle = Math.floor(key.length / 2);
  const before = key.slice(0, middle);
  const letter = key.charAt(middle);
  const after = key.slice(middle + 1);
  const typos = [before + after, before + letter + letter + after, before + (letter === "x" ? "y" : "x") + after];
  return typos.filter((typo) => typo !== "" && typo !== key);
}

function nest(place: string[], value: unknown): unknown {
  return place.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
}

function isMap(value: unknown): value is Dictionary {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
