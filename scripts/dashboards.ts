import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import type { Environment } from "../values-src/environment.ts";
import { dashboards } from "../values-src/observability/dashboards.ts";
import { sloOf } from "../values-src/observability/slo.ts";
import { type ExitCode, runCommand } from "./lib/command.ts";
import { type Dashboard, dashboardsPage } from "./lib/drawings/dashboards-page.ts";
import { displayPath } from "./lib/issue.ts";
import { requireKnown } from "./lib/suggest.ts";
import { environmentNames, loadEnvironments } from "./lib/values/environments.ts";
import { platformSchemas, Schemas } from "./lib/values/schemas.ts";

const defaultOut = "node_modules/.cache/k8s-observable-rollouts";

const usage = `npm run dashboards [-- OPTIONS]: shows Grafana's dashboards on one page, without a Grafana

  --env NAME  of this environment; prod unless said
  --out DIR   writes DIR/dashboards.html; ${defaultOut} unless said
`;

await runCommand(async (): Promise<ExitCode> => {
  const { values: options } = parseArgs({
    options: {
      env: { type: "string", default: "prod" },
      out: { type: "string", default: defaultOut },
      help: { type: "boolean", default: false },
    },
  });
  if (options.help) {
    process.stdout.write(usage);
    return 0;
  }
  const root = process.cwd();
  const env = await loadEnvironment(root, options.env);
  const texts = Object.entries(dashboards(env, sloOf(env)));
  const page = dashboardsPage(
    env.name,
    texts.map(([file, text]) => ({ file, ...(JSON.parse(text) as Omit<Dashboard, "file">) })),
  );
  const file = path.resolve(root, options.out, "dashboards.html");
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, page);
  process.stdout.write(`wrote ${displayPath(file, root)}\n`);
  return 0;
});

async function loadEnvironment(root: string, name: string): Promise<Environment> {
  requireKnown("environment", name, environmentNames(root));
  const schemas = new Schemas(root);
  const { file, type } = platformSchemas.environment as { file: string; type: string };
  await schemas.load(new Map([["environment", { file: path.join(root, file), type }]]));
  const [env] = await loadEnvironments(root, [name], schemas);
  return env as Environment;
}
