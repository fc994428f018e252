import { appendFileSync, globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { environmentNames } from "../../engine/environments.ts";
import { type Cost, measure, measureNpm } from "./measure.ts";

/** Something that people wait for, in a tree that was made for it. `round` is another number each time. */
export interface Scenario {
  title: string;
  run(root: string, round: number): Promise<Partial<Cost> & Pick<Cost, "wall">>;
}

const gen = (root: string) => measure(root, ["scripts/cli.ts", "gen"]);
const floor = path.join(import.meta.dirname, "floor.ts");

/** In this order: what is measured leaves the tree generated and everything cached, and the first two come first. */
export const scenarios: Scenario[] = [
  {
    title: "first run, nothing generated",
    run(root) {
      forget(root);
      rmSync(path.join(root, "generated"), { recursive: true, force: true });
      return gen(root);
    },
  },
  {
    title: "first run of a clone, as in CI",
    run(root) {
      forget(root);
      return gen(root);
    },
  },
  {
    title: "floor: the same values through yaml",
    run(root) {
      writeValues(root);
      return measure(root, [floor, valuesFile(root)]);
    },
  },
  { title: "nothing changed", run: gen },
  { title: "nothing changed, npm run gen", run: (root) => measureNpm(root, "gen") },
  {
    title: "nothing changed, npm run check",
    async run(root) {
      await measureNpm(root, "check");
      return measureNpm(root, "check");
    },
  },
  {
    title: "one fact of an environment changed",
    run(root, round) {
      const [env = ""] = environmentNames(root);
      edit(root, `values-src/environments/${env}.ts`, /\bdomain: "[^"]*"/, `domain: "a${round}.example.com"`);
      return gen(root);
    },
  },
  {
    title: "one value of kube-prometheus-stack changed",
    run(root, round) {
      const before = round === 0 ? "return {\n    crds:" : `return { fullnameOverride: "a${round - 1}",\n    crds:`;
      const after = `return { fullnameOverride: "a${round}",\n    crds:`;
      edit(root, "values-src/releases/kube-prometheus-stack.ts", before, after);
      return gen(root);
    },
  },
  {
    title: "one type of kube-prometheus-stack changed",
    run(root, round) {
      const before = "export interface Values {";
      edit(root, "values-src/charts/kube-prometheus-stack.ts", before, `${before}\n  benchmark${round}?: string;`);
      return gen(root);
    },
  },
  {
    title: "a values file from elsewhere, with an error",
    run(root, round) {
      const [values = ""] = globSync("generated/*/kube-prometheus-stack.yaml", { cwd: root });
      const file = path.join(root, "elsewhere.yaml");
      writeFileSync(file, readFileSync(path.join(root, values), "utf8"));
      appendFileSync(file, `noSuchKey${round}: true\n`);
      return measure(root, ["scripts/cli.ts", "check", file], 1).finally(() => rmSync(file));
    },
  },
];

/** Removes all that earlier runs have cached. */
function forget(root: string): void {
  rmSync(path.join(root, "node_modules/.cache"), { recursive: true, force: true });
}

function valuesFile(root: string): string {
  return path.join(root, "node_modules/values.jsonl");
}

/** Writes all generated values, a JSON text per line. */
function writeValues(root: string): void {
  writeFileSync(valuesFile(root), "");
  for (const file of globSync("generated/**/*.yaml", { cwd: root })) {
    const values = parse(readFileSync(path.join(root, file), "utf8"), { version: "1.1" });
    appendFileSync(valuesFile(root), `${JSON.stringify(values)}\n`);
  }
}

function edit(root: string, name: string, before: string | RegExp, after: string): void {
  const file = path.join(root, name);
  const text = readFileSync(file, "utf8");
  const edited = text.replace(before, after);
  if (edited === text) throw new Error(`${name} has not the place that the benchmark edits: ${before}`);
  writeFileSync(file, edited);
}
