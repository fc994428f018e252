import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { percent, type Second, startLoad, type Target, total, worstWindow } from "./lib/cluster/load.ts";
import { type ExitCode, runCommand } from "./lib/command.ts";
import { IssueError } from "./lib/issue.ts";

const usage = `npm run traffic -- [OPTIONS] http://HOST[:PORT]: a steady load on the app, and who answers it, second by second

  --rate N           requests per second, 1 to 1000; 50 unless told
  --seconds N        how long, 1 to 3600; 60 unless told
  --connect ADDRESS  where HOST is reached, as the ingress controller's address; else the name is looked up

Only the sample app is taken for a target: what answers /version with its version.
Exit code 1: a request failed.
`;

await runCommand(async (): Promise<ExitCode> => {
  const { values: options, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rate: { type: "string", default: "50" },
      seconds: { type: "string", default: "60" },
      connect: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (options.help) {
    process.stdout.write(usage);
    return 0;
  }
  const rate = wholeNumber("--rate", options.rate, 1000);
  const seconds = wholeNumber("--seconds", options.seconds, 3600);
  const target = targetOf(positionals, options.connect);
  await requireApp(target);
  const load = startLoad(target, rate);
  for (let at = 0; at < seconds; at++) {
    await sleep(1000);
    const second = load.seconds().find((each) => each.at === at);
    process.stdout.write(`${describe(at, second)}\n`);
  }
  const all = await load.stop();
  const { requests, failed } = total(all);
  process.stdout.write(
    `${failed} of ${requests} requests failed, ${percent(worstWindow(all, 10))} in the worst 10 s\n`,
  );
  return failed > 0 ? 1 : 0;
});

function wholeNumber(option: string, text: string, most: number): number {
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

/** Throws `IssueError` unless the target is the app: load is for nothing else. */
async function requireApp(target: Target): Promise<void> {
  const probe = startLoad(target, 1);
  for (let waited = 0; waited < 110 && probe.seconds().length === 0; waited++) await sleep(100);
  const versions = (await probe.stop()).flatMap((second) => Object.keys(second.versions));
  if (versions.some((version) => version !== "(none)")) return;
  const where = `http://${target.host} at ${target.address}:${target.port}`;
  throw new IssueError({ file: where, message: "does not answer /version as the sample app does; no load was sent" });
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
