import { duration } from "../../../values-src/duration.ts";
import { count } from "../../problems/issue.ts";
import { formatTable } from "../text-table.ts";
import type { Judged, Plan, PlannedStage, PlannedWorstCase } from "./plan-of.ts";

/** What the figures are of, and what they leave out. */
export const inexact = [
  "The bad version here fails from its first request on, and the old one never. One that fails only later, or only under more load,",
  "reaches more users. Not exact: chance decides near a limit and with few requests; the ingress controller may follow a second or",
  "two late; waits for pods and people are not counted.",
].join("\n");

/** A plan for people, under a title such as `shop in prod`. */
export function formatPlan(title: string, plan: Plan): string {
  const { judged } = plan;
  return [
    `${title}: ${plan.strategy}, ${total(plan)}`,
    ...indented([["after", "at the new version", "what"], ...timeline(plan)]),
    ...tests(plan),
    ...(judged ? needs(judged) : ["Nothing judges a version that users meet: it stays until somebody takes it back."]),
    ...indented([
      ["it fails", "requests/s", "users' requests that fail", "users meet it for", `error budget of ${plan.window}`],
      ...worstRows(plan),
    ]),
    ...(judged ? [passes(plan, judged)] : []),
  ].join("\n");
}

/** `9 min, and on top of it 2 waits for pods`. */
function total({ seconds, waits, decisions }: Plan): string {
  const more = [
    ...(waits > 0 ? [`${count(waits, "wait")} for pods`] : []),
    ...(decisions > 0 ? [`${count(decisions, "decision")} by a person`] : []),
  ].join(" and ");
  if (seconds === 0) return more;
  return `${duration(seconds)}${more && `, and on top of it ${more}`}`;
}

function timeline({ strategy, stages, tests, seconds }: Plan): string[][] {
  const last = stages.at(-1);
  const end = [duration(seconds), "100 %", "serves alone"];
  if (strategy === "rolling") {
    const shares = last && last.share > 0 ? `0 to ${percent(last.share / 100)}` : "0 %";
    return [["0 s", shares, `${count(stages.length, "wait")} for pods; as they get ready, the old ones end`], end];
  }
  const rows = stages.map((stage, n) => {
    const tested = n === 0 && tests.length > 0 ? ", then its tests" : "";
    return [duration(stage.at), percent(stage.share / 100), `${about(stage)}${tested}`];
  });
  return last?.kind === "kept" ? rows : [...rows, end];
}

function about({ kind, seconds = 0, measurements = 0 }: PlannedStage): string {
  switch (kind) {
    case "ready":
      return "wait for pods";
    case "preview":
      return `preview for ${duration(seconds)}`;
    case "judged":
      return `analysis: ${count(measurements, "measurement")} in ${duration(seconds)}`;
    case "pause":
      return `pause of ${duration(seconds)}`;
    case "decision":
      return "until somebody promotes";
    case "kept":
      return `found good; the old version is kept for ${duration(seconds)}`;
  }
}

function tests({ tests }: Plan): string[] {
  if (tests.length === 0) return [];
  const asked = tests.map(({ method, path, status, contains }) => {
    return `${method} ${path} ${status}${contains === undefined ? "" : ` with ${contains}`}`;
  });
  return [`Tests: ${asked.join(", ")}. A version that fails one reaches nobody.`];
}

function needs({ enough, range, needed, below }: Judged): string[] {
  const rates = needed.map(({ share, perSecond }) => `${perSecondOf(perSecond)} at ${percent(share / 100)}`);
  const short = {
    sentBack: `every version is sent back after ${duration(below.seconds)}`,
    paused: `it waits at ${percent(below.share / 100)} until somebody decides`,
    stays: "it is not judged there and goes on",
  };
  return [
    `To be judged a new version needs ${enough} requests in ${duration(range)}, so per second the app needs ${rates.join(", ")}.`,
    `With less, ${short[below.outcome]}.`,
  ];
}

/** Rows for people: one for both amounts of requests where they make no difference. */
function worstRows({ worst, judged }: Plan): string[][] {
  const plain = (one?: PlannedWorstCase) => JSON.stringify({ ...one, traffic: undefined });
  return worst.flatMap((one, n) => {
    if (plain(one) === plain(worst[n - 1])) return [];
    const isSame = plain(one) === plain(worst[n + 1]);
    const rate = judged ? `${rateOf(one)}${isSame ? " or more" : ""}` : "any";
    return [worstRow(one, rate, judged)];
  });
}

function rateOf({ traffic }: PlannedWorstCase): string {
  return traffic === "many" ? traffic : perSecondOf(traffic);
}

const failings: Record<number, string> = { 1: "all", 0.5: "half" };

function worstRow(one: PlannedWorstCase, rate: string, judged?: Judged): string[] {
  const { failing, outcome, failed, share, seconds, waits, budgetUsed, budgetGoneAfter } = one;
  const back = {
    sentBack: `${duration(seconds)}${waits > 0 ? ` and ${count(waits, "wait")}` : ""}`,
    paused: `as long as it waits at ${percent(share / 100)}`,
    stays: "until taken back",
  };
  return [
    failings[failing] ?? `just over ${percent(judged?.allowed ?? failing)}`,
    rate,
    percent(failed),
    back[outcome],
    budgetGoneAfter === undefined ? `${percent(budgetUsed)} used` : `gone in ${roughly(budgetGoneAfter)}`,
  ];
}

/** What the analysis lets pass, and what that comes to. */
function passes({ window }: Plan, { allowed, budget }: Judged): string {
  const gone = roughly(budget / allowed);
  return `A version that fails ${percent(allowed)} or less is not sent back; at ${percent(allowed)} it uses up the error budget of ${window} in ${gone}.`;
}

/** Requests per second, rounded up, so that it is enough. */
export function perSecondOf(rate: number): string {
  return `${rate < 100 ? Math.ceil(rate * 10 - 1e-6) / 10 : Math.ceil(rate - 1e-6)}`;
}

/** A share, 1 being all, to three digits. */
export function percent(share: number): string {
  return `${Number((100 * share).toPrecision(3))} %`;
}

/** A long time without its smallest parts: `6 h 43 min`, `5 d 14 h`. */
function roughly(seconds: number): string {
  const unit = seconds >= 86_400 ? 3600 : seconds >= 3600 ? 60 : 1;
  return duration(Math.round(seconds / unit) * unit);
}

function indented(rows: string[][]): string[] {
  return formatTable(rows).map((line) => `  ${line}`);
}
