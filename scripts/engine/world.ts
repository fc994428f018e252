import { existsSync } from "node:fs";
import path from "node:path";
import type { App } from "../../values-src/app.ts";
import type { Environment } from "../../values-src/environment.ts";
import type { Contradiction, World } from "../../values-src/world/world.ts";
import { type Issue, IssueError } from "../problems/issue.ts";
import { appFile } from "./apps.ts";
import { environmentFile } from "./environments.ts";
import { importOrThrow } from "./import-module.ts";
import { placesOfFacts } from "./locate-facts.ts";
import type { EvaluatedRelease } from "./value-modules.ts";

/** Finds what cannot all be so in an environment, given everything that it has. */
export type WorldCheck = (env: Environment, evaluated: EvaluatedRelease[]) => Promise<Issue[]>;

/**
 * The checks that `values-src/world/world.ts` exports; none in a repository without it. Throws `IssueError` where it
 * does not load.
 */
export async function loadWorldCheck(root: string): Promise<WorldCheck> {
  const file = path.join(root, "values-src/world/world.ts");
  if (!existsSync(file)) return async () => [];
  const { contradictions } = await importOrThrow<WorldModule>(file);
  if (typeof contradictions !== "function") {
    throw new IssueError({ file, message: "must export function contradictions(world: World): Contradiction[]" });
  }
  return (env, evaluated) => {
    const found = contradictions(worldOf(env, evaluated));
    const issues = found.map(async ({ app, fact, message }): Promise<Issue> => {
      const file = app === undefined ? environmentFile(root, env.name) : path.join(root, appFile(app));
      const place = fact && (await placeOfFact(root, env, appNamed(evaluated, app), fact));
      return { file, ...place, environments: [env.name], message };
    });
    return Promise.all(issues);
  };
}

function appNamed(evaluated: EvaluatedRelease[], name: string | undefined): App | undefined {
  return evaluated.flatMap(({ of }) => ("app" in of && of.app.name === name ? [of.app] : []))[0];
}

/** Where it is said: where the app departs from its environment, in its other facts, or in the environment's. */
async function placeOfFact(root: string, env: Environment, app: App | undefined, fact: string[]) {
  const own = path.join(root, appFile(app?.name ?? ""));
  const homes = [
    ...(app
      ? [
          { file: own, facts: app.facts, at: ["environments", env.name] },
          { file: own, facts: app.facts, at: [] },
        ]
      : []),
    { file: environmentFile(root, env.name), facts: env, at: [] },
  ];
  // All of the path, or else as much as says anything: the name of a pace has its settings nowhere but in a table.
  const says = (length: number) => homes.find(({ facts, at }) => has(facts, [...at, ...fact.slice(0, length)]));
  const length = [fact.length, 1].find(says);
  const home = length === undefined ? undefined : says(length);
  if (!home) return undefined;
  const wanted = { path: [...home.at, ...fact.slice(0, length)], ofKey: false };
  return (await placesOfFacts(home.file, [wanted]))[0];
}

function has(facts: unknown, at: string[]): boolean {
  const value = at.reduce(
    (inside: unknown, key) => (inside as Record<string, unknown> | null | undefined)?.[key],
    facts,
  );
  return value !== undefined;
}

interface WorldModule {
  contradictions?: (world: World) => Contradiction[];
}

/** What an environment has, as the world's checks see it. */
export function worldOf(env: Environment, evaluated: EvaluatedRelease[]): World {
  const releases = evaluated.map(({ name, namespace, owner, values, of }) => {
    return { name, namespace, owner, values, ...("app" in of && { app: of.app }) };
  });
  return { env, apps: releases.flatMap(({ app }) => app ?? []), releases };
}
