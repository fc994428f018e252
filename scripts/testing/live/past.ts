import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { outputOfSync } from "../processes.ts";
import { apps } from "./scenarios.ts";

/** What a graph compares with: the same hour a day and a week before. */
const days = [1, 7];

/** Puts some minutes of a day and of a week ago into a new Prometheus: counters that rise, and what was recorded. */
export function writePast(promtool: string, dataFolder: string): void {
  mkdirSync(dataFolder);
  const file = path.join(path.dirname(dataFolder), "past.txt");
  const series = apps.flatMap(seriesOf);
  const lines = series.flatMap(([name, , value]) =>
    days.toReversed().flatMap((day) => minutesOf(day).map(([time, minute]) => `${name} ${value(minute)} ${time}`)),
  );
  writeFileSync(file, `${lines.join("\n")}\n# EOF\n`);
  outputOfSync(promtool, ["tsdb", "create-blocks-from", "openmetrics", "--quiet", file, dataFolder]);
}

/** From ten minutes before the moment that a graph of now looks at to ten after. */
function minutesOf(day: number): [time: number, minute: number][] {
  const then = Math.floor(Date.now() / 1000) - day * 86_400;
  return Array.from({ length: 21 }, (_, minute) => [then + 60 * (minute - 10), minute]);
}

type Series = [name: string, type: string, value: (minute: number) => number];

function seriesOf(name: string): Series[] {
  const app = `namespace="${name}",job="${name}"`;
  const request = `${app},method="GET",route="/version",status_code="200"`;
  return [
    [`http_request_duration_seconds_bucket{${request},le="0.1"}`, "counter", (minute) => 60 * minute],
    [`http_request_duration_seconds_bucket{${request},le="+Inf"}`, "counter", (minute) => 60 * minute],
    [`app:http_requests:rate5m{${app}}`, "gauge", () => 1],
    [`app:http_request_errors:ratio_rate5m{${app}}`, "gauge", () => 0.01],
  ];
}
