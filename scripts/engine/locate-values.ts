import path from "node:path";
import type { App, AppFacts } from "../../values-src/app.ts";
import type { Environment } from "../../values-src/environment.ts";
import type { InstrumentedModules } from "../positions/import-instrumented.ts";
import type { Place } from "../positions/places.ts";
import type { Finding } from "../problems/issue.ts";
import { type AppModule, appFile, type DeclaredApp } from "./apps.ts";
import { environmentFile } from "./environments.ts";
import type { EvaluatedRelease, ValueModule } from "./value-modules.ts";

/** Finds where in values-src/ the values of releases are written: it evaluates those that have problems a second time. */
export class ValueSources {
  readonly #root: string;
  readonly #apps: DeclaredApp[];
  /** Loaded with the first problem: the compiler takes a quarter of a second. */
  #modules: Promise<InstrumentedModules> | undefined;
  readonly #values = new Map<string, Promise<unknown>>();

  constructor(root: string, apps: DeclaredApp[]) {
    this.#root = root;
    this.#apps = apps;
  }

  /** Where what was found in the values of a release is written. Empty where that is not known. */
  async placeOf(release: EvaluatedRelease, { path: at, ofKey }: Finding): Promise<Partial<Place>> {
    const key = `${release.env.name}/${release.name}`;
    const values = this.#values.get(key) ?? this.#evaluate(release);
    this.#values.set(key, values);
    try {
      const { findPlace } = await import("../positions/places.ts");
      return findPlace(await values, at, ofKey) ?? {};
    } catch {
      // A problem without its line is of more use than none.
      return {};
    }
  }

  async #evaluate({ env: { name }, of, source }: EvaluatedRelease): Promise<unknown> {
    const env = { ...(await this.#import<{ default: Environment }>(environmentFile(this.#root, name))).default, name };
    const module = await this.#import<ValueModule & { values?(app: App): unknown }>(path.join(this.#root, source));
    const all = await Promise.all(this.#apps.map((app) => this.#app(env, app)));
    if ("app" in of)
      return module.values?.(all.find(({ app }) => app?.name === of.app.name)?.app as App & Environment, []);
    if (!module.values) return module.everywhere?.(Object.fromEntries(all.map(({ app, facts }) => [app?.name, facts])));
    return module.values(
      env as App & Environment,
      all.flatMap(({ app }) => app ?? []),
    );
  }

  async #app(env: Environment, { name, tags }: DeclaredApp): Promise<{ app: App | undefined; facts: AppFacts }> {
    const { appIn } = await this.#import<AppModule>(path.join(this.#root, "values-src/app.ts"));
    const { default: facts } = await this.#import<{ default: AppFacts }>(path.join(this.#root, appFile(name)));
    return { app: appIn(env, name, facts, tags[env.name] ?? ""), facts };
  }

  async #import<T extends object>(file: string): Promise<T> {
    const load = async () => new (await import("../positions/import-instrumented.ts")).InstrumentedModules();
    this.#modules ??= load();
    return (await this.#modules).import<T>(file);
  }
}
