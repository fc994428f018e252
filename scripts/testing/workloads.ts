import type { Workload, WorkloadStatus } from "../operations/app/live-app.ts";

interface Facts {
  version: string;
  revision?: number;
  status?: WorkloadStatus;
}

/** A Rollout of the app, as far as it is read: four steps, at 20 and 50 %. */
export function rollout({ version, revision = 2, status = {} }: Facts): Workload {
  return {
    kind: "Rollout",
    metadata: { name: "sample-app", generation: 2, annotations: { "rollout.argoproj.io/revision": `${revision}` } },
    spec: {
      replicas: 1,
      template: template(version),
      strategy: { canary: { steps: [{ setWeight: 20 }, {}, { setWeight: 50 }, {}] } },
    },
    status: { observedGeneration: "2", ...status },
  };
}

/** A Deployment of the app. */
export function deployment({ version, revision = 2, status = {} }: Facts): Workload {
  return {
    kind: "Deployment",
    metadata: {
      name: "sample-app",
      generation: 2,
      annotations: { "deployment.kubernetes.io/revision": `${revision}` },
    },
    spec: { replicas: 2, template: template(version, "rolling") },
    status: { observedGeneration: 2, ...status },
  };
}

/** One of their ReplicaSets. */
export function replicaSet(owner: "Rollout" | "Deployment", hash: string, version: string, revision: number): Workload {
  const [label, annotation] =
    owner === "Rollout"
      ? ["rollouts-pod-template-hash", "rollout.argoproj.io/revision"]
      : ["pod-template-hash", "deployment.kubernetes.io/revision"];
  return {
    kind: "ReplicaSet",
    metadata: {
      name: `sample-app-${hash}`,
      labels: { [label]: hash },
      annotations: { [annotation]: `${revision}` },
      ownerReferences: [{ kind: owner, name: "sample-app" }],
    },
    spec: { template: template(version) },
    status: { replicas: 1 },
  };
}

function template(version: string, strategy = "canary"): Workload["spec"]["template"] {
  const variables = { APP_VERSION: version, APP_ENVIRONMENT: "ci", APP_STRATEGY: strategy };
  return { spec: { containers: [{ env: Object.entries(variables).map(([name, value]) => ({ name, value })) }] } };
}
