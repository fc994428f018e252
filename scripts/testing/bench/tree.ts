import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { appFacts } from "../../../values-src/testing/facts.ts";
import { environmentNames } from "../../engine/environments.ts";

const repository = path.resolve(import.meta.dirname, "../../..");

/** How large a repository is. */
export interface Size {
  environments: number;
  apps: number;
}

/**
 * Makes a copy of this repository with so many environments, its own in turn under other names, and so many apps. It
 * shares the packages and has a cache of its own, which is empty. Nothing is generated there but `schemas/`.
 */
export function makeTree(root: string, { environments, apps }: Size): void {
  const filter = (file: string) => !file.includes("node_modules");
  for (const part of ["package.json", "releases", "values-src", "schemas", "scripts", "service"])
    cpSync(path.join(repository, part), path.join(root, part), { recursive: true, filter, verbatimSymlinks: true });
  mkdirSync(path.join(root, "node_modules"));
  for (const name of readdirSync(path.join(repository, "node_modules")).filter((name) => name !== ".cache"))
    symlinkSync(path.join(repository, "node_modules", name), path.join(root, "node_modules", name));
  addEnvironments(root, environments);
  addApps(root, apps);
}

function addEnvironments(root: string, count: number): void {
  const folder = path.join(root, "values-src/environments");
  const own = environmentNames(root);
  for (let n = own.length; n < count; n++) {
    const like = own[n % own.length] as string;
    const text = readFileSync(path.join(folder, `${like}.ts`), "utf8");
    const domain = text.replace(/(\bdomain: ")/, `$1${like}-${n}.`);
    writeFileSync(path.join(folder, `${like}-${n}.ts`), domain);
  }
}

function addApps(root: string, count: number): void {
  const folder = path.join(root, "values-src/apps");
  const own = readdirSync(folder).filter((file) => /^[^.]+\.ts$/.test(file)).length;
  for (let n = own; n < count; n++) {
    const facts = appFacts({ image: `example/shop-${n}`, team: `team-${n % 10}` });
    writeFileSync(path.join(folder, `shop-${n}.ts`), `export default ${JSON.stringify(facts)};\n`);
    writeFileSync(path.join(folder, `shop-${n}.tags.json`), "");
  }
  const tags = Object.fromEntries(environmentNames(root).map((name) => [name, "0.1.0"]));
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".tags.json")))
    writeFileSync(path.join(folder, file), JSON.stringify(tags, null, 2));
}
