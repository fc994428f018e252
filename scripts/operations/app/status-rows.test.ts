import { describe, expect, test } from "vitest";
import { deployment } from "../../testing/workloads.ts";
import { readLiveApp } from "./live-app.ts";
import { formatMatrix } from "./status-matrix.ts";
import { formatRows, isSettled, notesOf, type StatusRow, withLive } from "./status-rows.ts";

const digest = (of: string) => `sha256:${of.repeat(64)}`;
const short = (of: string) => `sha256:${of.repeat(12)}…`;
const healthy = { replicas: 2, updatedReplicas: 2, availableReplicas: 2 };

/** A row of ci that asks for this image, with what a cluster has that asks for these. */
function row(wanted: string, images: string[], { version = "1.2.3", ownChart = false } = {}): StatusRow {
  const about = { app: "web", namespace: "web", environment: "ci", strategy: "rolling", owner: "helmfile" } as const;
  const tag = /:([^:/@]+)(@.*)?$/.exec(wanted)?.[1] ?? "";
  const workload = deployment({ version, status: healthy });
  const [container] = workload.spec.template.spec?.containers ?? [];
  // A version that is not told is that of pods without the variable.
  const env = container?.env?.filter(({ name }) => name !== "APP_VERSION" || version !== "?") ?? [];
  workload.spec.template.spec = { containers: images.map((image) => ({ image, env })) };
  const live = readLiveApp({ name: "web", namespace: "web" }, workload, []);
  return withLive({ ...about, version: tag, image: wanted, departs: [], ownChart }, [live], {
    causes: new Map(),
    leftovers: new Map(),
  });
}

describe("a digest", () => {
  test("is compared where the facts have one: the same version with another is told", () => {
    const one = row(`example/web:1.2.3@${digest("b")}`, [`example/web:1.2.3@${digest("a")}`]);
    const note = `the cluster has 1.2.3@${short("a")}, the working tree 1.2.3@${short("b")}`;
    expect(notesOf(one)).toEqual([note]);
    expect(isSettled(one)).toBe(false);
    expect(formatRows([one])).toContain(`ci: ${note}`);
  });

  test.for([
    ["the same", `example/web:1.2.3@${digest("a")}`, [`example/web:1.2.3@${digest("a")}`]],
    ["beside another container", `r:5000/web:1.2.3@${digest("a")}`, ["proxy:1", `r:5000/web@${digest("a")}`]],
    ["that the facts do not have", "example/web:1.2.3", [`example/web:1.2.3@${digest("a")}`]],
    ["of an image that the pods do not have", `example/web:1.2.3@${digest("a")}`, [`mirror/web@${digest("b")}`]],
  ] as const)("%s is no difference", ([, wanted, images]) => {
    const one = row(wanted, [...images]);
    expect(notesOf(one)).toEqual([]);
    expect(isSettled(one)).toBe(true);
  });

  test("that the cluster does not ask for yet is one", () => {
    const one = row(`example/web:1.2.3@${digest("b")}`, ["example/web:1.2.3"]);
    expect(notesOf(one)).toEqual([`the cluster has 1.2.3, the working tree 1.2.3@${short("b")}`]);
  });

  test("is told with a version that differs", () => {
    const one = row(`example/web:1.3.0@${digest("b")}`, [`example/web:1.2.3@${digest("a")}`]);
    expect(notesOf(one)).toEqual([`the cluster has 1.2.3@${short("a")}, the working tree 1.3.0@${short("b")}`]);
  });
});

describe("an app with a chart of its own", () => {
  const columns = [{ environment: "ci", strategy: "rolling", owner: "helmfile" }];
  const other = row("example/web:1.2.3", ["example/web:1.2.3"]);

  test("whose pods do not tell their version is not compared, and not said to have it", () => {
    const legacy = {
      ...row("example/legacy:7.1.0", ["example/legacy"], { version: "?", ownChart: true }),
      app: "legacy",
    };
    expect(notesOf(legacy)).toEqual([]);
    const text = formatMatrix([legacy, other], columns, "test");
    expect(text).toContain("legacy  7.1.0 +\n");
    expect(text).toContain("ci: 1 app is healthy at the version of the working tree\n");
    expect(text).toContain("ci: 1 app healthy, of a version that the pods do not tell: legacy");
  });

  test("is not known where no workload of it is found, and others do not run", () => {
    const { live: _, ...absent } = other;
    const rows = [other, { ...absent, app: "legacy", ownChart: true }, { ...absent, app: "shop" }];
    const text = formatMatrix(rows, columns, "test");
    expect(text).toContain("ci: 1 app not running: shop");
    expect(text).toMatch(/^ci: 1 app not known, .*: legacy$/m);
  });
});
