import { currentCluster } from "../../outside/cluster.ts";

/** Before anything is done to a cluster: ends the run unless it is a local one, or was named. */
export default async function requireContext(): Promise<void> {
  try {
    const { context, server, local } = await currentCluster();
    if (local || process.env.E2E_CONTEXT === context) {
      process.env.E2E_CONTEXT = context; // Pinned: every call of the run names it.
      return;
    }
    console.error(`Context ${context} (${server}) is not local, and the suite takes a cluster for its own.`);
    console.error(`If it is meant, repeat with E2E_CONTEXT=${context}`);
  } catch (error) {
    console.error((error as Error).message);
  }
  process.exit(1); // Without it Vitest would print a stack trace.
}
