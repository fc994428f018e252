import type { App } from "../app.ts";
import type { Values } from "../charts/http-service.ts";
import type { Environment, Owner } from "../environment.ts";

/** An environment with everything that it has, evaluated. */
export interface World {
  env: Environment;
  apps: App[];
  releases: WorldRelease[];
}

/** A release of the platform or an app, with its values. */
export interface WorldRelease {
  name: string;
  namespace: string;
  owner: Owner;
  /** As JSON holds them, and valid against their schema. */
  values: unknown;
  /** The app that is released; left out for a release of the platform. */
  app?: App;
}

/** Two things of a world that cannot both be so. */
export interface Contradiction {
  /** The app in whose file it can be mended; left out: in the environment's. */
  app?: string;
  /**
   * The fact that says one of the two, by its keys: as the app says it for the environment, else for itself, else as the
   * environment does. The message names its line.
   */
  fact?: string[];
  /** One line: both sides by name, and what to do. */
  message: string;
}

/** An app that has the chart of every app, and so values of a known form. */
export interface HttpService {
  app: App;
  values: Values;
}

/** The apps without a chart of their own: of the others only the facts can be checked. */
export function httpServices({ releases }: World): HttpService[] {
  return releases.flatMap(({ app, values }) => (app && !app.facts.chart ? [{ app, values: values as Values }] : []));
}

/** The release of that name, where the environment has it. */
export function releaseNamed({ releases }: World, name: string): WorldRelease | undefined {
  return releases.find((release) => release.name === name);
}

/** The releases that are not apps. */
export function platformReleases({ releases }: World): WorldRelease[] {
  return releases.filter(({ app }) => !app);
}

/** Every object that is somewhere in values under that key, such as each `ingress` of a chart's components. */
export function objectsAt(key: string, values: unknown): Record<string, unknown>[] {
  if (typeof values !== "object" || values === null) return [];
  return Object.entries(values).flatMap(([name, value]: [string, unknown]) => {
    const own = name === key && typeof value === "object" && value !== null && !Array.isArray(value);
    return [...(own ? [value as Record<string, unknown>] : []), ...objectsAt(key, value)];
  });
}

/** "a", "a and b", "a, b and c". */
export function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
