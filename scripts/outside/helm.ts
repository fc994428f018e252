import { Interrupted, interrupted } from "./deeds.ts";
import type { Cluster } from "./kubectl.ts";
import { type Ended, run } from "./run.ts";

/** Asks Helm something about a cluster, and gives how it ended. Throws `Interrupted`. */
export async function helm({ context }: Cluster, ...args: string[]): Promise<Ended> {
  const ended = await run("helm", ["--kube-context", context, ...args], { timeout: 120 });
  if (ended.failure === "killed" && interrupted.aborted) throw new Interrupted();
  return ended;
}
