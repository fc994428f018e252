import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { TestContext } from "vitest";
import type { TestCase } from "vitest/node";
import { parse } from "yaml";
import { outputOfSync } from "../processes.ts";
import { TestReporter } from "../test-reporter.ts";
import { context } from "./app.ts";
import { environment } from "./subject.ts";

declare module "vitest" {
  interface TaskMeta {
    /** What a scenario saw, in a few words. */
    outcome?: string;
  }
}

const root = path.resolve(import.meta.dirname, "../../..");

/** How requests reach the scenarios' apps; each has a table of its own. */
const behindGateway = environment.ingress.controller === "gateway";

/** Says what a scenario saw, for the table. */
export function report({ task }: Pick<TestContext, "task">, outcome: string): void {
  task.meta.outcome = outcome;
}

/**
 * Prints a table of what each scenario saw. When all of them were asked for, writes it to `docs/e2e.md`, or with a Gateway to
 * `docs/e2e-gateway.md`.
 */
export class ResultsReporter extends TestReporter {
  override onTestRunEnd(...[modules, errors, reason]: Parameters<TestReporter["onTestRunEnd"]>): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const rows = tests.map((test) => `| ${test.fullName.replaceAll(" > ", ": ")} | ${describe(test)} |`);
    const table = ["| scenario | seen |", "| --- | --- |", ...rows].join("\n");
    this.log(`${table}\n`);
    const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith(".test.ts"));
    const whole = modules.length === files.length && !tests.some((test) => describe(test) === notAskedFor);
    if (whole) writeFileSync(path.join(root, `docs/e2e${behindGateway ? "-gateway" : ""}.md`), page(table));
    super.onTestRunEnd(modules, errors, reason);
  }
}

const notAskedFor = "not asked for";

function describe(test: TestCase): string {
  const result = test.result();
  if (result.state === "skipped") return result.note ? `skipped: ${result.note}` : notAskedFor;
  const { outcome } = test.meta();
  if (result.state !== "passed") return ["**FAILED**", outcome].filter(Boolean).join(": ");
  return outcome ?? "passed";
}

function page(table: string): string {
  return `# What users get while the app is rolled out${behindGateway ? ", behind a Gateway" : ""}

Written by \`npm run e2e\`. Each scenario has an app of its own under a steady load of 200 requests/s, which the ingress
controller divides; failed is every status of 500 and above, and every request without an answer. The pace is
\`fast\`: a scrape and a measurement every 5 s.

${new Date().toISOString().slice(0, 10)}, ${versions()}.

${table}

${
  behindGateway
    ? "The same with Ingresses, and how to run it on your cluster: [e2e.md](e2e.md).\n"
    : `${existsSync(path.join(root, "docs/e2e-gateway.md")) ? otherTable : ""}${onYourCluster}`
}`;
}

const otherTable = "The same with a Gateway in place of Ingresses: [e2e-gateway.md](e2e-gateway.md).\n";

const onYourCluster = `
## On your cluster

\`npm run e2e\` takes the cluster of the current context for its own: it releases an environment to it, and
apps of its own in namespaces \`e2e-…\` and \`checkout\`, which it takes away again. What it needs from you are environment variables; a scenario that cannot run
without one says so in the table.

| variable | what |
| --- | --- |
| \`E2E_ENVIRONMENT\` | the environment, \`ci\` unless told: a throw-away one whose pace is fast |
| \`E2E_APP\` | the app of that environment whose image the scenarios run, the first one unless told: it must obey \`FAULT_…\` as \`service/\` does |
| \`E2E_TAGS\` | two tags of the app's image that the cluster can run, \`0.1.0,0.2.0\` unless told |
| \`E2E_GIT_URL\` | a repository to overwrite: this machine can push to it, Argo CD can read it |
| \`E2E_GATEWAY_PLUGIN\` | Argo Rollouts' Gateway API plugin, a file on this machine; the cluster fetches it from here |
| \`E2E_KILL_APISERVER\` | a command that takes the API server away for some 20 s |
| \`E2E_CONTEXT\` | the current context's name, if that is not local |
| \`ALL\` | \`1\`: also the scenarios that take minutes, and all changes that are prepared to be predicted, not four |
| \`CHARTS_DIR\` | a folder with the upstream charts, where their repositories cannot be reached |

Of a scenario that fails, what the cluster said is kept in \`.tools/e2e/\`. \`npm run e2e -- canary\` runs one file of them.
`;

function versions(): string {
  const { serverVersion } = JSON.parse(outputOfSync("kubectl", ["--context", context(), "version", "-o", "json"]));
  const charts = ["argo-cd", "argo-rollouts", "traefik", "kube-prometheus-stack"].map((name) => {
    return `${name} ${parse(readFileSync(path.join(root, `releases/${name}.yaml`), "utf8")).version}`;
  });
  return [`Kubernetes ${serverVersion.gitVersion}`, ...charts.map((chart) => `chart ${chart}`)].join(", ");
}
