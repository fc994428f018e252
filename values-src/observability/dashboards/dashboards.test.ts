import { describe, expect, test } from "vitest";
import { type MetricContract, ordersContract } from "../../../service/src/metrics-contract.ts";
import { dashboards } from "./dashboards.ts";
import { ownMetricsDashboard } from "./own-metrics.ts";

interface Panel {
  id: number;
  type: string;
  title: string;
  description?: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: { refId: string; expr: string; interval?: string }[];
  fieldConfig?: { defaults: { unit?: string }; overrides: { matcher: { id: string; options: string } }[] };
}

interface Dashboard {
  uid: string;
  title: string;
  editable: boolean;
  timezone: string;
  refresh: string;
  templating: { list: { name: string; query: string; current?: { value: string } }[] };
  annotations: { list: { name: string; expr: string }[] };
  links: { url: string; tags: string[] }[];
  tags: string[];
  panels: Panel[];
}

const files = ["app-overview", "rollout-progress", "error-analysis", "performance-trends", "error-budget"];
const all = read(dashboards());

function read(texts: Record<string, string>): Map<string, Dashboard> {
  return new Map(Object.entries(texts).map(([file, text]) => [file.replace(".json", ""), JSON.parse(text)]));
}

const graphs = (dashboard: Dashboard) => dashboard.panels.filter(({ type }) => type !== "row");

function find(file: string, title: string): Panel {
  const panel = graphs(all.get(file) as Dashboard).find((one) => one.title === title);
  if (!panel) throw new Error(`no panel "${title}" in ${file}`);
  return panel;
}

describe("dashboards", () => {
  const every = [...all].map(([file, dashboard]) => ({ file, ...dashboard }));

  test("are the same at every call, and fit into a ConfigMap", () => {
    expect([...all.keys()]).toEqual(files);
    expect(dashboards()).toEqual(dashboards());
    expect(Object.values(dashboards()).join("").length).toBeLessThan(300_000);
  });

  test("link to each other by uids that Grafana takes", () => {
    const uids = every.map(({ uid }) => uid);
    expect(new Set(uids).size).toBe(files.length);
    expect(uids.filter((uid) => uid.length > 40)).toEqual([]);
    for (const { uid, links } of every) {
      const urls = links.map(({ url }) => url).filter(Boolean);
      expect(urls.sort()).toEqual(
        uids
          .filter((other) => other !== uid)
          .map((other) => `/d/${other}`)
          .sort(),
      );
    }
  });

  test.each(every)("$file keeps its panels within the grid and apart", ({ panels }) => {
    const taken = new Map<string, string>();
    const problems = panels.flatMap(({ title, gridPos: { x, y, w, h } }) => {
      const cells = Array.from({ length: w * h }, (_, index) => `${x + (index % w)}/${y + Math.floor(index / w)}`);
      const overlapping = cells.map((cell) => taken.get(cell)).find((other) => other !== undefined);
      for (const cell of cells) taken.set(cell, title);
      const outside = x < 0 || x + w > 24;
      return overlapping || outside ? [`${title} ${outside ? "leaves the grid" : `is on ${overlapping}`}`] : [];
    });
    expect(problems).toEqual([]);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  });

  test.each(every)("$file says of each panel what it means, in which unit, for the chosen app", (dashboard) => {
    for (const { title, description, targets = [], fieldConfig } of graphs(dashboard)) {
      expect(description, title).toMatch(/^[A-Z].{20,}\.$/);
      expect(fieldConfig?.defaults.unit, title).toBeTruthy();
      expect(targets.length, title).toBeGreaterThan(0);
      for (const { expr } of targets) expect(expr, title).toMatch(/namespace="\$namespace"[^}]*"\$app/);
    }
    for (const { expr } of dashboard.annotations.list) expect(expr).toMatch(/namespace="\$namespace".*"\$app"/);
    expect(dashboard.templating.list.map(({ name }) => name)).toEqual(["datasource", "namespace", "app"]);
    expect(dashboard).toMatchObject({ editable: false, timezone: "browser" });
  });
});

describe("dashboards serve every app:", () => {
  test("they name no metric that only one app has", () => {
    for (const text of Object.values(dashboards())) {
      expect(text.match(new RegExp(Object.keys(ordersContract).join("|")))).toBeNull();
    }
  });

  test("what an app's SLO says is drawn as dashed lines", () => {
    const lines = (file: string, title: string) =>
      find(file, title).targets?.flatMap(({ refId, expr }) => (refId.startsWith("L") ? [expr] : []));
    const app = 'namespace="$namespace",job="$app"';
    const ofErrors = [
      `1 - app:slo_objective:ratio{${app},slo="availability"}`,
      `app:slo_new_version_limit:ratio{${app},slo="availability"}`,
    ];
    expect(lines("app-overview", "Errors")).toEqual(ofErrors);
    expect(lines("app-overview", "Latency")).toEqual([`app:slo_latency_threshold:seconds{${app}}`]);
    expect(lines("rollout-progress", "Share of the requests")).toEqual([`app:canary_weight:ratio{${app}}`]);
    expect(lines("error-budget", "1h and 5m: critical")).toEqual([
      `app:slo_burn_alert:factor{${app},slo="availability",window="1h"}`,
    ]);
    for (const { panels } of all.values()) {
      for (const { title, targets = [], fieldConfig } of panels) {
        const drawn = targets.map(({ refId }) => refId).filter((refId) => refId.startsWith("L"));
        const overrides = fieldConfig?.overrides.filter(({ matcher }) => matcher.id === "byFrameRefID") ?? [];
        expect(
          overrides.map(({ matcher }) => matcher.options),
          title,
        ).toEqual(drawn);
      }
    }
  });

  test("an app without a Rollout gets its new versions marked", () => {
    for (const { annotations } of all.values()) {
      expect(annotations.list.map(({ name }) => name)).toEqual([
        "Rollout started",
        "Rollout completed",
        "Rollout aborted",
        "New version",
      ]);
      const unless = 'unless on () rollout_info{exported_namespace="$namespace",name="$app"}';
      expect(annotations.list[3]?.expr.endsWith(unless)).toBe(true);
    }
  });

  test("a rate is taken over four scrapes of an app that is scraped every 15 s", () => {
    const rates = [...all.values()].flatMap(graphs).flatMap(({ targets = [] }) => {
      return targets.filter(({ expr }) => expr.includes("$__rate_interval"));
    });
    expect(new Set(rates.map(({ interval }) => interval))).toEqual(new Set(["15s"]));
  });
});

describe("the dashboard of an app's own metrics", () => {
  const contract: Record<string, MetricContract> = {
    ...ordersContract,
    queue_length: { type: "gauge", help: "Jobs that wait.", labels: ["queue"] },
    upload_bytes: { type: "histogram", help: "Size of an upload.", labels: ["kind"] },
  };
  const files = ownMetricsDashboard("shop", contract);
  const dashboard = read(files).get("shop-own-metrics") as Dashboard;

  test("has a panel for each metric, whatever its type", () => {
    const app = 'namespace="$namespace",job="$app"';
    expect(Object.keys(files)).toEqual(["shop-own-metrics.json"]);
    expect(graphs(dashboard)).toMatchObject([
      {
        title: "orders_total",
        description: "Orders taken. Increase per second by product, of all pods.",
        targets: [{ expr: `sum by (product) (rate(orders_total{${app}}[$__rate_interval]))`, interval: "15s" }],
      },
      {
        title: "order_value_euros",
        targets: [0.5, 0.95].map((q) => ({
          expr: `histogram_quantile(${q}, sum by (le) (rate(order_value_euros_bucket{${app}}[$__rate_interval])))`,
        })),
      },
      {
        title: "queue_length",
        targets: [{ expr: `queue_length{${app}}`, legendFormat: "{{pod}} {{queue}}" }],
      },
      { title: "upload_bytes", fieldConfig: { defaults: { unit: "bytes" } } },
    ]);
  });

  test("opens with the app, is found by the others, and there is none without own metrics", () => {
    expect(dashboard).toMatchObject({ uid: "own-shop", title: "Own metrics of shop" });
    const variables = new Map(dashboard.templating.list.map((variable) => [variable.name, variable]));
    expect(variables.get("namespace")?.query).toBe('label_values(app_info{job="shop"}, namespace)');
    expect(variables.get("app")?.current?.value).toBe("shop");
    for (const { links } of all.values())
      expect(dashboard.tags).toEqual(expect.arrayContaining(links.at(-1)?.tags ?? []));
    expect(ownMetricsDashboard("shop", {})).toEqual({});
  });
});
