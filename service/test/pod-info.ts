import { mkdirSync, mkdtempSync, readlinkSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The downward API's files of a pod, as the kubelet writes them. */
export class PodInfo {
  readonly folder = mkdtempSync(join(tmpdir(), "podinfo-"));
  #changes = 0;

  constructor(role: string) {
    this.setRole(role);
    symlinkSync("..data/role", join(this.folder, "role"));
  }

  /** Writes all files anew into a folder of their own, and replaces the link to the folder before. */
  setRole(role: string): void {
    const path = (name: string) => join(this.folder, name);
    const before = this.#changes > 0 ? readlinkSync(path("..data")) : undefined;
    const next = `..${++this.#changes}`;
    mkdirSync(path(next));
    writeFileSync(path(`${next}/role`), role);
    symlinkSync(next, path("..data_tmp"));
    renameSync(path("..data_tmp"), path("..data"));
    if (before) rmSync(path(before), { recursive: true });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}
