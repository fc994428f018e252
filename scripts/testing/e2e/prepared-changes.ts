/** Changes of facts and of the platform's releases, each of which a review is to predict. */
import type { AppFacts, Departure } from "../../../values-src/app.ts";
import type { Slo } from "../../../values-src/slo.ts";
import type { Repository } from "./repository.ts";
import { good, next } from "./scenario.ts";
import { appFile, environment, ownFacts } from "./subject.ts";

/** What an app's files say. */
interface State {
  tag: string;
  facts: Partial<AppFacts>;
  departure: Departure;
  comment?: string;
}

/** A change of one app, or of one of the platform's releases. */
export interface PreparedChange {
  what: string;
  /** The app, or the release. */
  name: string;
  /** Releases that it may change. */
  releases: string[];
  /** Whether the app is there no longer. */
  isGone: boolean;
  /** Edits the working tree. */
  edit(repository: Repository): void;
}

/** A Secret that an app needs: it has to be in the namespace of the first app. */
export const secret = "predicted-secret";

/** Few seconds, and no load that an analysis would need. */
const slo: Slo = { ...ownFacts().slo, onNoData: "pass" };
const rolling: Departure = { strategy: "rolling", replicas: 1 };
const start: State = { tag: good, facts: { slo }, departure: rolling };

type Change = [what: string, change: (now: State) => State | undefined];

const tagged = (tag: string) => (now: State) => ({ ...now, tag });
const has = (facts: Partial<AppFacts>) => (now: State) => ({ ...now, facts: { ...now.facts, ...facts } });
const departs = (how: Departure) => (now: State) => ({ ...now, departure: { ...now.departure, ...how } });
const instead = (departure: Departure) => (now: State) => ({ ...now, departure });

/** Apps that are there from the beginning, and what changes of each, one after the other. */
const apps: Record<string, Change[]> = {
  "predicted-container": [
    ["another tag", tagged(next)],
    ["an environment variable", has({ env: { GREETING: "hello" } })],
    ["a Secret that it needs", has({ secrets: [secret] })],
    ["other ports", has({ ports: { http: 8081, metrics: 9091 } })],
    ["a larger size", departs({ size: "medium" })],
    // Of one pod at most: what it does by itself later is no part of the prediction.
    ["an autoscaler", departs({ size: "large", maxReplicas: 1 })],
    ["no autoscaler any more", instead(rolling)],
  ],
  "predicted-pods": [
    ["more pods", departs({ replicas: 2 })],
    ["another tag of two pods", tagged(next)],
    ["fewer pods", departs({ replicas: 1 })],
    ["another host", has({ host: "predicted-elsewhere" })],
    ["a connection that it may make", has({ egress: [{ cidr: "10.0.0.0/8", ports: [5432] }] })],
    ["another probe", has({ probes: { live: "/health/live", ready: "/health/live" } })],
  ],
  "predicted-slo": [
    ["a stricter SLO", has({ slo: { ...slo, availability: 0.995 } })],
    ["scrapes at longer intervals", departs({ pace: { scrapeInterval: "10s" } })],
    ["a shorter window of the SLO", has({ slo: { ...slo, window: "7d" } })],
    ["another team", has({ team: "another-team" })],
    ["a comment", (now) => ({ ...now, comment: "Of another team since today." })],
    ["a tag and more pods at once", (now) => departs({ replicas: 2 })(tagged(next)(now))],
  ],
  "predicted-strategy": [
    ["rolling becomes blueGreen", departs({ strategy: "blueGreen" })],
    ["a longer preview", departs({ pace: { autoPromotionSeconds: 7 } })],
    ["another tag under blueGreen", tagged(next)],
    ["blueGreen becomes canary", instead({ strategy: "canary", replicas: 1 })],
    ["other steps", departs({ steps: [{ weight: 50 }] })],
    ["another tag under canary", tagged(good)],
    ["canary becomes rolling", instead(rolling)],
  ],
};

/** An app that comes and goes. */
const coming: Change[] = [
  ["a new app", () => start],
  ["an app that goes", () => undefined],
];

type PlatformChange = [what: string, release: string, file: string, from: RegExp, to: string];

const controller = "values-src/releases/argo-rollouts.ts";
const stack = "values-src/releases/kube-prometheus-stack.ts";
const platform: PlatformChange[] = [
  ["what Argo Rollouts logs", "argo-rollouts", controller, /format: "json"/, 'level: "debug", format: "json"'],
  [
    "more rights of Argo Rollouts",
    "argo-rollouts",
    controller,
    /: \{ enabled: false \},\n {4}dashboard/,
    ": { enabled: true, providers: onlyGateway },\n    dashboard",
  ],
  ["what Traefik logs", "traefik", "values-src/releases/traefik.ts", /log: \{ format/, 'log: { level: "DEBUG", format'],
  [
    "more memory of Prometheus",
    "kube-prometheus-stack",
    "values-src/sizes.ts",
    /prometheus: \{ small: \[1, "100m", "1Gi"\]/,
    'prometheus: { small: [1, "100m", "1100Mi"]',
  ],
  [
    "how often Prometheus scrapes",
    "kube-prometheus-stack",
    stack,
    /retention: /,
    'scrapeInterval: "20s",\n      retention: ',
  ],
  ["what everybody may do in Argo CD", "argo-cd", "values-src/releases/argo-cd.ts", /"role:readonly"/, '""'],
];

/** Names of all apps. */
export const appNames = [...Object.keys(apps), "predicted-coming"];

/** Releases of the platform that change, and the one that knows of each app. */
export const platformReleases = [...new Set(platform.map(([, release]) => release)), "argocd-apps"];

/** Writes the apps' files as they are before the first change; returns the names of those that are there. */
export function writeFirst(repository: Repository): string[] {
  const names = Object.keys(apps);
  for (const name of names) write(repository, name, undefined, start);
  return names;
}

/**
 * Changes that are made at once, since none touches what another one does; each goes on from where the round before it has
 * left the app. Without `all`, a few changes of apps alone.
 */
export function rounds(all: boolean): PreparedChange[][] {
  const ofApps = Object.entries(apps).map(([name, changes]) => appChanges(name, start, changes));
  if (!all) return [ofApps.flatMap(([first]) => first ?? [])];
  const columns = [...ofApps, appChanges("predicted-coming", undefined, coming), platform.map(platformChange)];
  const most = Math.max(...columns.map(({ length }) => length));
  return Array.from({ length: most }, (_, round) => columns.flatMap((column) => column[round] ?? []));
}

function appChanges(name: string, first: State | undefined, changes: Change[]): PreparedChange[] {
  let now = first;
  return changes.map(([what, change]) => {
    const before = now;
    const after = change(before ?? start);
    now = after;
    const listed = before === undefined || after === undefined ? ["argocd-apps"] : [];
    return {
      what,
      name,
      releases: [name, ...listed],
      isGone: after === undefined,
      edit: (repository) => write(repository, name, before, after),
    };
  });
}

function platformChange([what, release, file, from, to]: PlatformChange): PreparedChange {
  const edit = (repository: Repository) => repository.edit(file, from, to);
  return { what, name: release, releases: [release], isGone: false, edit };
}

function write(repository: Repository, name: string, before: State | undefined, after: State | undefined): void {
  const files = [`values-src/apps/${name}.ts`, `values-src/apps/${name}.tags.json`] as const;
  if (!after) {
    if (before) repository.write(Object.fromEntries(files.map((file) => [file, null])));
    return;
  }
  const { tag, facts, departure, comment } = after;
  repository.write({
    [files[0]]: `${comment ? `// ${comment}\n` : ""}${appFile("helmfile", facts, departure)}`,
    [files[1]]: JSON.stringify({ [environment.name]: tag }),
  });
}
