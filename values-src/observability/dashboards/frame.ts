import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import {
  DashboardBuilder,
  DashboardCursorSync,
  type DashboardLink,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  type Panel,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { labelValues } from "../promql.ts";
import { annotations, inView } from "./annotations.ts";
import { app, range } from "./queries.ts";

/** Every dashboard: file name without its extension, which also makes the uid -> title. */
export const titles = {
  "app-overview": "Application overview",
  "rollout-progress": "Rollout progress",
  "error-analysis": "Error analysis",
  "performance-trends": "Performance trends",
  "error-budget": "SLO and error budget",
} as const;

export interface Board extends Identity {
  /** What it is for, in one sentence. */
  text: string;
  /** Time range when the dashboard is opened. */
  from: string;
  refresh: string;
  sections: Section[];
  /** App that it is about; otherwise it is about any. */
  app?: string;
}

interface Identity {
  /** Grafana's id, for links: it stays the same for ever. At most 40 characters. */
  uid: string;
  title: string;
}

/** What tells a dashboard of every app from the others. */
export function identify(name: keyof typeof titles): Identity {
  return { uid: `observable-${name}`, title: titles[name] };
}

/** Panels under a heading, from left to right, equally wide unless they say otherwise. */
export interface Section {
  title: string;
  /** Of every panel, in grid units of about 30 pixels. */
  height: number;
  panels: Builder<Panel>[];
}

const source = { type: "prometheus", uid: "$datasource" };

/** Of dashboards for one app's own metrics, by which the others link to them. */
const ownTag = "own-metrics";

/** A dashboard as Grafana reads it. */
export function model({ uid, title, text, from, refresh, sections, app }: Board): object {
  const dashboard = new DashboardBuilder(title)
    .uid(uid)
    .description(text)
    .tags(["k8s-observable-rollouts", ...(app ? [ownTag] : [])])
    .timezone("browser")
    .readonly()
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: `now-${from}`, to: "now" })
    .refresh(refresh)
    .variables(variables(app))
    .annotations(annotations(source))
    .links(links(uid));
  addPanels(dashboard, sections);
  return dashboard.build();
}

/** Dashboards as files with JSON, indented so that a review shows what changes: name -> text. */
export function files(boards: Record<string, Board>): Record<string, string> {
  const texts = Object.entries(boards).map(([name, board]) => [
    `${name}.json`,
    `${JSON.stringify(model(board), null, 1)}\n`,
  ]);
  return Object.fromEntries(texts);
}

/** A dashboard about one app opens with it: the app is the one chosen at first, in the namespaces that have it. */
function variables(own?: string) {
  const query = (name: string, label: string, values: string) =>
    new QueryVariableBuilder(name)
      .label(label)
      .datasource(source)
      .query(values)
      .refresh(VariableRefresh.OnTimeRangeChanged)
      .sort(VariableSort.AlphabeticalAsc);
  const apps = query("app", "App", labelValues("app_info", { namespace: app.namespace }, "job"));
  return [
    new DatasourceVariableBuilder("datasource").label("Data source").type("prometheus"),
    query("namespace", "Namespace", labelValues("app_info", own ? { job: own } : {}, "namespace")),
    own ? apps.current({ selected: true, text: own, value: own }) : apps,
  ];
}

/** To the other dashboards, for the same app and time; and to those of apps' own metrics, each for its app. */
function links(own: string): Builder<DashboardLink>[] {
  const others = (Object.keys(titles) as (keyof typeof titles)[]).map(identify).filter(({ uid }) => uid !== own);
  const toOthers = others.map(({ uid, title }) =>
    new DashboardLinkBuilder(title)
      .type(DashboardLinkType.Link)
      .icon("dashboard")
      .url(`/d/${uid}`)
      .includeVars(true)
      .keepTime(true),
  );
  const toOwn = new DashboardLinkBuilder("Own metrics of apps")
    .type(DashboardLinkType.Dashboards)
    .icon("external link")
    .tags([ownTag])
    .asDropdown(true)
    .keepTime(true);
  return [...toOthers, toOwn].map(inView);
}

/** Grafana's `$__rate_interval` is at least four times this: apps are scraped as often, or more often. */
const scrapeInterval = "15s";

/** Lays out the panels on Grafana's grid of 24 columns, with ids in their order. */
function addPanels(dashboard: DashboardBuilder, sections: Section[]): void {
  let id = 0;
  let y = 0;
  for (const { title, height: h, panels } of sections) {
    dashboard.withRow(new RowBuilder(title).id(++id).gridPos({ x: 0, y: y++, w: 24, h: 1 }));
    let x = 0;
    for (const panel of panels.map((builder) => builder.build())) {
      const w = panel.gridPos?.w ?? Math.floor(24 / panels.length);
      if (x + w > 24) {
        x = 0;
        y += h;
      }
      dashboard.withPanel(built({ ...panel, id: ++id, datasource: source, gridPos: { x, y, w, h } }));
      x += w;
    }
    y += h;
  }
}

/** Queries of a rate are told the scrape interval. */
function built(panel: Panel): Builder<Panel> {
  const targets = (panel.targets as { expr?: string }[] | undefined)?.map((query) =>
    query.expr?.includes(range) ? { ...query, interval: scrapeInterval } : query,
  );
  return { build: () => ({ ...panel, targets }) as Panel };
}
