/**
 * What `npm run diff` predicts of a change, and what becomes of it: objects that change on the API server, and pods that
 * restart. Without ALL=1, of a few changes.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Review } from "../../operations/review/review.ts";
import { count } from "../../problems/issue.ts";
import { differencesOf, type LiveObject, nothing, type Outcome, predictedBy, seenBetween } from "../cluster-changes.ts";
import { waitUntil } from "../live/prometheus.ts";
import { underWay } from "../under-way.ts";
import { kubectl, timeline, tryKubectl } from "./app.ts";
import { appNames, type PreparedChange, platformReleases, rounds, secret, writeFirst } from "./prepared-changes.ts";
import { Repository } from "./repository.ts";
import { report } from "./results.ts";
import { watch } from "./scenario.ts";
import { environment } from "./subject.ts";

const isAll = process.env.ALL === "1";

let repository: Repository;

/** What was predicted and seen of a change. */
interface Both {
  predicted: Outcome;
  seen: Outcome;
}

/** Of every change so far. */
const results: Both[] = [];

/** What changed beside what was predicted, of any round. */
const surprises: string[] = [];

beforeAll(async () => {
  await kubectl("delete", "namespace", ...appNames, "--ignore-not-found");
  repository = await Repository.make(undefined);
  const apps = writeFirst(repository);
  await repository.push("Apps whose changes are predicted");
  const releases = [...(isAll ? platformReleases : []), ...apps];
  await repository.sync(...releases);
  await kubectl("create", "secret", "generic", secret, "--namespace", `${apps[0]}`, "--from-literal=KEY=value");
  await settle(releases);
  // What scenarios before have left, and do not wait for.
  const going = ["get", "namespaces", "--field-selector", "status.phase=Terminating", "--output", "name"];
  await waitUntil("no namespace is being deleted", async () => (await kubectl(...going)).trim() === "", 120);
}, 600_000);

afterAll(async () => {
  if (!repository) return;
  await kubectl("delete", "namespace", ...appNames, "--ignore-not-found", "--wait=false");
  // A copy of its own has the releases as they were.
  if (isAll) await new Repository().sync(...platformReleases);
}, 600_000);

for (const changes of rounds(isAll)) {
  describe("npm run diff", () => {
    let predicted: Record<string, Outcome>;
    let seen: Record<string, Outcome>;
    let before: LiveObject[];
    let after: LiveObject[];

    beforeAll(async () => {
      const note = timeline(changes.map(({ what }) => what).join(", "));
      before = await look();
      for (const change of changes) change.edit(repository);
      const review = await predict();
      note(`predicted, of ${review.changes.length} releases`);
      await apply(changes, review);
      note("released");
      const touched = [...changes.flatMap(({ releases }) => releases), ...review.changes.map(({ release }) => release)];
      after = await lookAtEnd([...new Set(touched)]);
      note("at its end");
      predicted = predictedBy(review.changes, before, after);
      seen = seenBetween(before, after);
      const meant = new Set(changes.flatMap(({ releases }) => releases));
      const others = new Set([...Object.keys(predicted), ...Object.keys(seen)]).difference(meant);
      surprises.push(...[...others].flatMap((release) => [release, ...differencesOf(release, before, after)]));
    }, 600_000);

    test.for(changes.map((change) => [change.what, change] as const))("%s", ([what, { releases }], context) => {
      for (const release of releases) watch(release);
      const both = { predicted: of(predicted, releases), seen: of(seen, releases) };
      results.push(both);
      const outcome = describeBoth([both]);
      console.log(`${what}: ${outcome}`);
      report(context, outcome);
      const differences = releases.flatMap((release) => differencesOf(release, before, after)).join("\n");
      expect(both.seen, `what changed:\n${differences}\n`).toEqual(both.predicted);
    });
  });
}

test("npm run diff: of all these changes together", (context) => {
  const outcome = `${count(results.length, "change")}: ${describeBoth(results)}`;
  report(context, isAll ? outcome : `${outcome}; more of them with ALL=1`);
  expect(results.length).toBe(rounds(isAll).flat().length);
  expect(surprises, "releases that no change is of").toEqual([]);
  expect(results.map(({ seen }) => seen)).toEqual(results.map(({ predicted }) => predicted));
});

/** What the review of the working tree says of this environment. */
async function predict(): Promise<Review> {
  const { code, stdout, output } = await repository.npm("diff", [environment.name, "--json"]);
  if (code !== 0 && code !== 2) throw new Error(output);
  const review: Review = JSON.parse(stdout);
  const unknown = review.changes.flatMap(({ release, notRendered }) =>
    notRendered ? `${release}: ${notRendered}` : [],
  );
  if (unknown.length > 0) throw new Error(`diff does not know the objects of ${unknown.join("; ")}`);
  return review;
}

/** Commits, and releases what is said to change and what was edited: of that, nothing at all may change. */
async function apply(changes: PreparedChange[], review: Review): Promise<void> {
  await repository.push(changes.map(({ what }) => what).join(", "));
  const gone = changes.filter(({ isGone }) => isGone).map(({ name }) => name);
  for (const name of gone) {
    const { code, output } = await repository.npm("down", [environment.name, "--app", name, "--yes"]);
    if (code !== 0) throw new Error(output);
  }
  const edited = new Set([...changes.map(({ name }) => name), ...review.changes.map(({ release }) => release)]);
  await repository.sync(...edited.difference(new Set(gone)));
}

/** Kinds that are at their end some time after they were released. */
const running = [
  ...["pods", "replicasets.apps", "statefulsets.apps", "deployments.apps", "daemonsets.apps"],
  ...["rollouts.argoproj.io", "prometheuses.monitoring.coreos.com", "alertmanagers.monitoring.coreos.com"],
];

async function settle(releases: string[]): Promise<void> {
  let left: string[] = [];
  const isAtEnd = async () => {
    left = underWay(await get(running), releases);
    return left.length === 0;
  };
  const name = `${releases.join(", ")} are at their end`;
  await waitUntil(name, isAtEnd, 240).catch((error: Error) => {
    throw new Error([error.message, ...left].join("\n  "));
  });
}

/** What there is once these releases are at their end, and still are while one looks. */
async function lookAtEnd(releases: string[]): Promise<LiveObject[]> {
  for (;;) {
    await settle(releases);
    const seen = await look();
    if (underWay(seen, releases).length === 0) return seen;
  }
}

/** Every object with Helm's label, whatever its kind, and all pods with what they are made from. */
async function look(): Promise<LiveObject[]> {
  // It fails where one API does not answer, and lists the others.
  const { stdout } = await tryKubectl("api-resources", "--verbs=list,patch", "--output", "name");
  const kinds = stdout.split("\n").filter(Boolean);
  const all = [...(await get(kinds, "--selector", "app.kubernetes.io/managed-by=Helm")), ...(await get(running))];
  return [...new Map(all.map((object) => [object.metadata.uid, object])).values()];
}

async function get(kinds: string[], ...args: string[]): Promise<LiveObject[]> {
  const text = await kubectl("get", kinds.join(","), "--all-namespaces", "--output", "json", ...args);
  return (JSON.parse(text) as { items: LiveObject[] }).items;
}

/** What happens to these releases together. */
function of(outcomes: Record<string, Outcome>, releases: string[]): Outcome {
  const own = releases.map((release) => outcomes[release] ?? nothing);
  return {
    objects: own.flatMap(({ objects }) => objects),
    pods: own.flatMap(({ pods }) => pods),
    restarted: own.reduce((sum, { restarted }) => sum + restarted, 0),
  };
}

/** "1 object and 1 restarted pod predicted, 1 and 1 seen". */
function describeBoth(all: Both[]): string {
  const sum = (side: keyof Both) => ({
    objects: all.reduce((total, one) => total + one[side].objects.length, 0),
    restarted: all.reduce((total, one) => total + one[side].restarted, 0),
  });
  const predicted = sum("predicted");
  const seen = sum("seen");
  const first = `${count(predicted.objects, "object")} and ${count(predicted.restarted, "restarted pod")}`;
  return `${first} predicted, ${seen.objects} and ${seen.restarted} seen`;
}
