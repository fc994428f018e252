import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { dashboardModels } from "../../values-src/observability/dashboards/dashboards.ts";
import { type Dashboard, dashboardsPage } from "../drawings/dashboards-page.ts";
import { defineCommand } from "../frame/command.ts";
import { did } from "../outside/deeds.ts";
import { displayPath } from "../problems/issue.ts";

const directory = "node_modules/.cache/k8s-observable-rollouts";

export const command = defineCommand({
  summary: "shows Grafana's dashboards on one page, without a Grafana",
  operands: [],
  options: { out: { value: "DIR", default: directory, help: "writes DIR/dashboards.html" } },
  touches: "files",
  async run({ root, options: { out = directory } }) {
    const models = Object.entries(dashboardModels());
    const boards = models.map(([file, model]) => ({ file, ...(model as Omit<Dashboard, "file">) }));
    const file = path.resolve(root, out, "dashboards.html");
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, dashboardsPage(boards));
    did(`wrote ${displayPath(file, root)}`);
    return { code: 0, text: `wrote ${displayPath(file, root)}`, data: { file } };
  },
});
