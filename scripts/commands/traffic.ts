import { defineCommand } from "../frame/command.ts";
import {
  explainFailures,
  percent,
  type Second,
  startLoad,
  type Target,
  total,
  worstWindow,
} from "../operations/load.ts";
import { pause, say } from "../outside/deeds.ts";
import { IssueError } from "../problems/issue.ts";

export const command = defineCommand({
  summary: "sends a steady load to an app, and shows each second which version answered",
  operands: [{ name: "URL", help: "http://HOST[:PORT]" }],
  options: {
    rate: { value: "N", default: "50", help: "requests per second, 1 to 1000" },
    seconds: { value: "N", default: "60", help: "how long, 1 to 3600" },
    connect: {
      value: "ADDRESS",
      help: "where HOST is reached, as the ingress controller's address; else the name is looked up",
    },
  },
  notes:
    "Only what answers /version with its version, as the service in service/ does, is taken for a target.\nExit code 1: a request failed.",
  touches: "nothing",
  async run({ operands, options }) {
    const rate = wholeNumber("--rate", options.rate, 1000);
    const seconds = wholeNumber("--seconds", options.seconds, 3600);
    const target = targetOf(operands, options.connect);
    await requireApp(target);
    const load = startLoad(target, rate);
    for (let at = 0; at < seconds; at++) {
      await pause(1000);
      const second = load.seconds().find((each) => each.at === at);
      say(describe(at, second));
    }
    const all = await load.stop();
    const { requests, failed } = total(all);
    const text = `${failed} of ${requests} requests failed, ${percent(worstWindow(all, 10))} in the worst 10 s${failed > 0 ? `\n${explainFailures(all)}` : ""}`;
    return { code: failed > 0 ? 1 : 0, text, data: { requests, failed, seconds: all } };
  },
});

function wholeNumber(option: string, text: string | undefined, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new IssueError({ file: option, message: `must be a whole number from 1 to ${most}, got "${text}"` });
}

function targetOf(positionals: string[], connect: string | undefined): Target {
  const [text = ""] = positionals;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (positionals.length !== 1 || url?.protocol !== "http:") {
    throw new IssueError({ file: "traffic", message: `must be given one address, http://HOST[:PORT], got "${text}"` });
  }
  return { address: connect ?? url.hostname, port: Number(url.port || 80), host: url.host };
}

/** Throws `IssueError` unless the target tells its version: load is for nothing else. */
async function requireApp(target: Target): Promise<void> {
  const probe = startLoad(target, 1);
  for (let waited = 0; waited < 110 && probe.seconds().length === 0; waited++) await pause(100);
  const versions = (await probe.stop()).flatMap((second) => Object.keys(second.versions));
  if (versions.some((version) => version !== "(none)")) return;
  const where = `http://${target.host} at ${target.address}:${target.port}`;
  throw new IssueError({ file: where, message: "does not answer /version with its version; no load was sent" });
}

/** A line such as `12 s  0.1.0: 40  0.2.0: 10, 5 failed  slowest 35 ms`. */
function describe(at: number, second: Second | undefined): string {
  const versions = Object.entries(second?.versions ?? {}).sort(([one], [other]) => one.localeCompare(other));
  const parts = versions.map(
    ([name, { requests, failed }]) => `${name}: ${requests}${failed ? `, ${failed} failed` : ""}`,
  );
  const slowest = Math.max(0, ...versions.map(([, { slowestMs }]) => slowestMs));
  return [
    `${String(at + 1).padStart(4)} s`,
    ...(parts.length > 0 ? parts : ["no answer"]),
    `slowest ${slowest} ms`,
  ].join("  ");
}
