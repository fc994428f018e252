// Asks a new version each request of requests.json, and says on which it failed. A request that fails is tried three times:
// after a change of a Service, the nodes take a moment to follow it.
import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";

const { TARGET, VERSION } = process.env;
const attempts = 3;
const requests = JSON.parse(await readFile(new URL("requests.json", import.meta.url), "utf8"));
const failures = [];
for (const request of requests) {
  const failure = await firstFailure(request);
  if (failure === undefined) console.log(`${request.name}: ok`);
  else failures.push(`${request.name}: ${request.method} ${request.path} ${failure}`);
}
for (const failure of failures) console.log(failure);
process.exit(failures.length > 0 ? 1 : 0);

async function firstFailure(request) {
  let failure;
  for (let attempt = 1; attempt <= attempts; attempt++) {
    failure = await failureOf(request);
    if (failure === undefined) return undefined;
    if (attempt < attempts) await pause(1000);
  }
  return failure;
}

/** What is wrong with the answer; undefined for a good one. */
async function failureOf({ method, path, headers, body, status, contains, seconds }) {
  try {
    const response = await fetch(`${TARGET}${path}`, {
      method,
      // A connection that is kept would lead to the pod of the attempt before.
      headers: { ...headers, connection: "close" },
      body,
      redirect: "manual",
      signal: AbortSignal.timeout(seconds * 1000),
    });
    const text = await response.text();
    if (response.status !== status) return `answered ${response.status}, wanted ${status}${start(text)}`;
    const wanted = contains?.replaceAll("{version}", VERSION);
    return wanted === undefined || text.includes(wanted) ? undefined : `does not contain ${wanted}${start(text)}`;
  } catch (error) {
    if (error.name === "TimeoutError") return `gave no answer within ${seconds} s`;
    return `gave no answer: ${error.cause?.message ?? error.message}`;
  }
}

function start(text) {
  const line = text.replace(/\s+/g, " ").trim().slice(0, 120);
  return line === "" ? "" : `: ${line}`;
}
