import type { LiveApp } from "../cluster/live-app.ts";
import { hashOf, revisionOf, versionOf, type Workload } from "../cluster/workload.ts";

/** A test of a version's traffic. */
export interface AnalysisRun {
  metadata: { labels?: Record<string, string> };
  status?: { phase?: string };
}

/** Where `undo` leads: the revision, and versions between that are passed over since their analysis failed. */
export interface UndoTarget {
  set: Workload;
  skipped: string[];
}

/**
 * The revision to go back to: the stable one while another is rolled out or was given up; else the one before whose
 * analysis has not failed; or the newest of the version that is named. The plugin's own choice, the revision before, may be one that was aborted for good reason.
 */
export function undoTarget(app: LiveApp, runs: AnalysisRun[], version?: string): UndoTarget | undefined {
  const { status = {} } = app.workload;
  const older = olderSets(app);
  if (version !== undefined) {
    const named = older.find((set) => versionOf(set) === version);
    return named && { set: named, skipped: [] };
  }
  if (app.state !== "done" && status.stableRS) {
    const stable = older.find((set) => hashOf(set) === status.stableRS);
    if (stable) return { set: stable, skipped: [] };
  }
  const failed = new Set(
    runs
      .filter(({ status }) => status?.phase === "Failed" || status?.phase === "Error")
      .map(({ metadata }) => metadata.labels?.["rollouts-pod-template-hash"]),
  );
  const set = older.find((set) => !failed.has(hashOf(set)));
  if (!set) return undefined;
  return { set, skipped: older.slice(0, older.indexOf(set)).map(versionOf) };
}

/** The versions that the cluster can still go back to, the newest first. */
export function olderSets({ workload, history }: LiveApp): Workload[] {
  return history.filter((set) => revisionOf(set) < revisionOf(workload));
}
