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
}
