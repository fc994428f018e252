import type { LiveApp } from "../app/live-app.ts";
import { hashOf, revisionOf, versionOf, type Workload } from "../app/workload.ts";

/** An analysis of a version's traffic, as far as it is read here. */
export interface AnalysisRun {
  metadata: { labels?: Record<string, string> };
  status?: { phase?: string };
}

/** Where `undo` leads: the revision, and the newer versions that are skipped because their analysis failed. */
export interface UndoTarget {
  set: Workload;
  skipped: string[];
}

/**
 * The revision to go back to. With a version named: its newest revision. While a version is being rolled out or was given
 * up: the stable revision. Otherwise: the newest older revision whose analysis has not failed. The plugin alone would take
 * the revision before, which may be one that was aborted for good reason.
 */
export function undoTarget(live: LiveApp, runs: AnalysisRun[], version?: string): UndoTarget | undefined {
  const { status = {} } = live.workload;
  const older = olderSets(live);
  if (version !== undefined) {
    const named = older.find((set) => versionOf(set) === version);
    return named && { set: named, skipped: [] };
  }
  if (live.state !== "done" && status.stableRS) {
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

/** The versions that the cluster can still go back to, newest first. */
export function olderSets({ workload, history }: LiveApp): Workload[] {
  return history.filter((set) => revisionOf(set) < revisionOf(workload));
}
