import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Environment } from "../../values-src/environment.ts";
import { dashboardModels } from "../../values-src/observability/dashboards/dashboards.ts";
import { sloOf } from "../../values-src/slo.ts";
import { type Dashboard, dashboardsPage } from "../drawings/dashboards-page.ts";
import { loadEnvironment } from "../engine/environments.ts";
import { defineCommand } from "../frame/command.ts";
import { did } from "../outside/deeds.ts";
import { displayPath } from "../problems/issue.ts";

const directory = "node_modules/.cache/k8s-observable-rollouts";

export const command = defineCommand({
  summary: "shows Grafana's dashboards on one page, without a Grafana",
  operands: [{ name: "ENV", optional: true, is: "environment", help: "the environment; prod unless given" }],
  options: { out: { value: "DIR", default: directory, help: "writes DIR/dashboards.html" } },
  touches: "files",
  async run({ root, operands: [name = "prod"], options: { out = directory } }) {
    const env: Environment = await loadEnvironment(root, name);
    const models = Object.entries(dashboardModels(env, sloOf(env)));
    const boards = models.map(([file, model]) => ({ file, ...(model as Omit<Dashboard, "file">) }));
    const file = path.resolve(root, out, "dashboards.html");
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, dashboardsPage(env.name, boards));
    did(`wrote ${displayPath(file, root)}`);
    return { code: 0, text: `wrote ${displayPath(file, root)}`, data: { file } };
  },
});
