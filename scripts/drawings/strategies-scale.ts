import type { Values } from "../../values-src/charts/http-service.ts";
import type { Environment } from "../../values-src/environment.ts";
import { rolloutTimeline, type Stage } from "../../values-src/strategies/timeline.ts";

/** What a lane of the picture is drawn from: the values of apps that are rolled out alike in an environment. */
export interface LaneSource {
  env: Pick<Environment, "name" | "pace">;
  /** Their names; none where all of the environment's are. */
  apps: string[];
  values: Values;
}

/** Where a lane's parts are, in pixels. A wait of unknown length is `wait` wide; `rest` is kept for what comes after. */
export const lane = { left: 58, right: 976, plot: 96, height: 196, wait: 40, rest: 92 };

/** A stage from one x to another; it ends so many seconds after the beginning, waits not counted. */
export interface Placed extends Stage {
  from: number;
  to: number;
  end: number;
}

/** Puts stages beside each other, at so many pixels to the second. */
export function place(stages: Stage[], perSecond: number): Placed[] {
  let x = lane.left;
  let end = 0;
  return stages.map((stage) => {
    const from = x;
    x += stage.seconds === undefined ? lane.wait : stage.seconds * perSecond;
    end += stage.seconds ?? 0;
    return { ...stage, from, to: x, end };
  });
}

/** Pixels to a second, so that the longest rollout of each pace takes all the room. */
export function pixelsPerSecond(sources: LaneSource[]): Record<Environment["pace"], number> {
  const room = lane.right - lane.left - lane.rest;
  const ofPace = (pace: string) => {
    const lengths = sources.filter(({ env }) => env.pace === pace).map(({ values }) => rolloutTimeline(values));
    return Math.min(...lengths.map((stages) => (room - waits(stages) * lane.wait) / Math.max(1, known(stages))));
  };
  return { steady: ofPace("steady"), fast: ofPace("fast") };
}

function waits(stages: Stage[]): number {
  return stages.filter(({ seconds }) => seconds === undefined).length;
}

function known(stages: Stage[]): number {
  return stages.reduce((sum, { seconds = 0 }) => sum + seconds, 0);
}

/** The y of a share of the requests, in percent, in a plot that begins at `top`. */
export function shareY(share: number, top: number): number {
  return top + lane.plot * (1 - share / 100);
}
