import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { kubectl } from "./app.ts";

const kinds = "rollouts,deployments,replicasets,pods,services,ingresses,analysisruns,applications";

/** Writes what the cluster says of a scenario that failed into `.tools/e2e/<namespace>/`, before it is cleaned up. */
export async function keepArtifacts(namespaces: Iterable<string>): Promise<void> {
  for (const namespace of namespaces) {
    const folder = path.resolve(".tools/e2e", namespace);
    mkdirSync(folder, { recursive: true });
    const texts = {
      "objects.yaml": ["get", kinds, "--namespace", namespace, "--output", "yaml"],
      "events.txt": ["get", "events", "--namespace", namespace, "--sort-by", ".lastTimestamp"],
      "pods.log": [
        "logs",
        "--namespace",
        namespace,
        "--selector",
        "app.kubernetes.io/name",
        "--tail",
        "200",
        "--prefix",
      ],
    };
    for (const [file, args] of Object.entries(texts)) {
      writeFileSync(path.join(folder, file), await kubectl(...args).catch((error: Error) => error.message));
    }
    console.log(`what the cluster said of it: ${path.relative(process.cwd(), folder)}/`);
  }
  for (const line of await restarts().catch((error: Error) => [error.message])) console.log(line);
}

interface Pod {
  metadata: { namespace: string; name: string };
  status: {
    containerStatuses?: {
      name: string;
      restartCount: number;
      lastState: { terminated?: { reason?: string; finishedAt: string } };
    }[];
  };
}

/** The containers that were started again, and why: one of the platform takes requests of every app with it. */
async function restarts(): Promise<string[]> {
  const { items } = JSON.parse(await kubectl("get", "pods", "--all-namespaces", "--output", "json")) as {
    items: Pod[];
  };
  return items.flatMap(({ metadata, status }) =>
    (status.containerStatuses ?? [])
      .filter(({ restartCount }) => restartCount > 0)
      .map(({ name, restartCount, lastState: { terminated } }) => {
        const last = terminated ? `, last ${terminated.reason} at ${terminated.finishedAt}` : "";
        return `${metadata.namespace}/${metadata.name} ${name}: started again ${restartCount} times${last}`;
      }),
  );
}
