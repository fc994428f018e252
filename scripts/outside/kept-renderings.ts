import { hash } from "node:crypto";
import {
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { findTool } from "./find-tool.ts";
import { type RenderedRelease, type Rendering, renderChart } from "./helm-template.ts";

/** Below the working directory, which npm sets to the repository's root. */
const folder = "node_modules/.cache/k8s-observable-rollouts/renderings";

/** Renderings that are kept: those of some branches. */
const most = 100;

/**
 * Renders like `renderChart`, the same chart with the same values once a day: charts may put the date in.
 * @param turn Renderings of different turns are kept apart: what differs between them is random, or the time.
 */
export async function renderOnce(release: RenderedRelease, turn: "first" | "again"): Promise<Rendering> {
  const { directory, ...rest } = release;
  const helm = findTool("helm");
  const stamp = helm && [helm, statSync(helm).mtimeMs];
  const today = new Date().toISOString().slice(0, 10);
  const file = path.join(folder, hash("sha256", JSON.stringify([hashOfFolder(directory), rest, turn, stamp, today])));
  const kept = read(file);
  if (kept !== undefined) return { text: kept };
  const rendering = await renderChart(release);
  if ("text" in rendering) keep(file, rendering.text);
  return rendering;
}

function read(file: string): string | undefined {
  try {
    const text = readFileSync(file, "utf8");
    utimesSync(file, new Date(), new Date());
    return text;
  } catch {
    return undefined;
  }
}

/** Without a place to keep it, it is rendered again. */
function keep(file: string, text: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    const unfinished = `${file}.${process.pid}`;
    writeFileSync(unfinished, text, { mode: 0o600 });
    renameSync(unfinished, file);
    const age = (name: string) => statSync(path.join(folder, name)).mtimeMs;
    const all = readdirSync(folder).map((name) => ({ name, at: age(name) }));
    for (const { name } of all.sort((one, other) => other.at - one.at).slice(most)) rmSync(path.join(folder, name));
  } catch {}
}

const hashes = new Map<string, string>();

/** Of the files of a folder, their names and contents. */
export function hashOfFolder(directory: string): string {
  const known = hashes.get(directory);
  if (known !== undefined) return known;
  const files = globSync("**/*", { cwd: directory }).sort();
  const lines = files.flatMap((name) => {
    const file = path.join(directory, name);
    return statSync(file).isFile() ? [`${name}\0${hash("sha256", readFileSync(file))}`] : [];
  });
  const value = hash("sha256", lines.join("\n"));
  hashes.set(directory, value);
  return value;
}
