import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, expect, test } from "vitest";
import { environment, outputOfSync, runScript, startCommand } from "../testing/processes.ts";
import { requireChart, requireTool } from "../testing/require.ts";
import { fake } from "../testing/stand-ins.ts";
import { addApp, copyWithApps, edit, temporaryDirectory } from "../testing/workspace.ts";

// A hook's GIT_DIR would lead the tests to the repository that they run in.
for (const name of Object.keys(process.env)) if (name.startsWith("GIT_")) delete process.env[name];

/** A copy with two apps, in git: ci is a fast canary, dev rolling, prod a large canary and staging blueGreen of Argo CD. */
let root: string;

function git(...args: string[]): string {
  const settings = ["-c", "user.name=test", "-c", "user.email=test@example.com"];
  return outputOfSync("git", [...settings, ...args], { cwd: root, env: environment() });
}

beforeAll(() => {
  root = copyWithApps("shop", "web");
  git("init", "--quiet", "--initial-branch=main");
  writeFileSync(path.join(root, ".git/info/exclude"), "node_modules\n");
  git("add", "--all");
  git("commit", "--quiet", "--message=base");
}, 60_000);

interface Review {
  effects: { danger: string; kind: string; text: string; release?: string; environments: string[] }[];
  facts: { file: string; differences: { path: string; before?: unknown; after?: unknown }[] }[];
  changes: { release: string; environments: string[]; objects: object[]; notRendered?: string }[];
}

/** What `npm run diff` says with these files replaced; afterwards they are as they were. */
async function review(changes: () => void, ...args: string[]): Promise<Review & { code: number | string | null }> {
  try {
    changes();
    const { code, stdout, stderr } = await runScript(root, "diff", "--json", ...args);
    expect(stderr).toBe("");
    return { code, ...(JSON.parse(stdout) as Review) };
  } finally {
    git("checkout", "--quiet", "--", ".");
    git("clean", "--quiet", "--force", "-d");
  }
}

function change(file: string, from: string | RegExp, to: string): void {
  const absolute = path.join(root, file);
  const text = readFileSync(absolute, "utf8");
  expect(text).toMatch(from);
  writeFileSync(absolute, text.replace(from, to));
}

const web = "values-src/apps/web.ts";
const tags = "values-src/apps/web.tags.json";
const departures = (text: string) => () => change(web, /, \s*\};/, `, environments: { ${text} } };`);

/** Effects as `danger kind environments`, of one change. */
const cases: Record<string, [changes: () => void, effects: string[], app?: string]> = {
  "a tag": [() => change(tags, '"prod": "0.1.0"', '"prod": "0.2.0"'), ["caution rollout prod", "note image prod"]],
  "a tag that floats": [
    () => change(tags, '"dev": "0.1.0"', '"dev": "latest"'),
    ["caution rollout dev", "caution image-floats dev", "note image dev"],
  ],
  "an environment variable": [
    () => change(web, 'team: "web"', 'team: "web", env: { GREETING: "hello" }'),
    ["caution rollout ci", "caution rollout dev", "caution rollout prod", "caution rollout staging"],
  ],
  "a Secret that it needs": [
    () => change(web, 'team: "web"', 'team: "web", secrets: ["web-secrets"]'),
    ["caution rollout ci", "caution rollout dev", "caution rollout prod", "caution rollout staging"],
  ],
  "the label that its selectors hold": [
    () => change(web, 'team: "web"', 'team: "web", nameLabel: "site"'),
    ["caution rollout ci", "caution rollout dev", "caution rollout prod", "caution rollout staging"].concat([
      "danger immutable ci, dev, prod, staging",
    ]),
  ],
  "an environment that it leaves": [
    () => {
      change(web, /, \s*\};/, ", environments: { ci: false } };");
      change(tags, /\s*"ci": "0.1.0",/, "");
    },
    ["danger release-removed ci"],
  ],
  "more pods": [departures("dev: { replicas: 3 }"), ["note cost dev", "note scale dev"]],
  "another strategy": [
    departures('dev: { strategy: "canary" }'),
    ["caution requests-needed dev", "caution strategy dev", "note rollout-time dev"],
  ],
  "a strategy that nobody judges": [
    departures('prod: { strategy: "rolling" }, staging: { strategy: "rolling" }'),
    ["caution analysis prod, staging", "caution strategy prod", "caution strategy staging"].concat([
      "caution tests prod, staging",
      "caution worst-case prod",
      "caution worst-case staging",
      // AnalysisTemplates, the Services of a canary and of a preview, and the preview's host.
      "caution removed prod",
      "caution removed staging",
      "danger host staging",
    ]),
  ],
  "other steps": [
    departures("prod: { steps: [{ weight: 10 }, { weight: 50 }] }"),
    ["caution worst-case prod", "note steps prod"],
  ],
  "a weaker SLO": [
    () => change(web, "availability: 0.99", "availability: 0.98"),
    ["caution slo ci, dev, prod, staging", "caution slo ci, dev, prod, staging", "note alert ci, dev, prod, staging"],
  ],
  "a stricter SLO": [
    () => change(web, "availability: 0.99", "availability: 0.995"),
    ["note alert ci, dev, prod, staging"],
  ],
  "another host": [
    () => change(web, 'team: "web"', 'team: "web", host: "www"'),
    ["danger host ci", "danger host dev", "danger host prod", "danger host staging"].concat([
      "note host ci",
      "note host dev",
      "note host prod",
      "note host staging",
    ]),
  ],
  "another namespace": [
    () => change(web, 'team: "web"', 'team: "web", namespace: "shop-web"'),
    ["danger namespace ci, dev, prod, staging"],
  ],
  "another owner": [departures('dev: { owner: "argocd" }'), ["caution owner dev"]],
  "a new app": [
    () => addApp(root, "blog", "environments: { ci: false, prod: false, staging: false }"),
    ["note cost dev", "note release-new dev"],
    "blog",
  ],
  "an app that goes": [
    () => edit(root, { [web]: null, [tags]: null }),
    ["danger release-removed ci, dev, prod, staging"],
  ],
  "a template of the chart that gives its pods rights": [
    () =>
      edit(root, {
        "service/chart/templates/role.yaml":
          "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata:\n  name: more\nrules:\n  - apiGroups: ['']\n    resources: [secrets]\n    verbs: [get]\n",
      }),
    ["danger rights ci, dev, prod, staging"],
  ],
};

test.for(Object.entries(cases))(
  "%s: its effects, and no others",
  { timeout: 60_000 },
  async ([, [changes, effects, app = "web"]], context) => {
    requireTool(context, "helm");
    const { code, ...found } = await review(changes, "--app", app);
    const seen = found.effects.map(({ danger, kind, environments }) => `${danger} ${kind} ${environments.join(", ")}`);
    expect(seen.sort()).toEqual(effects.sort());
    expect(code).toBe(2);
  },
);

const dev = "values-src/environments/dev.ts";
const ingress = (facts: string) => () => change(dev, /ingress: \{[^}]*\}/, `ingress: { ${facts}, tls: false }`);
const both = ingress('controller: "gateway", alsoBy: "traefik"');

function addQa(): void {
  const facts = readFileSync(path.join(root, dev), "utf8").replace("dev.example.com", "qa.example.com");
  edit(root, { "values-src/environments/qa.ts": facts });
  for (const app of ["shop", "web"]) change(`values-src/apps/${app}.tags.json`, "{", '{ "qa": "0.1.0",');
}

function removeCi(): void {
  edit(root, { "values-src/environments/ci.ts": null });
  for (const app of ["shop", "web"]) change(`values-src/apps/${app}.tags.json`, /\s*"ci": "0.1.0",/, "");
}

/** Effects on all releases of one environment as `danger kind release`; what is changed `first` is the base. */
const ofEnvironments: Record<string, { env: string; first?: () => void; changes: () => void; effects: string[] }> = {
  "another ingress controller": {
    env: "dev",
    changes: ingress('controller: "nginx"'),
    effects: [
      "danger ingress shop",
      "danger ingress web",
      "danger release-removed traefik",
      "note alert kube-prometheus-stack",
      "note cost ingress-nginx",
      "note release-new ingress-nginx",
    ],
  },
  "a Gateway beside the Ingresses": {
    env: "dev",
    changes: both,
    effects: [
      "caution restart argo-rollouts",
      "caution restart traefik",
      "danger rights argo-rollouts",
      "danger rights traefik",
      "note cost argo-rollouts",
      "note ingress shop",
      "note ingress web",
    ],
  },
  "the Gateway alone, after both: no host goes": {
    env: "dev",
    first: both,
    changes: ingress('controller: "gateway"'),
    effects: [
      "caution ingress shop",
      "caution ingress web",
      "caution removed argo-cd",
      "caution removed shop",
      "caution removed traefik",
      "caution removed web",
      "caution restart traefik",
    ],
  },
  "a new environment": { env: "qa", changes: addQa, effects: ["note cost", "note environment-new"] },
  "an environment that goes": { env: "ci", changes: removeCi, effects: ["danger environment-removed"] },
};

test.for(Object.entries(ofEnvironments))(
  "%s: its effects on every release of the environment, and no others",
  { timeout: 120_000 },
  async ([, { env, first, changes, effects }], context) => {
    requireTool(context, "helm");
    const charts = ["argo-cd", "argo-rollouts", "argocd-apps", "ingress-nginx", "kube-prometheus-stack", "traefik"];
    for (const chart of charts) requireChart(context, chart);
    const begin = git("rev-parse", "HEAD").trim();
    try {
      first?.();
      if (first) await runScript(root, "gen");
      git("commit", "--quiet", "--allow-empty", "--all", "--message=first");
      const found = await review(changes, env, "--base", "HEAD");
      const seen = found.effects.map(({ danger, kind, release }) => `${danger} ${kind} ${release ?? ""}`.trim());
      expect(seen.sort()).toEqual(effects);
      expect(found.changes.map(({ notRendered }) => notRendered)).not.toContainEqual(expect.any(String));
    } finally {
      git("reset", "--quiet", "--hard", begin);
    }
  },
);

test("a change of comments, or of the order of keys, changes nothing for anybody", { timeout: 60_000 }, async () => {
  const { code, effects, changes } = await review(() =>
    change(web, "export default", "// Of the web team.\nexport default"),
  );
  expect({ code, effects, changes }).toEqual({ code: 0, effects: [], changes: [] });
});

/** Made anew by each rendering, as charts make passwords and certificates; and one label that follows from the tag. */
const madeAtRandom = `{{ $ca := genCA "ca" 365 }}{{ $password := randAlphaNum 20 }}
apiVersion: v1
kind: Secret
metadata:
  name: random
  labels:
    tag: {{ .Values.image.tag | quote }}
stringData:
  password: {{ $password }}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata:
  name: random
webhooks:
  - name: random.example.com
    clientConfig: { caBundle: {{ $ca.Cert | b64enc }} }
---
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: random
spec:
  template:
    metadata:
      annotations: { checksum/password: {{ sha256sum $password }} }
    spec:
      containers:
        - name: random
          args: [--started={{ now | date "2006-01-02T15:04:05.000000000" }}]
`;

test("what was rendered before is not rendered again, and another chart or other values are", {
  timeout: 120_000,
}, async (ctx) => {
  const helm = requireTool(ctx, "helm");
  const bin = temporaryDirectory();
  const calls = path.join(bin, "calls");
  fake(bin, "helm", `[ "$1" != template ] || echo "$2" >> "${calls}"; exec "${helm}" "$@"`);
  const env = { ...environment(), PATH: `${bin}:${environment().PATH}` };
  const rendered = async (greeting: string) => {
    writeFileSync(calls, "");
    change(web, 'team: "web"', `team: "web", env: { GREETING: "${greeting}" }`);
    const { code } = await startCommand(root, env, "diff", "dev", "--json").ended;
    git("checkout", "--quiet", "--", ".");
    expect(code).toBe(2);
    return readFileSync(calls, "utf8").split("\n").filter(Boolean).length;
  };
  expect(await rendered("good morning")).toBe(3);
  expect(await rendered("good morning")).toBe(0);
  expect(await rendered("good evening")).toBe(1);
});

test("what a chart makes at random changes nothing, and what else its objects say is seen", {
  timeout: 60_000,
}, async (context) => {
  requireTool(context, "helm");
  edit(root, { "service/chart/templates/random.yaml": madeAtRandom });
  git("add", "--all");
  git("commit", "--quiet", "--message=random");
  try {
    const { effects, changes } = await review(() => change(tags, '"dev": "0.1.0"', '"dev": "0.2.0"'), "--app", "web");
    expect(effects.map(({ kind }) => kind)).toEqual(["rollout", "image"]);
    expect(JSON.stringify(changes)).toContain("Secret random");
    expect(JSON.stringify(changes)).not.toMatch(/(StatefulSet|WebhookConfiguration) random/);
  } finally {
    git("reset", "--quiet", "--hard", "HEAD~1");
  }
});

test("facts are named by file and path, with what they were and are", { timeout: 60_000 }, async (context) => {
  requireTool(context, "helm");
  const { facts } = await review(() => change(web, "availability: 0.99", "availability: 0.98"), "--app", "web", "dev");
  expect(facts).toEqual([
    { file: web, does: "changes", differences: [{ path: "slo.availability", before: 0.99, after: 0.98 }] },
  ]);
});

test("a program reads each object and what its pods do", { timeout: 60_000 }, async (context) => {
  requireTool(context, "helm");
  const { changes } = await review(() => change(tags, '"dev": "0.1.0"', '"dev": "0.2.0"'), "--app", "web", "dev");
  const rollout = { title: "Rollout web", kind: "Rollout", namespace: "web", name: "web", does: "changes" };
  const pods = { replaced: true, before: 1, after: 1 };
  expect(changes.flatMap(({ objects }) => objects)).toEqual([expect.objectContaining({ ...rollout, pods })]);
});

test("a team says what fails its pull requests", { timeout: 60_000 }, async (context) => {
  requireTool(context, "helm");
  const codeWith = async (...args: string[]) =>
    (await review(() => change(tags, '"prod": "0.1.0"', '"prod": "0.2.0"'), "--app", "web", ...args)).code;
  expect(await codeWith("--fail", "danger,image-floats")).toBe(2);
  expect(await codeWith("--fail", "danger,rollout")).toBe(1);
});

test("what fails pull requests must be a danger or a kind of effect: a misspelt one would never fail any", async () => {
  const { code, stderr } = await runScript(root, "diff", "--fail", "dangr, image-floats,rolout");
  expect(code).toBe(1);
  expect(stderr).toContain('there is no effect "dangr", did you mean "danger"? Known: alert, alert-gone, ');
  expect(stderr).toContain('there is no effect "rolout", did you mean "rollout"?');
  expect(stderr).not.toContain('"image-floats"');
});

test("a base that is not there is one clear line", async () => {
  const { code, stderr } = await runScript(root, "diff", "--base", "no-such-branch");
  expect(code).toBe(1);
  expect(stderr).toContain(
    'there is no commit "no-such-branch": name a branch, tag or commit that git rev-parse knows',
  );
});

test("a base that a shallow clone has not got: how to get it", async () => {
  const shallow = path.join(temporaryDirectory(), "clone");
  git("commit", "--quiet", "--allow-empty", "--message=newest");
  git("clone", "--quiet", "--depth=1", `file://${root}`, shallow);
  git("reset", "--quiet", "--hard", "HEAD~1");
  const { code, stderr } = await runScript(shallow, "diff", "--base", "HEAD~1");
  expect(code).toBe(1);
  expect(stderr).toContain("this clone has only the newest commits: git fetch --unshallow");
});

test("an app that there is not is refused, and not taken for one that does not change", async () => {
  const { code, stderr } = await runScript(root, "diff", "--app", "wbe");
  expect(code).toBe(1);
  expect(stderr).toContain('there is no app "wbe", did you mean "web"?');
});

test("Markdown names effects first, folds the rest, and notifies nobody", { timeout: 60_000 }, async (context) => {
  requireTool(context, "helm");
  try {
    change(web, 'team: "web"', 'team: "web", env: { TEAM: "@everybody <b>" }');
    const { stdout } = await runScript(root, "diff", "dev", "--app", "web", "--markdown");
    expect(stdout.split("\n")[2]).toMatch(/^- 🟠 dev: web starts a rollout, rolling: /);
    expect(stdout).toContain("<details><summary>web (dev)</summary>");
  } finally {
    git("checkout", "--quiet", "--", ".");
  }
});

/** What `npm run diff` lets GitHub show. */
async function annotations(changes: () => void): Promise<string[]> {
  try {
    changes();
    const inGitHub = { ...environment(), GITHUB_ACTIONS: "true" };
    const { stderr } = await startCommand(root, inGitHub, "diff", "--app", "web").ended;
    return stderr.trimEnd().split("\n");
  } finally {
    git("checkout", "--quiet", "--", ".");
    git("clean", "--quiet", "--force", "-d");
  }
}

test("in GitHub, each fact that changed is shown at its line, with what happens there, dangers first", async () => {
  const found = await annotations(() => {
    change("values-src/environments/dev.ts", 'pace: "steady"', 'pace: "fast"');
    change(web, 'build: "./service", ', "");
    change(web, /, \s*\};/, ",\n  environments: {\n    prod: { replicas: 7 },\n  },\n};");
    change(tags, '"staging": "0.1.0"', '"staging": "0.2.0"');
    edit(root, { "values-src/environments/ci.ts": null });
    for (const app of ["web", "shop"]) change(`values-src/apps/${app}.tags.json`, '  "ci": "0.1.0",\n', "");
  });
  const places = [
    "values-src/apps/shop.tags.json::ci: - 0.1.0",
    "values-src/apps/web.tags.json,line=4,col=3::staging: 0.1.0 -> 0.2.0",
    "values-src/apps/web.tags.json::ci: - 0.1.0",
    'values-src/apps/web.ts,line=2,col=17::environments: + {"prod":{"replicas":7}}',
    "values-src/apps/web.ts::build: - ./service",
    "values-src/environments/ci.ts::is gone",
    "values-src/environments/dev.ts,line=4,col=9::pace: steady -> fast",
  ];
  expect(found.map((line) => /^::\w+ file=(.*?)(%0A|$)/.exec(line)?.[1]).toSorted()).toEqual(places);
  const levels = found.map((line) => /^::(warning|notice) /.exec(line)?.[1]);
  expect(levels).toEqual(levels.toSorted().reverse());
  const tag = found.find((line) => line.includes("staging: 0.1.0"));
  expect(tag).toMatch(/^::warning .*%0AWhat this branch does there:%0Astaging: web starts a rollout, blueGreen/);
  expect(tag).not.toContain("ci:");
});

test("in GitHub, no more is printed than it shows", async () => {
  const found = await annotations(() => {
    for (const env of ["dev", "prod", "staging"]) {
      for (const part of ["alertmanager", "grafana", "nodeExporter", "redisExporter"])
        change(`values-src/environments/${env}.ts`, `${part}: true`, `${part}: false`);
    }
  });
  expect(found).toHaveLength(10);
});
