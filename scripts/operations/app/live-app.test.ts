import { describe, expect, test } from "vitest";
import { deployment, replicaSet, rollout } from "../../testing/workloads.ts";
import { undoTarget } from "../rollout/undo.ts";
import { readLiveApp as read, type Workload } from "./live-app.ts";

const sets = [replicaSet("Rollout", "old", "0.1.0", 1), replicaSet("Rollout", "new", "0.2.0", 2)];
const stable = { stableRS: "old" };
const fresh = { currentPodHash: "new" };

function readLiveApp(workload: Workload, replicaSets: Workload[]) {
  return read({ name: "web", namespace: "web" }, workload, replicaSets);
}

describe("a Rollout", () => {
  test("at a step says how far it is, with the weight that the controller has set", () => {
    const canary = { weights: { canary: { weight: 20 } } };
    const status = { ...stable, ...fresh, phase: "Paused", currentStepIndex: 1, canary };
    const app = readLiveApp(rollout({ version: "0.2.0", status }), sets);
    expect(app).toMatchObject({
      state: "paused",
      stable: "0.1.0",
      next: "0.2.0",
      step: "1/4, 20 %",
      environment: "ci",
    });
  });

  test("without traffic routing has the weight of the last step that sets one", () => {
    const status = { ...stable, ...fresh, phase: "Paused", currentStepIndex: 3 };
    expect(readLiveApp(rollout({ version: "0.2.0", status }), sets).step).toBe("3/4, 50 %");
  });

  test("that was given up serves the stable version", () => {
    const status = {
      ...stable,
      ...fresh,
      abort: true,
      abortedAt: "2026-01-01T00:00:00Z",
      phase: "Degraded",
      message: "RolloutAborted: errors",
    };
    const app = readLiveApp(rollout({ version: "0.2.0", status }), sets);
    expect(app).toMatchObject({ state: "aborted", stable: "0.1.0", next: "0.2.0", message: "RolloutAborted: errors" });
    expect(app.step).toBeUndefined();
  });

  test("that is done has one version", () => {
    const app = readLiveApp(
      rollout({ version: "0.2.0", status: { stableRS: "new", ...fresh, phase: "Healthy" } }),
      sets,
    );
    expect(app).toMatchObject({ state: "done", stable: "0.2.0", phase: "Healthy" });
    expect(app.next).toBeUndefined();
  });

  test("that the controller has not seen yet is not done, whatever its status says", () => {
    const status = { stableRS: "old", currentPodHash: "old", phase: "Healthy", observedGeneration: "1" };
    expect(readLiveApp(rollout({ version: "0.2.0", status }), sets).state).toBe("progressing");
  });

  test("is Argo CD's when it is tracked by it", () => {
    const tracked = rollout({ version: "0.2.0" });
    expect(readLiveApp(tracked, sets).owner).toBe("helmfile");
    tracked.metadata.annotations = { "argocd.argoproj.io/tracking-id": "web:..." };
    expect(readLiveApp(tracked, sets).owner).toBe("argocd");
  });
});

describe("a Deployment", () => {
  const history = [replicaSet("Deployment", "a", "0.1.0", 1), replicaSet("Deployment", "b", "0.2.0", 2)];

  test("being rolled out says how many pods are new", () => {
    const status = { replicas: 3, updatedReplicas: 1, availableReplicas: 2 };
    const app = readLiveApp(deployment({ version: "0.2.0", status }), history);
    expect(app).toMatchObject({ state: "progressing", stable: "0.1.0", next: "0.2.0", step: "1 of 2 pods" });
  });

  test("is done when no old pod is left, and degraded past its deadline", () => {
    const all = { replicas: 2, updatedReplicas: 2, availableReplicas: 2 };
    expect(readLiveApp(deployment({ version: "0.2.0", status: all }), history)).toMatchObject({ state: "done" });
    const conditions = [{ type: "Progressing", status: "False", message: "has timed out progressing." }];
    const late = readLiveApp(deployment({ version: "0.2.0", status: { ...all, conditions } }), history);
    expect(late).toMatchObject({ phase: "Degraded", message: "has timed out progressing." });
  });
});

describe("undo leads", () => {
  const three = [...sets, replicaSet("Rollout", "newest", "0.3.0", 3)];
  const failed = { metadata: { labels: { "rollouts-pod-template-hash": "new" } }, status: { phase: "Failed" } };
  const at = (status: object) => readLiveApp(rollout({ version: "0.3.0", revision: 3, status }), three);

  test("from a finished rollout to the version before", () => {
    const app = at({ stableRS: "newest", currentPodHash: "newest", phase: "Healthy" });
    expect(undoTarget(app, [])).toMatchObject({ set: three[1], skipped: [] });
  });

  test("past a version whose analysis failed", () => {
    const app = at({ stableRS: "newest", currentPodHash: "newest", phase: "Healthy" });
    expect(undoTarget(app, [failed])).toMatchObject({ set: three[0], skipped: ["0.2.0"] });
  });

  test("during a rollout to the stable version, also past others", () => {
    const app = at({ stableRS: "old", currentPodHash: "newest", phase: "Paused" });
    expect(undoTarget(app, [])).toMatchObject({ set: three[0] });
  });

  test("to the version that is named, if the cluster knows it", () => {
    const app = at({ stableRS: "newest", currentPodHash: "newest", phase: "Healthy" });
    expect(undoTarget(app, [failed], "0.2.0")).toMatchObject({ set: three[1] });
    expect(undoTarget(app, [], "9.9.9")).toBeUndefined();
  });

  test("nowhere from the first version", () => {
    const app = readLiveApp(rollout({ version: "0.1.0", revision: 1 }), sets.slice(0, 1));
    expect(undoTarget(app, [])).toBeUndefined();
  });
});
