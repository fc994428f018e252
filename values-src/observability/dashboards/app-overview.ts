import type { Slo } from "../../slo.ts";
import { type Query, quantile, rate, select, sum } from "../promql.ts";
import { requestRate } from "../sli.ts";
import type { Board, Section } from "./frame.ts";
import { lines, stacked, stat } from "./graphs.ts";
import { high, measures, type Steps, target } from "./panels.ts";
import { app, latency, promises, range, users } from "./queries.ts";

/** What users get of the app, what its processes need, and what is sold. */
export function appOverview(slo: Slo): Board {
  return {
    name: "app-overview",
    text: "What users get from the app, what its processes use, and what is sold.",
    from: "1h",
    refresh: "10s",
    sections: [now(slo), requests(slo), processes(), orders()],
  };
}

const errorRatio = select("app:http_request_errors:ratio_rate5m", app);

function now(slo: Slo): Section {
  const { errors } = promises(slo);
  const { percentile: q, seconds } = slo.latency;
  const left = select("app:error_budget_remaining:ratio", { ...app, slo: errors.name });
  const failed = `Share of failed requests over five minutes. ${errors.allows}.`;
  const answered = `Seconds within which ${100 * q} of 100 requests are answered; the SLO promises ${seconds} s.`;
  const budgetLeft = `Error budget left of the ${slo.window} window; below 0 the SLO is missed.`;
  const inFlight = sum(select("http_requests_in_flight", app));
  const ready = sum(select("app_ready", app));
  const { perSecond, part, remainder, count } = measures;
  const one = (query: Query) => [target(query, "")];
  return {
    title: "Now",
    height: 4,
    panels: [
      stat("Requests", "User-facing requests answered per second.", perSecond, one(requestRate(users, range))),
      stat("Errors", failed, part, one(errorRatio), errors.steps),
      stat(`Latency p${100 * q}`, answered, measures.seconds, [latency(q)], slowFrom(seconds)),
      stat("Error budget left", budgetLeft, remainder, one(left), high(0, 0.25)),
      stat("In flight", "Requests that are being answered at this moment, by all pods.", count, one(inFlight)),
      stat("Pods ready", "Pods that are ready for traffic. None: the app is down.", count, one(ready), [
        "red",
        [1, "green"],
      ]),
    ],
  };
}

function slowFrom(seconds: number): Steps {
  return ["green", [seconds, "red"]];
}

function requests(slo: Slo): Section {
  const { errors } = promises(slo);
  const { seconds } = slo.latency;
  const byStatus = requestRate(users, range, ["status_code"]);
  const failed = `Share of failed requests over five minutes. ${errors.allows}.`;
  const answered = `Seconds within which half, 95 and 99 of 100 requests are answered; the line is the SLO's ${seconds} s.`;
  return {
    title: "Requests",
    height: 8,
    panels: [
      stacked("Requests by status", "User-facing requests per second, by status code.", measures.perSecond, [
        target(byStatus, ["status_code"]),
      ]),
      lines("Errors", failed, measures.share, [target(errorRatio, "errors")], errors.steps),
      lines("Latency", answered, measures.seconds, [0.5, 0.95, 0.99].map(latency), slowFrom(seconds)),
    ],
  };
}

function processes(): Section {
  const { count, seconds, bytes, share } = measures;
  const inFlight = [target(select("http_requests_in_flight", app), ["pod"])];
  const lag = [target(select("nodejs_eventloop_lag_p99_seconds", app), ["pod"])];
  const memory = [target(select("process_resident_memory_bytes", app), ["pod"])];
  const cpu = [target(rate(select("process_cpu_seconds_total", app), range), ["pod"])];
  const late = "Delay of the event loop, 99th percentile: from 0.1 s the process is overloaded.";
  return {
    title: "Processes",
    height: 7,
    panels: [
      lines("In flight", "Requests that each pod is answering. It climbs when a pod cannot keep up.", count, inFlight),
      lines("Event loop lag", late, seconds, lag, slowFrom(0.1)),
      lines("Memory", "Memory that each process holds; a pod that reaches its limit is killed.", bytes, memory),
      lines("CPU", "Share of one core that each process uses; JavaScript can hardly use more than one.", share, cpu),
    ],
  };
}

function orders(): Section {
  const perMinute = sum(rate(select("orders_total", app), range), ["product"]).times(60);
  const sold = "Orders per minute, by product: a rollout without failed requests can still lose orders.";
  const worth = "Value of an order in euros: median and 95th percentile.";
  const value = (q: number) => target(quantile(q, "order_value_euros", app, range), `p${100 * q}`);
  const pods = [target(sum(select("up", app)), "up"), target(sum(select("app_ready", app)), "ready")];
  return {
    title: "Orders and pods",
    height: 7,
    panels: [
      stacked("Orders", sold, measures.factor, [target(perMinute, ["product"])]),
      lines("Order value", worth, measures.euros, [0.5, 0.95].map(value)),
      lines("Pods", "Pods that Prometheus scrapes, and how many of them are ready.", measures.count, pods),
    ],
  };
}
