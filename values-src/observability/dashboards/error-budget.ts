import type { Slo } from "../../slo.ts";
import { type Burn, burnFactor, burns } from "../alerts.ts";
import type { BurnWindow } from "../metrics.ts";
import { Query, select } from "../promql.ts";
import type { Board, Section } from "./frame.ts";
import { lines, stat } from "./graphs.ts";
import { high, low, measures, type Steps, target } from "./panels.ts";
import { app, percent, promises } from "./queries.ts";

/** What is promised, how much of it is used up, and how fast. */
export function errorBudget(slo: Slo): Board {
  return {
    name: "error-budget",
    text: "The SLO, its error budget, and how fast the budget is spent.",
    from: "24h",
    refresh: "1m",
    sections: [state(slo), course(slo), burnRates(slo, "errors"), burnRates(slo, "slow")],
  };
}

function left(name: string): Query {
  return select("app:error_budget_remaining:ratio", { ...app, slo: name });
}

function state(slo: Slo): Section {
  const panels = Object.values(promises(slo)).flatMap(({ name, objective, budget, bad }) => {
    const kept = new Query(`1 - ${budget} * (1 - ${left(name)})`);
    const good = `Share of good requests in ${slo.window}; the objective is ${percent(objective)}. The others ${bad}.`;
    const budgetLeft = `Error budget left of the ${slo.window} window; below 0 the SLO is missed.`;
    return [
      stat(`Kept: ${name}`, good, { ...measures.part, decimals: 3 }, [target(kept, "")], ["red", [objective, "green"]]),
      stat(`Budget left: ${name}`, budgetLeft, measures.remainder, [target(left(name), "")], high(0, 0.25)),
    ];
  });
  return { title: `Now, over ${slo.window}`, height: 5, panels };
}

function course(slo: Slo): Section {
  const targets = Object.values(promises(slo)).map(({ name }) => target(left(name), name));
  const text = `Error budget left of the ${slo.window} window, by objective. A cliff is an outage, a slope a defect.`;
  const panel = lines("Budget left", text, measures.remainder, targets, high(0, 0.25));
  return { title: "Budget over time", height: 8, panels: [panel] };
}

function burnRates(slo: Slo, kind: "errors" | "slow"): Section {
  const promise = promises(slo)[kind];
  const burn = (window: BurnWindow) =>
    target(new Query(`${select(`app:http_request_${kind}:ratio_rate${window}`, app)} / ${promise.budget}`), window);
  const panel = (severity: string, pair: Burn) => {
    const { long, short } = pair;
    const factor = burnFactor(slo, pair, promise.budget);
    const text =
      `Burn rate: at 1 the budget lasts exactly its window. ` +
      `An alert fires above ${factor} over both ${long} and ${short}.`;
    const steps: Steps = factor > 1 ? low(1, factor) : ["green", [factor, "red"]];
    const title = `${long} and ${short}: ${severity} from ${factor}`;
    return lines(title, text, measures.factor, [burn(long), burn(short)], steps);
  };
  return {
    title: `Burn rate: ${promise.name}, requests that ${promise.bad}`,
    height: 8,
    panels: Object.values(burns).flatMap(({ severity, pairs }) => pairs.map((pair) => panel(severity, pair))),
  };
}
