import { describe, expect, test } from "vitest";
import type { Environment } from "../../environment.ts";
import dev from "../../environments/dev.ts";
import prod from "../../environments/prod.ts";
import staging from "../../environments/staging.ts";
import { sloOf } from "../../slo.ts";
import { dashboards } from "./dashboards.ts";

interface Panel {
  id: number;
  type: string;
  title: string;
  description?: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: { refId: string; expr: string; interval?: string }[];
  fieldConfig?: { defaults: { unit?: string; min?: number; thresholds?: { steps: { value: number | null }[] } } };
}

interface Dashboard {
  uid: string;
  title: string;
  editable: boolean;
  timezone: string;
  refresh: string;
  templating: { list: { name: string; query: string }[] };
  annotations: { list: { name: string; expr: string }[] };
  links: { url: string }[];
  panels: Panel[];
}

const files = ["app-overview", "rollout-progress", "error-analysis", "performance-trends", "error-budget"];
const environments: Environment[] = [
  { ...prod, name: "prod", imageTag: "1.0.0" },
  { ...staging, name: "staging", imageTag: "1.0.0" },
  { ...dev, name: "dev", imageTag: "1.0.0" },
];

function read(env: Environment): Map<string, Dashboard> {
  const texts = Object.entries(dashboards(env, sloOf(env)));
  return new Map(texts.map(([file, text]) => [file.replace(".json", ""), JSON.parse(text)]));
}

const graphs = (dashboard: Dashboard) => dashboard.panels.filter(({ type }) => type !== "row");

function find(env: Environment, file: string, title: string): Panel {
  const panel = graphs(read(env).get(file) as Dashboard).find((one) => one.title === title);
  if (!panel) throw new Error(`no panel "${title}" in ${file}`);
  return panel;
}

const limits = ({ fieldConfig }: Panel) => fieldConfig?.defaults.thresholds?.steps.map(({ value }) => value);

describe.each(environments)("dashboards of $name", (env) => {
  const all = read(env);
  const every = [...all].map(([file, dashboard]) => ({ file, ...dashboard }));

  test("are the same at every call, and fit into a ConfigMap", () => {
    expect([...all.keys()]).toEqual(files);
    const texts = dashboards(env, sloOf(env));
    expect(dashboards(env, sloOf(env))).toEqual(texts);
    expect(Object.values(texts).join("").length).toBeLessThan(300_000);
  });

  test("link to each other by uids that Grafana takes", () => {
    const uids = every.map(({ uid }) => uid);
    expect(new Set(uids).size).toBe(files.length);
    expect(uids.filter((uid) => uid.length > 40)).toEqual([]);
    for (const { uid, links } of every) {
      expect(links.map(({ url }) => url).sort()).toEqual(
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

describe("dashboards follow from", () => {
  const [canary, blueGreen, rolling] = environments as [Environment, Environment, Environment];

  test("the SLO: its thresholds are the panels'", () => {
    expect(limits(find(canary, "app-overview", "Errors"))).toEqual([null, 0.001, 0.005]);
    expect(limits(find(blueGreen, "app-overview", "Errors"))).toEqual([null, 0.01, 0.05]);
    expect(limits(find(canary, "app-overview", "Latency"))).toEqual([null, 0.25]);
    expect(limits(find(canary, "error-budget", "1h and 5m: critical from 13.44"))).toEqual([null, 1, 13.44]);
  });

  test("the alerts: a factor that is below 1 is drawn below 1", () => {
    const panels = graphs(read(canary).get("error-budget") as Dashboard);
    for (const panel of panels) {
      const steps = (limits(panel) ?? []).slice(1) as number[];
      expect(steps, panel.title).toEqual(steps.toSorted((a, b) => a - b));
    }
  });

  test("the strategy: a canary's steps, and no rollout where there is none", () => {
    expect(limits(find(canary, "rollout-progress", "Share of the requests"))).toEqual([null, 0.05, 0.2, 0.5]);
    expect(limits(find(blueGreen, "rollout-progress", "Share of the requests"))).toEqual([null]);
    const text = (env: Environment) => Object.values(dashboards(env, sloOf(env))).join("");
    expect(text(blueGreen)).toContain("RolloutAborted");
    expect(text(rolling)).not.toMatch(/rollout_(info|events)|analysis_run/);
  });

  test("the pace: a rate is taken over four scrapes of the app", () => {
    const interval = (env: Environment) => find(env, "app-overview", "Requests").targets?.[0]?.interval;
    expect(interval(canary)).toBe("15s");
    expect(interval({ ...canary, pace: "fast" })).toBe("5s");
  });
});
