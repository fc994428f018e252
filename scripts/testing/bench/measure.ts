import { readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { environment, start } from "../processes.ts";

/** What a process took. */
export interface Cost {
  /** Milliseconds from its start to its end. */
  wall: number;
  /** Milliseconds of processor time, its own and the system's for it. */
  cpu: number;
  /** MiB that it had in memory at most. */
  memory: number;
}

/** Loaded before the program: writes at its end what it used. JavaScript, so that it brings no compiler along. */
const report = `data:text/javascript,${encodeURIComponent(
  `import { writeFileSync } from "node:fs";
   process.on("exit", () => writeFileSync(process.env.USAGE_FILE, JSON.stringify(process.resourceUsage())));`,
)}`;

/** Runs a program of Node's in a folder. Throws with what it says unless it exits with that code. */
export async function measure(cwd: string, args: string[], code = 0): Promise<Cost> {
  const usageFile = path.join(cwd, "node_modules/usage.json");
  const env = { ...environment(), USAGE_FILE: usageFile, NODE_COMPILE_CACHE: "node_modules/.cache/node" };
  const wall = await timed(process.execPath, ["--import", report, ...args], cwd, env, code);
  const usage = JSON.parse(readFileSync(usageFile, "utf8")) as NodeJS.ResourceUsage;
  rmSync(usageFile);
  return { wall, cpu: (usage.userCPUTime + usage.systemCPUTime) / 1000, memory: usage.maxRSS / 1024 };
}

/** Runs an npm script: what npm itself uses cannot be told from what the script does. */
export async function measureNpm(cwd: string, ...args: string[]): Promise<Pick<Cost, "wall">> {
  return { wall: await timed("npm", ["run", "--silent", ...args], cwd, environment(), 0) };
}

async function timed(command: string, args: string[], cwd: string, env: NodeJS.ProcessEnv, code: number) {
  const before = performance.now();
  const ended = await start(command, args, { cwd, env }).ended;
  const wall = performance.now() - before;
  if (ended.code !== code)
    throw new Error(`${command} ${args.slice(2).join(" ")}: exit code ${ended.code}\n${ended.stderr}`);
  return wall;
}
