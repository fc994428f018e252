import path from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { outputOfSync, runScript } from "../testing/processes.ts";
import { requireTool } from "../testing/require.ts";
import { copyWithApps, edit, temporaryDirectory } from "../testing/workspace.ts";
import { toYaml } from "./helm-yaml.ts";
import { imageTagProblem } from "./image-tags.ts";
import { parseYaml } from "./yaml-file.ts";

/** Some that YAML 1.1, Go or both take for something else, and all that can be put together from their characters. */
const odd = [
  ..."yes y on NO n off true False null NULL Null 1_000 0b11 0B11 010 08 0o14 0O7 0x1F 0X1f 0x_f 0_7 1e3 1E5".split(
    " ",
  ),
  ..."1e1_0 12e03 1e 1e_ 0b12 0x 0b 1.10 1.0 1. 1_.5 1._5 2001-01-01 2026-11-26 2001-1-1 100 1_ 0o8 0.1.0".split(" "),
  ..."99999999999999999999 123456789012345678 123e4567 1e999 0x1p-2 infinity nan 00 0 -1 +1 _1 1__0 0b_1 0_x1 0b-1".split(
    " ",
  ),
];
const any = fc.string({ unit: fc.constantFrom(..."001279_xXbBoOeEfy.-+"), minLength: 1, maxLength: 7 });
const scalars = [...new Set([...odd, ...fc.sample(any, { seed: 15, numRuns: 5000 })])];

/** What Helm makes of values: its own YAML, as JSON. */
function readWithHelm(helm: string, values: string): unknown {
  const chart = temporaryDirectory();
  edit(chart, {
    "Chart.yaml": "apiVersion: v2\nname: a\nversion: 0.1.0\n",
    "values.yaml": "",
    "templates/a.yaml": "json: {{ toJson .Values | quote }}\n",
    "mine.yaml": values,
  });
  const rendered = outputOfSync(helm, ["template", "a", chart, "--values", path.join(chart, "mine.yaml")]);
  const yaml = parseYaml("", rendered.slice(rendered.indexOf("json:")));
  if (Array.isArray(yaml)) throw new Error(JSON.stringify(yaml));
  return JSON.parse((yaml.data as { json: string }).json);
}

test("whatever string is written, Helm reads that string", (context) => {
  const helm = requireTool(context, "helm");
  expect(readWithHelm(helm, toYaml({ tags: scalars }))).toEqual({ tags: scalars });
});

test("a scalar without quotes is to us what it is to Helm", (context) => {
  const helm = requireTool(context, "helm");
  const plain = scalars.filter((text) => !/^[-+.]?$|^-\s|^---|^\.\.\./.test(text));
  const text = `all:\n${plain.map((each) => `  - ${each}\n`).join("")}`;
  const yaml = parseYaml("", text);
  if (Array.isArray(yaml)) throw new Error(JSON.stringify(yaml));
  const { all } = yaml.data as { all: unknown[] };
  const { all: helms } = readWithHelm(helm, text) as { all: unknown[] };
  const unlike = plain.flatMap((each, index) =>
    all[index] === helms[index] ? [] : [[each, all[index], helms[index]]],
  );
  expect(unlike).toEqual([]);
});

test("a tag that is no image's is refused before it gets anywhere", () => {
  for (const tag of ["1:20", ".5", "~", "", "-1", "a b", "é", "1.0\n", true, 1.1, null, 1000]) {
    expect(imageTagProblem(tag)).toMatch(/^must be an image tag/);
  }
});

test("an image tag that reads like a number or a boolean reaches the pods as it was written", async (context) => {
  const helm = requireTool(context, "helm");
  const root = copyWithApps("shop");
  const tags = { ci: "0o14", dev: "1e1_0", prod: "0b-1", staging: "yes" };
  edit(root, { "values-src/apps/shop.tags.json": JSON.stringify(tags) });
  expect((await runScript(root, "gen")).stderr).toBe("");
  for (const [env, tag] of Object.entries(tags)) {
    const values = path.join(root, "generated", env, "shop.yaml");
    const rendered = outputOfSync(helm, ["template", "shop", path.join(root, "service/chart"), "--values", values]);
    // As Kubernetes reads it, which takes YAML as Helm does.
    const [pod] = rendered.split(/^---$/m).flatMap((text) => {
      const yaml = parseYaml("", text);
      if (Array.isArray(yaml)) throw new Error(JSON.stringify(yaml));
      return (yaml.data as { spec?: { template?: Pod } } | null)?.spec?.template ?? [];
    });
    expect(pod?.spec.containers[0]?.image).toBe(`example/shop:${tag}`);
    expect(pod?.metadata.labels["app.kubernetes.io/version"]).toBe(tag);
  }
});

interface Pod {
  metadata: { labels: Record<string, unknown> };
  spec: { containers: { image: unknown }[] };
}
