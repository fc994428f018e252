/**
 * What people wait for: `npm run bench -- [SIZE...] [--rounds N]`. A SIZE is a number of environments, `30`, or of apps and
 * environments, `50x4`. Ratios hold on a busy machine, times do not: beside each stands its processor time as a multiple
 * of the floor's. `npm run bench -- service` measures the sample app instead.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { formatTable } from "../../operations/text-table.ts";
import type { Cost } from "./measure.ts";
import { scenarios } from "./scenarios.ts";
import { makeTree, type Size } from "./tree.ts";

const { positionals, values } = parseArgs({ allowPositionals: true, options: { rounds: { type: "string" } } });

/** Rounds of the largest take minutes. */
const maxRounds = (size: Size) => (size.apps * size.environments > 1000 ? 1 : 3);

if (positionals.includes("service")) await import("../../../service/test/bench.ts");
else
  for (const size of (positionals.length > 0 ? positionals : ["4", "30", "300", "2000", "50x4"]).map(readSize))
    await bench(size);

function readSize(text: string): Size {
  const [, apps = "1", environments] = /^(?:(\d+)x)?(\d+)$/.exec(text) ?? [];
  if (!environments) throw new Error(`${text} is no size: write 30, or 50x4 for 50 apps in 4 environments`);
  return { apps: Number(apps), environments: Number(environments) };
}

/** Measures every scenario, in turn, and prints the medians. */
async function bench(size: Size): Promise<void> {
  const root = mkdtempSync(path.join(tmpdir(), "bench-"));
  try {
    makeTree(root, size);
    const costs = new Map<string, Partial<Cost>[]>(scenarios.map(({ title }) => [title, []]));
    for (let round = 0; round < Number(values.rounds ?? maxRounds(size)); round++)
      for (const { title, run } of scenarios) costs.get(title)?.push(await run(root, round));
    print(size, new Map([...costs].map(([title, all]) => [title, medians(all)])));
  } finally {
    rmSync(root, { recursive: true });
  }
}

function medians(all: Partial<Cost>[]): Partial<Cost> {
  const keys = ["wall", "cpu", "memory"] as const;
  return Object.fromEntries(
    keys.flatMap((key) => {
      const values = all.flatMap((cost) => cost[key] ?? []).sort((a, b) => a - b);
      return values.length > 0 ? [[key, values[Math.floor(values.length / 2)]]] : [];
    }),
  );
}

function print({ apps, environments }: Size, costs: Map<string, Partial<Cost>>): void {
  const floor = [...costs].find(([title]) => title.startsWith("floor"))?.[1].cpu ?? Number.NaN;
  const seconds = (milliseconds?: number) => (milliseconds === undefined ? "" : (milliseconds / 1000).toFixed(2));
  const rows = [...costs].map(([title, { wall, cpu, memory }]) => {
    const ratio = cpu === undefined ? "" : `${(cpu / floor).toFixed(2)}x`;
    return [title, seconds(wall), seconds(cpu), ratio, memory?.toFixed(0) ?? ""];
  });
  const title = `${environments} environments, ${apps} ${apps === 1 ? "app" : "apps"}`;
  console.log(formatTable([[title, "wall s", "CPU s", "of the floor", "MiB"], ...rows]).join("\n"), "\n");
}
