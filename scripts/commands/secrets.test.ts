import { globSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { runScript } from "../testing/processes.ts";
import { requireChart } from "../testing/require.ts";
import { edit, makeWorkspace } from "../testing/workspace.ts";

const letters = "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7cF0xL".repeat(4);
const hex = "3f9a0c71b8e2d645".repeat(8);

/** Put together when the test runs, so that no scanner takes this file for one with secrets. */
const text = (...parts: string[]) => parts.join("");
const base64 = (plain: string) => Buffer.from(plain).toString("base64");
const pem = (kind: string) =>
  text("-----BEGIN ", kind, "PRIVATE KEY-----\n", letters.slice(0, 64), "\n-----END ", kind, "PRIVATE KEY-----\n");
const jwt = [
  { alg: "HS256", typ: "JWT" },
  { sub: "1234567890", name: "ci" },
].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"));

/** Kind -> the secret, under a key that says nothing of it. */
const tokens: Record<string, string> = {
  "Slack webhook": text("https://hooks.sl", "ack.com/services/T0AB12CD3/B0AB12CD3/", letters.slice(0, 24)),
  "Slack token": text("xo", "xb-12345678901-123456789012-", letters.slice(0, 24)),
  "GitHub token": text("gh", "p_", letters.slice(0, 36)),
  "GitHub fine-grained token": text("github", "_pat_", letters.slice(0, 22), "_", letters.slice(0, 59)),
  "GitLab token": text("gl", "pat-", letters.slice(0, 20)),
  "AWS access key": text("AK", "IA", "Q3EGRIYZ7LTNXWV2"),
  "Google API key": text("AI", "za", letters.slice(0, 35)),
  "Google service account": JSON.stringify({
    type: "service_account",
    private_key_id: hex.slice(0, 40),
    private_key: pem(""),
  }),
  "RSA private key": pem("RSA "),
  "OpenSSH private key": pem("OPENSSH "),
  JWT: text(jwt.join("."), ".", letters.slice(0, 43)),
  "Stripe key": text("sk", "_live_", letters.slice(0, 24)),
  "SendGrid key": text("S", "G.", letters.slice(0, 22), ".", letters.slice(0, 43)),
  "Twilio key": text("S", "K", hex.slice(0, 32)),
  "npm token": text("np", "m_", letters.slice(0, 36)),
  "PyPI token": text("py", "pi-AgEIcHlwaS5vcmc", letters.slice(0, 60)),
  "Azure storage key": text(
    "AccountName=logs;Account",
    "Key=",
    base64(letters.slice(0, 64)),
    ";EndpointSuffix=core.windows.net",
  ),
  "Discord webhook": text("https://disc", "ord.com/api/webhooks/123456789012345678/", letters.slice(0, 68)),
  "Grafana token": text("gl", "sa_", letters.slice(0, 32), "_", hex.slice(0, 8)),
  "Anthropic key": text("sk", "-ant-api03-", letters.slice(0, 93), "AA"),
  "Vault token": text("hv", "s.", letters.slice(0, 95)),
  "age key": text("AGE-SECRET", "-KEY-1", letters.toUpperCase().slice(0, 58)),
  "connection string with a password": "postgres://shop:hunter22@db.shop.svc:5432/shop",
  "URL with a password": "https://robot:hunter22@git.example.com/shop.git",
  "bearer token": `Bearer ${letters.slice(0, 30)}`,
  "Docker's configuration": JSON.stringify({ auths: { "ghcr.io": { auth: base64("robot:hunter22") } } }),
  "option of a command": "--db-password=hunter22",
  "settings on a line": "Server=db;User Id=shop;Password=hunter22;",
  "private key in base64": base64(pem("EC ")),
  "line of a configuration": "smtp:\n  host: mail.example.com\n  password: hunter22\n",
};

/** Kind -> what has it in its key, as values hold it. */
const keyed: Record<string, Record<string, unknown>> = {
  password: { adminPassword: "prom-operator" },
  "password of numbers": { password: 12345678 },
  "password of basic authentication": { basicAuth: { username: "robot", password: "hunter22" } },
  "client secret": { "oidc.clientSecret": "correct-horse" },
  "variable of the environment": { SMTP_PASS: "hunter22" },
  "name and value": { extraEnv: [{ name: "DB_PASSWORD", value: "hunter22" }] },
  "option of a command, and its value": { args: ["--user", "shop", "--db-password", "hunter22"] },
  "address of a webhook": { webhook_url: `https://chat.example.com/hooks/${letters.slice(0, 26)}` },
  "API key": { apiKey: "some-key" },
  "Datadog key": { DD_API_KEY: hex.slice(0, 32) },
  "PagerDuty routing key": { routing_key: hex.slice(0, 32) },
  "AWS secret key": { secretAccessKey: letters.slice(0, 40) },
  "header with credentials": { authorization: `Basic ${base64("robot:hunter22")}` },
  "auth of a registry": { auth: base64("robot:hunter22") },
  "Secret among a chart's objects": { extra: [{ kind: "Secret", data: { token: base64("hunter22") } }] },
};

const planted: Record<string, unknown> = {
  ...Object.fromEntries(Object.entries(tokens).map(([kind, secret]) => [kind, { setting: secret }])),
  ...keyed,
};

/** What looks like a secret to nobody who knows the charts. */
const harmless: Record<string, unknown> = {
  "a reference of Argo CD": { clientSecret: "$argocd-oidc:client-secret" },
  "a variable": { adminPassword: `$${"{GRAFANA_PASSWORD}"}`, password: "$DB_PASSWORD", token: "$(TOKEN)" },
  "a variable of Grafana": { client_secret: "$__env{OAUTH_SECRET}", password: "$__file{/etc/secrets/password}" },
  "a template": { password: "{{ .Values.password }}", url: "https://{{ .user }}:{{ .password }}@example.com" },
  "an empty text": { password: "", token: "  " },
  "a placeholder": { password: "<your-password>", token: "REDACTED", apiKey: "xxx" },
  "the name of a Secret": {
    existingSecret: "grafana-admin",
    secretName: "shop-tls",
    passwordKey: "admin-password",
    userKey: "admin-user",
    tokenSecretRef: { name: "vault", key: "token" },
    configSecret: "alertmanager",
    secret: "shop-config",
    secrets: ["telegram-bot-token"],
    envFromSecret: "grafana-oauth",
  },
  "a path": {
    bearerTokenFile: "/var/run/secrets/token",
    credentials: "/etc/credentials",
    token_url: "https://sso.example.com/token",
  },
  "a hash": {
    argocdServerAdminPassword: `$2a$10$${letters.slice(0, 53)}`,
    htpasswd: `robot:$apr1$${letters.slice(0, 30)}`,
  },
  "what a switch is set to": { GF_AUTH_PROXY_ENABLE_LOGIN_TOKEN: "false", automountServiceAccountToken: true },
  "an ExternalSecret": {
    spec: { data: [{ secretKey: "password", remoteRef: { key: "shop", property: "password" } }] },
  },
  "an image by its digest": {
    image: `docker://example/shop:1.2.3@sha256:${hex.slice(0, 64)}`,
    revision: hex.slice(0, 40),
  },
  "code that reads a token": {
    "health.lua": "local hs = {}\ntoken = obj.status.token\npassword = read(obj)\nreturn hs\n",
  },
  arguments: { args: ["--token-ttl=1h", "--password-file", "/etc/password", "--enable-token", "--verbose"] },
  "a public address": {
    webhook_url: "http://alerts.monitoring.svc:8080/hook",
    url: "https://example.com:8443/a?b=c@d",
    git: "ssh://git@github.com/example/shop.git",
  },
};

const chart = `export interface Values {
  strategy: { type: "rolling" };
  settings?: { [kind: string]: any };
}
`;
const valueModule = (settings: Record<string, unknown>) =>
  `export const values = () => ({\n  strategy: { type: "rolling" },\n  settings: ${JSON.stringify(settings, null, 2)},\n});\n`;

const http = "values-src/releases/http-service.ts";
const platform = (allowed: object[]) =>
  `export const platform = {\n  allowedSecrets: ${JSON.stringify(allowed, null, 2)},\n};\n`;
const withValues = (settings: Record<string, unknown>, more: Record<string, string> = {}) =>
  makeWorkspace({ "values-src/charts/web.ts": chart, [http]: valueModule(settings), ...more });

interface Problem {
  file: string;
  line: number;
  path: string;
  message: string;
}

const problemsOf = (stdout: string) => (JSON.parse(stdout) as { problems: Problem[] }).problems;
const pointer = (kind: string) => `/settings/${kind.replaceAll("/", "~1")}/`;

describe("a secret in plain text is refused at its line, and not quoted:", () => {
  let root = "";
  let all: Record<"gen" | "check", { problems: Problem[]; lines: string[]; printed: string }>;

  beforeAll(async () => {
    root = withValues(planted);
    const yaml = stringify({ strategy: { type: "rolling" }, settings: planted });
    edit(root, { "mine.yaml": yaml });
    const gen = await runScript(root, "gen", "--json");
    const check = await runScript(root, "check", "mine.yaml", "--release", "web", "--json");
    expect([gen.code, check.code]).toEqual([1, 1]);
    const read = ({ stdout, stderr }: typeof gen, text: string) => {
      return { problems: problemsOf(stdout), lines: text.split("\n"), printed: stdout + stderr };
    };
    all = { gen: read(gen, valueModule(planted)), check: read(check, yaml) };
  });

  test.for(Object.keys(planted))("%s", (kind) => {
    for (const [command, { problems, lines }] of Object.entries(all)) {
      const [problem, ...others] = problems.filter((each) => each.path.startsWith(pointer(kind)));
      expect(others, command).toEqual([]);
      expect(problem?.message, command).toMatch(/^a .+ in plain text: put it into a Secret/);
      const key = problem?.path.split("/").at(-1) ?? "";
      // Of what is in a list, the line has the item.
      expect(lines[(problem?.line ?? 0) - 1], command).toMatch(new RegExp(`${key}|value|hunter22`));
    }
  });

  test("nothing of them is printed but the 4 characters that tell their kind", () => {
    const secrets = [
      letters.slice(0, 12),
      hex.slice(0, 12),
      "hunter22",
      "correct-horse",
      "prom-operator",
      base64("hunter22"),
    ];
    for (const { printed } of Object.values(all)) for (const secret of secrets) expect(printed).not.toContain(secret);
  });

  test("there are no other problems", () => {
    for (const { problems } of Object.values(all)) expect(problems).toHaveLength(Object.keys(planted).length);
  });
});

test("what refers to a secret, stands for it, or is none is taken", async () => {
  const root = withValues(harmless);
  edit(root, { "mine.yaml": stringify({ strategy: { type: "rolling" }, settings: harmless }) });
  expect(await runScript(root, "gen")).toMatchObject({ stderr: "", code: 0 });
  expect(await runScript(root, "check", "mine.yaml", "--release", "web")).toMatchObject({ stderr: "", code: 0 });
});

test("a secret that is refused once is refused again, and one that is mended is not", async () => {
  const root = withValues({ smtp: { password: "hunter22" } });
  for (const _ of [1, 2]) expect(await runScript(root, "gen")).toMatchObject({ code: 1 });
  edit(root, { [http]: valueModule({ smtp: { password: "$SMTP_PASSWORD" } }) });
  expect(await runScript(root, "gen")).toMatchObject({ stderr: "", code: 0 });
});

describe("an exception", () => {
  const allowed = {
    release: "web",
    path: "/settings/demo/password",
    because: "the public demo's, printed on its front page",
  };
  const settings = { demo: { password: "hunter22" } };

  test("lets gen and check take what it names, there alone and for that release alone", async () => {
    const root = withValues(settings, { "values-src/platform.ts": platform([allowed]) });
    edit(root, {
      "mine.yaml": stringify({
        strategy: { type: "rolling" },
        settings: { ...settings, smtp: { password: "hunter22" } },
      }),
    });
    expect(await runScript(root, "gen")).toMatchObject({ stderr: "", code: 0 });
    const { stderr } = await runScript(root, "check", "mine.yaml", "--release", "web");
    expect(stderr).toContain("/settings/smtp/password  a secret");
    expect(stderr).toContain("1 problem in 1 file");
    edit(root, { "values-src/platform.ts": platform([{ ...allowed, release: "db" }]) });
    expect((await runScript(root, "gen")).stderr).toContain("/settings/demo/password  a secret");
  });

  test.for([
    [
      "whose secret is gone",
      { ...allowed, path: "/settings/demo/passwd" },
      "web has no secret at /settings/demo/passwd: remove this",
    ],
    [
      "of a release that is not there",
      { ...allowed, release: "wbe" },
      'there is no release "wbe", did you mean "web"?',
    ],
  ] as const)("%s is a problem, at its line", async ([, unused, says]) => {
    const root = withValues(settings, { "values-src/platform.ts": platform([allowed, unused]) });
    const { code, stderr } = await runScript(root, "gen");
    expect(stderr).toBe(
      `values-src/platform.ts:8:3\n  /allowedSecrets/1  ${says}${says.endsWith("?") ? "" : " exception, or correct its path"}\n1 problem in 1 file\n`,
    );
    expect(code).toBe(1);
  });

  test("without a reason is refused", async () => {
    const { because: _, ...without } = allowed;
    const root = withValues(settings, { "values-src/platform.ts": platform([without]) });
    const { code, stderr } = await runScript(root, "gen");
    expect(stderr).toContain(
      "values-src/platform.ts:2:19\n  /allowedSecrets  must be a list of { release, path, because }",
    );
    expect(code).toBe(1);
  });
});

const upstream = ["argo-cd", "argo-rollouts", "argocd-apps", "ingress-nginx", "kube-prometheus-stack", "traefik"];
test.for(upstream)("upstream's defaults and examples of %s hold no secret", async (name, context) => {
  const folder = requireChart(context, name);
  const files = globSync(["values.yaml", "ci/*.yaml"], { cwd: folder }).map((file) => path.join(folder, file));
  const root = path.resolve(import.meta.dirname, "../..");
  const { stdout } = await runScript(root, "check", ...files, "--release", name, "--json");
  const { problems } = JSON.parse(stdout) as { problems: Problem[] };
  expect(problems.filter(({ message }) => message.includes("in plain text"))).toEqual([]);
});
