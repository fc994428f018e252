import type { Values } from "../../values-src/charts/http-service.ts";
import { duration } from "../../values-src/duration.ts";
import { type Check, rolloutTimeline, type Stage } from "../../values-src/strategies/timeline.ts";
import { count } from "../problems/issue.ts";
import { type LaneSource, lane, type Placed, place, shareY } from "./strategies-scale.ts";
import { element, polyline, rectangle, words } from "./svg.ts";

/** One environment's rollout, from a height down, at so many pixels to the second. */
export function drawLane(source: LaneSource, top: number, perSecond: number): string {
  const stages = place(rolloutTimeline(source.values), perSecond);
  const plot = top + 34;
  const end = stages.at(-1)?.to ?? lane.left;
  return [
    heading(source, top + 20),
    shares(stages, plot, end),
    ...stages.map((stage) => measurements(stage, plot) + caption(stage, plot)),
    lastCaption(source.values, end, plot),
    wayBack(source.values, plot + lane.plot + 8, end),
    ticks(stages, plot + lane.plot + 42),
  ].join("\n");
}

function heading({ env, apps, values }: LaneSource, y: number): string {
  const { strategy, replicaCount, autoscaling, progressDeadlineSeconds } = values;
  const pods = autoscaling
    ? `${autoscaling.minReplicas} to ${autoscaling.maxReplicas} pods`
    : count(replicaCount, "pod");
  const more = strategy.type === "rolling" ? `${strategy.maxSurge} more` : "at most twice as many";
  const deadline = `new pods have ${duration(progressDeadlineSeconds)} to get ready`;
  return [
    words(lane.left, y, `${strategy.type} in ${env.name}${listed(apps)}`, "environment"),
    words(lane.right, y, `${pods}, ${more} during a rollout; ${deadline}`, "soft", "end"),
  ].join("");
}

function listed(apps: string[]): string {
  if (apps.length === 0) return "";
  const [first, second, ...more] = apps;
  return `: ${[first, second].filter(Boolean).join(", ")}${more.length > 0 ? ` and ${more.length} more` : ""}`;
}

/** The plot: below the line what the new version answers, above it what the old one does. */
function shares(stages: Placed[], top: number, end: number): string {
  const bottom = top + lane.plot;
  const line = stages.flatMap(({ from, to, share }): [number, number][] => {
    return [from, to].map((x) => [x, shareY(share, top)]);
  });
  const axis = [0, 50, 100].map((share) => words(lane.left - 8, shareY(share, top) + 4, `${share} %`, "soft", "end"));
  const waits = stages.filter(({ seconds }) => seconds === undefined);
  return [
    rectangle(lane.left, top, end - lane.left, lane.plot, "old"),
    polyline([[lane.left, bottom], ...line, [end, bottom]], "new", true),
    rectangle(end, top, lane.right - end, lane.plot, "after"),
    ...axis,
    ...waits.map(({ from, to }) => rectangle(from, top, to - from, lane.plot, "wait")),
    polyline([...line, [end, top], [lane.right, top]], "edge"),
  ].join("");
}

function measurements({ from, to, share, seconds = 0, checks = [] }: Placed, top: number): string {
  const rarestFirst = checks.toSorted((a, b) => a.at.length - b.at.length);
  const marks = rarestFirst.flatMap(({ at }) => {
    return at.map((second) => mark(from + ((to - from) * second) / seconds, shareY(share, top), at.length === 1));
  });
  // Metrics that are measured together are one mark.
  return [...new Set(marks)].join("");
}

/** A measurement: a diamond where it is the only one. */
export function mark(x: number, y: number, once: boolean): string {
  if (!once) return element("circle", { cx: x, cy: y, r: 3.2, class: "check" });
  const left = x - 7.5;
  const right = x + 7.5;
  const up = y - 7.5;
  const down = y + 7.5;
  return polyline(
    [
      [left, y],
      [x, up],
      [right, y],
      [x, down],
    ],
    "once",
    true,
  );
}

/** How long the old version is there in full. */
function wayBack({ strategy }: Values, top: number, end: number): string {
  if (strategy.type === "rolling") {
    const taper = polyline(
      [
        [lane.left, top],
        [lane.left, top + 16],
        [end, top + 16],
      ],
      "back",
      true,
    );
    const label = "old pods end as new ones get ready: going back is another rolling update";
    return taper + words(end + 8, top + 12, label, "soft");
  }
  const label = words(lane.left + 8, top + 12, "old version up in full: going back is instant", "back-words");
  return rectangle(lane.left, top, end - lane.left, 16, "back") + label;
}

/** The share of a stage and what goes on in it: above the line where there is room, else below. */
function caption({ from, share, kind, checks = [] }: Placed, top: number): string {
  if (kind === "ready") return "";
  const lines = [...(share > 0 && kind !== "kept" ? [`${share} %`] : []), about(kind, checks)];
  return captionLines(lines, from, share > 50 ? top + 22 : shareY(share, top) - 12 - 16 * (lines.length - 1));
}

/** What comes after the last stage. */
function lastCaption({ strategy }: Values, from: number, top: number): string {
  const rolling = "new pods get their part of the requests as they get ready; nothing judges them";
  return captionLines(["100 %", strategy.type === "rolling" ? rolling : "serves alone"], from, top + 22);
}

function captionLines(lines: string[], x: number, y: number): string {
  return lines.map((line, n) => words(x + 8, y + 16 * n, line, line.endsWith(" %") ? "share" : "soft")).join("");
}

function about(kind: Stage["kind"], checks: Check[]): string {
  if (kind !== "judged") {
    return { ready: "", preview: "ready, not for users yet", pause: "pause", decision: "", kept: "old version kept" }[
      kind
    ];
  }
  const [often = []] = checks.map(({ at }) => at).toSorted((a, b) => b.length - a.length);
  const [first = 0, second = first] = often;
  return `judged ${often.length} times, every ${duration(second - first)}`;
}

const ends: Record<Stage["kind"], string> = {
  ready: "",
  preview: "switched",
  judged: "found good",
  pause: "",
  decision: "promoted by hand",
  kept: "old pods end",
};

/** When stages end, and with what. */
export function ticks(stages: Placed[], y: number): string {
  const labels = stages.map(({ kind, to, end, seconds }): [x: number, label: string] => {
    return [to, [seconds === undefined ? "" : duration(end), ends[kind]].filter(Boolean).join(": ")];
  });
  const begin = stages.some(({ seconds }) => seconds !== undefined) ? "0" : "";
  return [[lane.left + lane.wait, begin] as const, ...labels]
    .filter(([, label]) => label !== "")
    .map(([x, label]) => words(x, y, label, "soft", "middle"))
    .join("");
}
