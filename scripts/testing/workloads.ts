import type { Workload, WorkloadStatus } from "../operations/app/live-app.ts";

interface Facts {
  /** Name of the app and of its namespace; web unless given. */
  app?: string;
  /** The environment that its pods say they are in; ci unless given. */
  environment?: string;
  version: string;
  revision?: number;
  status?: WorkloadStatus;
}

/** A Rollout of an app, as far as it is read: four steps, at 20 and 50 %. */
export function rollout({ app = "web", environment, version, revision = 2, status = {} }: Facts): Workload {
  return {
    kind: "Rollout",
    metadata: { ...metadata(app), annotations: { "rollout.argoproj.io/revision": `${revision}` } },
    spec: {
      replicas: 1,
      template: template(version, environment),
      strategy: { canary: { steps: [{ setWeight: 20 }, {}, { setWeight: 50 }, {}] } },
    },
    status: { observedGeneration: "2", ...status },
  };
}

/** The part of a canary's status that says how many percent of the requests the new version gets. */
export function routed(weight: number): NonNullable<WorkloadStatus["canary"]> {
  return { weights: { canary: { weight } } };
}

/** A Deployment of an app. */
export function deployment({ app = "web", environment, version, revision = 2, status = {} }: Facts): Workload {
  return {
    kind: "Deployment",
    metadata: { ...metadata(app), annotations: { "deployment.kubernetes.io/revision": `${revision}` } },
    spec: { replicas: 2, template: template(version, environment) },
    status: { observedGeneration: 2, ...status },
  };
}

/** One of their ReplicaSets. */
export function replicaSet(
  owner: "Rollout" | "Deployment",
  hash: string,
  version: string,
  revision: number,
  app = "web",
): Workload {
  const [label, annotation] =
    owner === "Rollout"
      ? ["rollouts-pod-template-hash", "rollout.argoproj.io/revision"]
      : ["pod-template-hash", "deployment.kubernetes.io/revision"];
  return {
    kind: "ReplicaSet",
    metadata: {
      name: `${app}-${hash}`,
      namespace: app,
      labels: { [label]: hash },
      annotations: { [annotation]: `${revision}` },
      ownerReferences: [{ kind: owner, name: app }],
    },
    spec: { template: template(version) },
    status: { replicas: 1 },
  };
}

function metadata(app: string) {
  const labels = { "app.kubernetes.io/instance": app, "app.kubernetes.io/part-of": "k8s-observable-rollouts" };
  return { name: app, namespace: app, generation: 2, labels };
}

function template(version: string, environment = "ci"): Workload["spec"]["template"] {
  const variables = { APP_VERSION: version, APP_ENVIRONMENT: environment };
  return { spec: { containers: [{ env: Object.entries(variables).map(([name, value]) => ({ name, value })) }] } };
}
