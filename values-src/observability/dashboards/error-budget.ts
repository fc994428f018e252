import { type Burn, burns } from "../alerts.ts";
import { Query, select } from "../promql.ts";
import { type Board, identify, type Section } from "./frame.ts";
import { lines, stat, withLimits } from "./graphs.ts";
import { high, measures, type Steps, target } from "./panels.ts";
import { app, type Bad, burnRate, objective, promises, threshold } from "./queries.ts";

/** What is promised, how much of it is used up, and how fast. */
export function errorBudget(): Board {
  return {
    ...identify("error-budget"),
    text: "The SLO, its error budget, and how fast the budget is spent.",
    from: "24h",
    refresh: "1m",
    sections: [state(), course(), burnRates("errors"), burnRates("slow")],
  };
}

/** A number that is neither good nor bad. */
const plain: Steps = ["text"];

function state(): Section {
  const kinds = Object.keys(promises) as Bad[];
  const panels = kinds.flatMap((kind) => {
    const { slo, bad } = promises[kind];
    const left = select("app:error_budget_remaining:ratio", { ...app, slo });
    const kept = new Query(`1 - (1 - ${objective(kind)}) * (1 - ${left})`);
    const good = `Share of good requests in the SLO's window, and the share that is promised. The others ${bad}.`;
    const budgetLeft = "Error budget left of the SLO's window; below 0 the SLO is missed.";
    const shares = [target(kept, "kept"), target(objective(kind), "promised")];
    return [
      stat(`Kept: ${slo}`, good, { ...measures.part, decimals: 3 }, shares, plain).span(6),
      stat(`Budget left: ${slo}`, budgetLeft, measures.remainder, [target(left, "")], high(0, 0.25)).span(4),
    ];
  });
  const days = [target(select("app:slo_window:days", app), "")];
  const inTime = "Seconds within which a request must be answered to be good by the latency objective.";
  return {
    title: "Now, over the SLO's window",
    height: 5,
    panels: [
      ...panels,
      stat("Window", "Time over which the SLO is kept or missed.", measures.days, days, plain).span(2),
      stat("Threshold", inTime, measures.seconds, [target(threshold, "")], plain).span(2),
    ],
  };
}

function course(): Section {
  const left = [target(select("app:error_budget_remaining:ratio", app), ["slo"])];
  const text = "Error budget left of the SLO's window, by objective. A cliff is an outage, a slope a defect.";
  const panel = lines("Budget left", text, measures.remainder, left, high(0, 0.25));
  return { title: "Budget over time", height: 8, panels: [panel] };
}

function burnRates(kind: Bad): Section {
  const { slo, bad } = promises[kind];
  const panel = (severity: string, { long, short }: Burn) => {
    const text =
      "Burn rate: at 1 the budget lasts exactly its window. " +
      `An alert fires above the red line over both ${long} and ${short}.`;
    const burn = [long, short].map((window) => target(burnRate(kind, window), window));
    const factor = select("app:slo_burn_alert:factor", { ...app, slo, window: long });
    const graph = lines(`${long} and ${short}: ${severity}`, text, measures.factor, burn, ["green", [1, "orange"]]);
    return withLimits(graph, [{ query: factor, legend: "alert", colour: "red" }]);
  };
  return {
    title: `Burn rate: ${slo}, requests that ${bad}`,
    height: 8,
    panels: Object.values(burns).flatMap(({ severity, pairs }) => pairs.map((pair) => panel(severity, pair))),
  };
}
