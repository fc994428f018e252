import { expect, test } from "vitest";
import { replicaSet, rollout } from "../../testing/workloads.ts";
import { causesOf, type Evidence } from "./causes.ts";
import { readLiveApp, type WorkloadStatus } from "./live-app.ts";

const status = { stableRS: "old", currentPodHash: "new", phase: "Progressing" };
const labels = { "rollouts-pod-template-hash": "new" };

function live(more: WorkloadStatus = {}, conditions: WorkloadStatus["conditions"] = []) {
  const fresh = replicaSet("Rollout", "new", "0.2.0", 2);
  const set = { ...fresh, status: { ...fresh.status, conditions } };
  const sets = [replicaSet("Rollout", "old", "0.1.0", 1), set];
  return readLiveApp(
    { name: "web", namespace: "web" },
    rollout({ version: "0.2.0", status: { ...status, ...more } }),
    sets,
  );
}

/** A pod of the new version with one container. */
function pod(container: object, conditions: object[] = []): Evidence["pods"][number] {
  const one = { name: "app", image: "example/web:0.2.0", ready: false, ...container };
  return { metadata: { name: "web-new-1", labels }, status: { conditions, containerStatuses: [one] } as never };
}

const waiting = (reason: string, message?: string) => ({ state: { waiting: { reason, message } } });
const event = (name: string, reason: string, message: string, lastTimestamp = "2026-01-01T00:00:00Z") => {
  return { metadata: {}, involvedObject: { kind: "Pod", name }, reason, message, lastTimestamp };
};

const cases: { what: string; evidence: Partial<Evidence>; causes: string[] }[] = [
  {
    what: "an image that cannot be pulled",
    evidence: { pods: [pod(waiting("ErrImagePull", "not found"))] },
    causes: ["image example/web:0.2.0 cannot be pulled: not found"],
  },
  {
    what: "an image that the kubelet waits to pull again",
    evidence: { pods: [pod(waiting("ImagePullBackOff", 'Back-off pulling image "example/web:0.2.0"'))] },
    causes: ['image example/web:0.2.0 cannot be pulled: Back-off pulling image "example/web:0.2.0"'],
  },
  {
    what: "a Secret that is missing",
    evidence: { pods: [pod(waiting("CreateContainerConfigError", 'secret "db" not found'))] },
    causes: ['container app cannot start: secret "db" not found'],
  },
  {
    what: "a crash, before it is restarted",
    evidence: { pods: [pod({ state: { terminated: { exitCode: 1, reason: "Error" } } })] },
    causes: ["container app ended with exit code 1"],
  },
  {
    what: "crashes",
    evidence: {
      pods: [
        pod({
          ...waiting("CrashLoopBackOff", "back-off 10s"),
          restartCount: 3,
          lastState: { terminated: { exitCode: 137, reason: "OOMKilled" } },
        }),
      ],
    },
    causes: ["container app ended with exit code 137 (OOMKilled), restarted 3 times"],
  },
  {
    what: "a probe that fails, as it last did",
    evidence: {
      pods: [pod({ state: { running: {} } })],
      events: [
        event("web-new-1", "Unhealthy", "Readiness probe failed: connection refused"),
        event("web-new-1", "Unhealthy", "Readiness probe failed: statuscode: 503", "2026-01-01T00:00:09Z"),
        event("web-old-1", "Unhealthy", "Liveness probe failed", "2026-01-01T00:00:10Z"),
      ],
    },
    causes: ["container app is not ready: Readiness probe failed: statuscode: 503"],
  },
  {
    what: "no room",
    evidence: {
      pods: [
        pod({}, [{ type: "PodScheduled", status: "False", message: "0/1 nodes are available: 1 Insufficient cpu." }]),
      ],
    },
    causes: ["no node takes its pod: 0/1 nodes are available: 1 Insufficient cpu."],
  },
  {
    what: "a volume of a Secret that is missing",
    evidence: {
      pods: [pod(waiting("ContainerCreating"))],
      events: [event("web-new-1", "FailedMount", 'MountVolume.SetUp failed for volume "tls": secret "tls" not found')],
    },
    causes: ['a volume cannot be mounted: MountVolume.SetUp failed for volume "tls": secret "tls" not found'],
  },
  {
    what: "an analysis that failed, with its value and its limit",
    evidence: {
      runs: [
        {
          metadata: { labels },
          spec: { metrics: [{ name: "errors", successCondition: "result[0] < 0.05" }] },
          status: {
            phase: "Failed",
            metricResults: [
              { name: "latency", phase: "Successful" },
              {
                name: "errors",
                phase: "Failed",
                measurements: [
                  { phase: "Successful", value: "[0.01]" },
                  { phase: "Failed", value: "[0.52]" },
                ],
              },
            ],
          },
        },
      ],
    },
    causes: ["analysis: errors is Failed with [0.52], wanted result[0] < 0.05"],
  },
  {
    what: "an analysis that could not ask",
    evidence: {
      runs: [
        {
          metadata: { labels },
          status: {
            phase: "Error",
            metricResults: [
              { name: "errors", phase: "Error", measurements: [{ phase: "Error", message: "no such host" }] },
            ],
          },
        },
      ],
    },
    causes: ["analysis: errors ended in an error: no such host"],
  },
  {
    what: "tests that failed, of which the Job's log says which",
    evidence: {
      runs: [
        {
          metadata: { labels },
          status: {
            phase: "Failed",
            metricResults: [
              {
                name: "tests",
                phase: "Failed",
                message: "Metric assessed Failed",
                measurements: [{ phase: "Failed", metadata: { "job-name": "uid.tests.1" } }],
              },
            ],
          },
        },
      ],
    },
    causes: ["analysis: tests is Failed"],
  },
  {
    what: "the other version's pods",
    evidence: {
      pods: [
        {
          ...pod(waiting("ErrImagePull")),
          metadata: { name: "web-old-1", labels: { "rollouts-pod-template-hash": "old" } },
        },
      ],
    },
    causes: [],
  },
  {
    what: "two pods with the same trouble, once",
    evidence: { pods: [pod(waiting("ErrImagePull", "not found")), pod(waiting("ErrImagePull", "not found"))] },
    causes: ["image example/web:0.2.0 cannot be pulled: not found"],
  },
];

test.for(cases)("of $what", ({ evidence, causes }) => {
  const found = causesOf(live(), { pods: [], runs: [], events: [], ...evidence });
  expect(found.map(({ text }) => text)).toEqual(causes);
});

test("of pods that nobody may create", () => {
  const message = 'pods "web-new-" is forbidden: exceeded quota: small';
  const app = live({}, [{ type: "ReplicaFailure", status: "True", message }]);
  const found = causesOf(app, { pods: [], runs: [], events: [] });
  expect(found.map(({ text }) => text)).toEqual([`no pod can be created: ${message}`]);
});

test("of an aborted version whose pods are gone, from what was said of them", () => {
  const events = [event("web-new-1", "Failed", 'Error: secret "db" not found')];
  const evidence = { pods: [], runs: [], events };
  const aborted = live({ abort: true, abortedAt: "2026-01-01T00:00:00Z", phase: "Degraded" });
  const [cause] = causesOf(aborted, evidence);
  expect(cause?.text).toBe('before its pods were gone: Failed: Error: secret "db" not found');
  expect(causesOf(live(), evidence)).toEqual([]);
});

test("a crash names the log to look at: of the run before once it was restarted", () => {
  const terminated = { exitCode: 1, reason: "Error" };
  const logOf = (container: object) => causesOf(live(), { pods: [pod(container)], runs: [], events: [] })[0]?.log;
  expect(logOf({ state: { terminated } })).toEqual({ of: "web-new-1", container: "app", previous: false });
  const again = { ...waiting("CrashLoopBackOff"), restartCount: 1, lastState: { terminated } };
  expect(logOf(again)).toMatchObject({ previous: true });
});
