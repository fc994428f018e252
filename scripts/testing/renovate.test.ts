import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { platform } from "../../values-src/platform.ts";

const root = path.resolve(import.meta.dirname, "../..");
const read = (file: string) => readFileSync(path.join(root, file), "utf8");

/** As much of Renovate's configuration as is tested: https://docs.renovatebot.com/modules/manager/regex */
interface CustomManager {
  managerFilePatterns: string[];
  matchStrings: string[];
  datasourceTemplate: string;
}

const config = JSON.parse(read(".github/renovate.json")) as {
  customManagers: CustomManager[];
  gitIgnoredAuthors: string[];
};

/** What the custom managers find in a text that stands in a file. */
function findIn(file: string, text = read(file)): object[] {
  return config.customManagers
    .filter(({ managerFilePatterns }) =>
      managerFilePatterns.some((pattern) => new RegExp(pattern.slice(1, -1)).test(file)),
    )
    .flatMap(({ matchStrings, datasourceTemplate: datasource }) =>
      matchStrings.flatMap((pattern) =>
        [...text.matchAll(new RegExp(pattern, "g"))].map(({ groups }) => ({ datasource, ...definedOf(groups) })),
      ),
    );
}

function definedOf(groups: Record<string, string | undefined> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(groups).flatMap(([name, value]) => (value ? [[name, value]] : [])));
}

/** Name and tag of an image. */
function imageParts(image: string): { depName: string; currentValue: string } {
  const [, depName = "", currentValue = ""] = /^(.+?):([^:@/]+)(?:@.*)?$/.exec(image) ?? [];
  return { depName, currentValue };
}

const releases = globSync("releases/*.{yaml,yml}", { cwd: root }).sort();

describe("Renovate's custom managers", () => {
  test.for(releases)("find the chart of %s, if a chart repository has it", (file) => {
    const { chart, repository, version } = parse(read(file)) as Record<string, string>;
    const expected = { datasource: "helm", depName: path.basename(chart ?? ""), registryUrl: repository };
    expect(findIn(file)).toEqual(repository ? [{ ...expected, currentValue: version }] : []);
  });

  test("find a version also where other keys stand between, and quotes", () => {
    const text = `chart: "web/shop"\n# ours\nrepository: 'https://charts.invalid'\nnamespace: a\nversion: "1.2.3-rc.1+5"\n`;
    expect(findIn("releases/shop.yaml", text)).toEqual([
      { datasource: "helm", depName: "shop", registryUrl: "https://charts.invalid", currentValue: "1.2.3-rc.1+5" },
    ]);
  });

  test("find the chart of an app", () => {
    const text = `export default {\n  chart: {\n    from: "repository",\n    url: "https://charts.invalid",\n    name: "shop",\n    version: "1.2.3",\n`;
    expect(findIn("values-src/apps/shop.ts", text)).toEqual([
      { datasource: "helm", depName: "shop", registryUrl: "https://charts.invalid", currentValue: "1.2.3" },
    ]);
  });

  test("find the image that asks a new version its tests", () => {
    const [found, ...others] = findIn("values-src/platform.ts");
    expect(found).toMatchObject({ datasource: "docker", ...imageParts(platform.testImage) });
    expect(others).toEqual([]);
    const pinned = `testImage: "registry.invalid:5000/team/node:24-alpine@sha256:${"0".repeat(64)}"`;
    expect(findIn("values-src/platform.ts", pinned)).toEqual([
      {
        ...{ datasource: "docker", depName: "registry.invalid:5000/team/node", currentValue: "24-alpine" },
        currentDigest: `sha256:${"0".repeat(64)}`,
      },
    ]);
  });

  test("find the base image of the sample app", () => {
    const image = /^ARG NODE_IMAGE=(.*)$/m.exec(read("service/Dockerfile"))?.[1] ?? "";
    expect(findIn("service/Dockerfile")).toEqual([{ datasource: "docker", ...imageParts(image) }]);
  });

  test("find one version of the Gateway API's kinds wherever it stands", () => {
    const found = ["releases/releases.yaml.gotmpl", "docs/deployment-guide.md"].map((file) => findIn(file));
    expect(found[0]).toMatchObject([{ datasource: "github-releases", depName: "kubernetes-sigs/gateway-api" }]);
    for (const one of found[1] ?? []) expect(one).toEqual(found[0]?.[0]);
  });

  test("use nothing that RE2 does not know", () => {
    for (const { matchStrings } of config.customManagers)
      for (const pattern of matchStrings) expect(pattern).not.toMatch(/\(\?[=!]|\(\?<[=!]|\\[1-9]|\\k</);
  });
});

test("Renovate ignores the commits of the workflow that follows it, which in turn passes them over", () => {
  const workflow = read(".github/workflows/renovate.yml");
  const [author = ""] = config.gitIgnoredAuthors;
  expect(workflow).toContain(`git config user.email '${author}'`);
  expect(workflow).toContain(`github.event.head_commit.author.email != '${author}'`);
});
