import type { AppFacts, Departure } from "../../../values-src/app.ts";
import type { Owner } from "../../../values-src/environment.ts";
import { type Load, type Second, startLoad } from "../../operations/load.ts";
import { waitUntil } from "../live/prometheus.ts";
import { ingress, kubectl, RunningApp } from "./app.ts";
import { lookAtGit, Repository } from "./repository.ts";
import { atEnd, describeFailures, good, mark, requestsPerSecond, steady, watch } from "./scenario.ts";
import { appFile, environment } from "./subject.ts";

const url = process.env.E2E_GIT_URL;

/** An app of each owner, in a copy of this repository. Without E2E_GIT_URL Argo CD can have none. */
export class OwnedApps {
  readonly repository: Repository;
  readonly all: { owner: Owner; app: RunningApp }[];

  private constructor(repository: Repository, prefix: string) {
    const owners: Owner[] = url ? ["helmfile", "argocd"] : ["helmfile"];
    this.repository = repository;
    this.all = owners.map((owner) => {
      const name = `${prefix}-${owner}`;
      return { owner, app: new RunningApp({ name, namespace: name, host: `${name}.${environment.domain}` }) };
    });
  }

  /** Makes the copy; nothing of the apps is there yet. Remains of an earlier run go first. */
  static async make(prefix: string): Promise<OwnedApps> {
    const apps = new OwnedApps(await Repository.make(url), prefix);
    await kubectl("delete", "namespace", ...apps.#names, "--ignore-not-found");
    return apps;
  }

  get #names(): string[] {
    return this.all.map(({ app }) => app.name);
  }

  /** Writes the apps' files, with this version. */
  write(tag: string, departure: (owner: Owner) => Departure, facts: Partial<AppFacts> = {}): void {
    for (const { owner, app } of this.all) {
      this.repository.write({
        [`values-src/apps/${app.name}.ts`]: appFile(owner, facts, departure(owner)),
        [`values-src/apps/${app.name}.tags.json`]: JSON.stringify({ [environment.name]: tag }),
      });
    }
  }

  /** Commits everything; then Helmfile releases its app, and Argo CD is told to look at git. Returns what Helmfile says. */
  async release(message: string): Promise<string> {
    await this.repository.push(message);
    const own = this.all.filter(({ owner }) => owner === "helmfile").map(({ app }) => app.name);
    const output = await this.repository.sync("argocd-apps", ...own);
    await lookAtGit();
    return output;
  }

  /** Waits until each app has such an object. */
  async there(kind: "rollout" | "deployment"): Promise<void> {
    for (const { app } of this.all) {
      const found = () => app.kubectl("get", kind, app.name, "--ignore-not-found", "-o", "name");
      await waitUntil(`there is the ${kind} ${app.name}`, async () => (await found()) !== "", 120);
    }
  }

  /** Puts a load on each until the scenario ends. `finish` counts it from here on. */
  async underLoad(): Promise<{ loads: Load[]; finish: () => Promise<Second[][]> }> {
    const loads = await Promise.all(
      this.all.map(async ({ app }) => {
        watch(app.namespace);
        const load = startLoad(await ingress(app.host), requestsPerSecond / 2);
        atEnd(() => load.stop());
        await steady(load, good);
        return load;
      }),
    );
    const ends = loads.map((load) => mark(load));
    return { loads, finish: () => Promise.all(ends.map((end) => end())) };
  }

  /** "owner helmfile 0 of 100 requests failed, owner argocd …". */
  describe(seen: Second[][]): string {
    return this.all.map(({ owner }, index) => `owner ${owner} ${describeFailures(seen[index] ?? [])}`).join(", ");
  }

  async remove(): Promise<void> {
    const files = this.#names.flatMap((name) => [`values-src/apps/${name}.ts`, `values-src/apps/${name}.tags.json`]);
    this.repository.write(Object.fromEntries(files.map((file) => [file, null])));
    await this.repository.npm("gen");
    await this.repository.sync("argocd-apps");
    await kubectl("delete", "namespace", ...this.#names, "--ignore-not-found", "--wait=false");
  }
}
