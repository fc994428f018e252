import type { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import type { MetricContract } from "../../../service/src/metrics-contract.ts";
import { quantileOf, rate, type Selection, selectNamed, sum } from "../promql.ts";
import { type Board, files } from "./frame.ts";
import { lines } from "./graphs.ts";
import { type Measure, measures, target } from "./panels.ts";
import { app, range } from "./queries.ts";

/**
 * The dashboard of what only one app exports, with a panel for each metric of its contract: file name -> JSON text.
 * Without such metrics there is none. It shows any app that exports them, and `name` at first.
 */
export function ownMetricsDashboard(name: string, contract: Record<string, MetricContract>): Record<string, string> {
  const metrics = Object.entries(contract);
  if (metrics.length === 0) return {};
  const width = Math.floor(24 / Math.min(metrics.length, 3));
  const board: Board = {
    // An app's name is that of its Helm release: 53 characters at most, of which Grafana's limit leaves the first 36.
    uid: `own-${name}`.slice(0, 40),
    title: `Own metrics of ${name}`,
    text: `What ${name} exports beside the metrics that every app has.`,
    from: "1h",
    refresh: "10s",
    sections: [{ title: "Metrics", height: 8, panels: metrics.map((metric) => panel(...metric).span(width)) }],
    app: name,
  };
  return files({ [`${name}-own-metrics`]: board });
}

function panel(name: string, metric: MetricContract) {
  const { unit, text, targets } = shown[metric.type](name, metric);
  return lines(name, `${metric.help} ${text}`, unit, targets);
}

/** How a metric of each type is drawn. */
const shown: Record<MetricContract["type"], (name: string, metric: MetricContract) => Shown> = {
  counter: (name, { labels }) => ({
    unit: measures.rate,
    text: `Increase per second${labels.length > 0 ? ` by ${labels.join(", ")}` : ""}, of all pods.`,
    targets: [target(sum(rate(selectNamed<string>(name, app), range), labels), labels.length > 0 ? labels : "all")],
  }),
  gauge: (name, { labels }) => ({
    unit: unitOf(name),
    text: "Value in each pod.",
    targets: [target(selectNamed<string>(name, app), ["pod", ...labels])],
  }),
  histogram: (name) => {
    const buckets: Selection = selectNamed(`${name}_bucket`, app);
    return {
      unit: unitOf(name),
      text: "Median and 95th percentile, of all pods.",
      targets: [0.5, 0.95].map((q) => target(quantileOf(q, rate(buckets, range)), `p${100 * q}`)),
    };
  },
};

interface Shown {
  unit: Measure;
  text: string;
  targets: DataqueryBuilder[];
}

/** By the end of the metric's name, where Prometheus's conventions put the unit. */
function unitOf(name: string): Measure {
  const units: Record<string, Measure> = { seconds: measures.seconds, bytes: measures.bytes, ratio: measures.share };
  return units[name.slice(name.lastIndexOf("_") + 1)] ?? measures.number;
}
