import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { toolEnv } from "../../outside/run.ts";
import { outputOf, start } from "../processes.ts";
import { copyRepository, edit } from "../workspace.ts";
import { context, kubectl } from "./app.ts";
import { environment } from "./subject.ts";

/** How a command ended. */
export interface Ended {
  code: number | string | null;
  stdout: string;
  /** stdout, then stderr. */
  output: string;
}

/** Lets Argo CD look at git now; by itself it does so every few minutes, or when a webhook tells it. */
export async function lookAtGit(): Promise<void> {
  const refresh = ["--all", "--overwrite", "argocd.argoproj.io/refresh=normal"];
  await kubectl("annotate", "applications.argoproj.io", "--namespace", "argocd", ...refresh);
}

/** A copy of this repository as a user has it, whose commits go where Argo CD reads them. */
export class Repository {
  readonly root = copyRepository();

  /** Makes the copy, with a first commit, and with a remote where one is named: an empty repository or one to overwrite. */
  static async make(url: string | undefined): Promise<Repository> {
    const repository = new Repository();
    await repository.git("init", "--quiet", "--initial-branch=main");
    appendFileSync(path.join(repository.root, ".git/info/exclude"), "node_modules\n.tools\n");
    await repository.git("config", "user.name", "e2e");
    await repository.git("config", "user.email", "e2e@example.com");
    if (url !== undefined) {
      await repository.git("remote", "add", "origin", url);
      repository.edit("values-src/platform.ts", /gitUrl: ".*"/, `gitUrl: "${url}"`);
    }
    await repository.push("The platform's own repository");
    return repository;
  }

  /** Replaces what a pattern matches in a file. Throws where it matches nothing. */
  edit(file: string, pattern: RegExp, text: string): void {
    const absolute = path.join(this.root, file);
    const before = readFileSync(absolute, "utf8");
    if (!pattern.test(before)) throw new Error(`${file} has nothing like ${pattern}`);
    writeFileSync(absolute, before.replace(pattern, text));
  }

  /** Writes files, or removes them (null). */
  write(files: Record<string, string | null>): void {
    edit(this.root, files);
  }

  /** Generates, commits everything, and pushes it where there is a remote. */
  async push(message: string): Promise<void> {
    const { code, output } = await this.npm("gen");
    if (code !== 0) throw new Error(output);
    await this.git("add", "--all");
    await this.git("commit", "--quiet", "--allow-empty", "--message", message);
    if ((await this.git("remote")) !== "") await this.git("push", "--quiet", "--force", "origin", "main");
  }

  /** Runs a command of package.json. With `until`, it is killed as soon as it has printed that, or after so many ms. */
  npm(command: string, args: string[] = [], until?: string | number): Promise<Ended> {
    return this.#start("npm", ["run", "--silent", command, "--", ...args], until);
  }

  /** Runs Helmfile on the environment. */
  helmfile(...args: string[]): Promise<Ended> {
    return this.#start("helmfile", ["--kube-context", context(), "--environment", environment.name, ...args]);
  }

  /** Releases what the working tree says of these releases. Throws with what Helmfile says where it fails. */
  async sync(...releases: string[]): Promise<string> {
    const selectors = releases.flatMap((name) => ["--selector", `name=${name}`]);
    const { code, output } = await this.helmfile(...selectors, "sync");
    if (code !== 0) throw new Error(output);
    return output;
  }

  /** Runs a line that a command has printed for people to copy. */
  shell(line: string): Promise<Ended> {
    return this.#start("sh", ["-c", line]);
  }

  git(...args: string[]): Promise<string> {
    return outputOf("git", args, { cwd: this.root });
  }

  async #start(command: string, args: string[], until?: string | number): Promise<Ended> {
    const env = { ...toolEnv(), INIT_CWD: undefined, CI: "true" };
    const running = start(command, args, { cwd: this.root, env, ownGroup: true });
    if (typeof until === "string") running.onOutput((all) => all.includes(until) && running.kill("SIGKILL"));
    const timer = typeof until === "number" ? setTimeout(() => running.kill("SIGKILL"), until) : undefined;
    const { code, stdout, stderr } = await running.ended;
    clearTimeout(timer);
    return { code, stdout, output: stdout + stderr };
  }
}
