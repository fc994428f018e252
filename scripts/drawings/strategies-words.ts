import type { Values } from "../../values-src/charts/sample-app.ts";
import type { Check, Stage } from "./rollout-timeline.ts";
import { lane, type Placed, shareY } from "./strategies-scale.ts";
import { words } from "./svg-elements.ts";

/** The share of a stage and what goes on in it: above the line where there is room, else below. */
export function caption({ from, share, kind, checks = [] }: Placed, top: number): string {
  if (kind === "ready") return "";
  const lines = [...(share > 0 && kind !== "kept" ? [`${share} %`] : []), about(kind, checks)];
  return captionLines(lines, from, share > 50 ? top + 22 : shareY(share, top) - 12 - 16 * (lines.length - 1));
}

/** What comes after the last stage. */
export function lastCaption({ strategy }: Values, from: number, top: number): string {
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

/** Seconds as one says them: 4 min 30 s. */
export function duration(seconds: number): string {
  const [minutes, rest] = [Math.floor(seconds / 60), seconds % 60];
  return [minutes > 0 && `${minutes} min`, (rest > 0 || minutes === 0) && `${rest} s`].filter(Boolean).join(" ");
}
