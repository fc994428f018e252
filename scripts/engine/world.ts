import { existsSync } from "node:fs";
import path from "node:path";
import type { Environment } from "../../values-src/environment.ts";
import type { Contradiction, World } from "../../values-src/world/world.ts";
import { type Issue, IssueError } from "../problems/issue.ts";
import { appFile } from "./apps.ts";
import { environmentFile } from "./environments.ts";
import { importOrThrow } from "./import-module.ts";
import type { EvaluatedRelease } from "./value-modules.ts";

/** Finds what cannot all be so in an environment, given everything that it has. */
export type WorldCheck = (env: Environment, evaluated: EvaluatedRelease[]) => Issue[];

/**
 * The checks that `values-src/world/world.ts` exports; none in a repository without it. Throws `IssueError` where it
 * does not load.
 */
export async function loadWorldCheck(root: string): Promise<WorldCheck> {
  const file = path.join(root, "values-src/world/world.ts");
  if (!existsSync(file)) return () => [];
  const { contradictions } = await importOrThrow<WorldModule>(file);
  if (typeof contradictions !== "function") {
    throw new IssueError({ file, message: "must export function contradictions(world: World): Contradiction[]" });
  }
  return (env, evaluated) =>
    contradictions(worldOf(env, evaluated)).map(({ app, message }) => {
      const place = app === undefined ? environmentFile(root, env.name) : path.join(root, appFile(app));
      return { file: place, env: env.name, message };
    });
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
