import type { App } from "../app.ts";
import type { TestRequest, Tests } from "../charts/http-service.ts";
import { platform } from "../platform.ts";
import { allot } from "../sizes.ts";

/** How often the Job asks a request that fails, with a second between: `service/chart/files/run-tests.mjs`. */
const attempts = 3;

/** Seconds for the Job's pod to start, which may have to pull its image. */
const start = 120;

/** What a new version must answer before users meet it; by default its readiness probe. */
export function tests({ facts, size }: App, readyPath: string): Tests {
  const all = facts.tests ?? [{ name: "ready", path: readyPath }];
  const requests = all.map((test): TestRequest => ({ method: "GET", status: 200, seconds: 5, ...test }));
  const longest = requests.reduce((sum, { seconds }) => sum + attempts * (seconds + 1), start);
  const { resources } = allot(size, "tests");
  return { image: platform.testImage, requests, deadlineSeconds: Math.ceil(longest), resources };
}
