import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { platform } from "../platform.ts";
import { appValues, environment } from "../testing/facts.ts";
import { platformAlerts } from "./alerts.ts";
import { titles } from "./dashboards/frame.ts";

const root = path.resolve(import.meta.dirname, "../..");
const text = readFileSync(path.join(root, "docs/runbooks.md"), "utf8");
const sections = text
  .split(/^## /m)
  .slice(1)
  .map((section) => ({ name: section.slice(0, section.indexOf("\n")), body: section }));
const environments = (["traefik", "nginx"] as const).map((controller) =>
  environment({ ingress: { controller, tls: true } }),
);
const rules = environments.flatMap((env) => [...(appValues(env).rules ?? []), ...platformAlerts(env)]);
const alerts = rules.flatMap((group) => group.rules).filter(({ alert }) => alert);

test("every alert has a runbook, every runbook an alert, and the link opens it", () => {
  const names = [...new Set(alerts.map(({ alert }) => alert))].sort();
  console.log(`${names.length} alerts, ${sections.length} runbooks`);
  expect(sections.map(({ name }) => name).sort()).toEqual(names);
  for (const { alert, annotations } of alerts) {
    expect(annotations?.runbook_url).toBe(`${platform.runbooksUrl}#${alert?.toLowerCase()}`);
  }
  expect(platform.runbooksUrl).toMatch(/\/docs\/runbooks\.md$/);
});

test.for(sections)(
  "the runbook of $name says what it means, what to look at, what to do and when not to",
  ({ body }) => {
    const parts = [...body.matchAll(/^\*\*([^*]+):\*\*/gm)].map(([, part]) => part);
    expect(parts).toEqual(["For users", "Look first", "Do", "Harmless"]);
  },
);

test("dashboards and commands that a runbook names are there", () => {
  const dashboards = Object.values<string>(titles);
  const named = [...text.matchAll(/(?<!\*)\*([A-Z][a-zA-Z ]+ [a-zA-Z ]+)\*(?!\*)/g)].map(([, name]) => name);
  expect(named.length).toBeGreaterThan(0);
  expect(new Set(named).difference(new Set(dashboards))).toEqual(new Set());
  const { scripts } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
  for (const [, script = ""] of text.matchAll(/npm run (\S+)/g)) expect(Object.keys(scripts)).toContain(script);
});
