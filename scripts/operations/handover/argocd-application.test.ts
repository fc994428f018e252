import { expect, test } from "vitest";
import { type Application, readsValues, revisionOf } from "./argocd-application.ts";

const repository = "https://github.com/example/platform.git";
const helm = { valueFiles: ["$values/generated/prod/shop.yaml"] };

/** An Application whose chart is in another repository than its values. */
const ofTwoSources: Application = {
  metadata: { name: "shop" },
  spec: {
    sources: [
      { repoURL: "https://charts.example.com", helm },
      { repoURL: repository, ref: "values" },
    ],
  },
  status: { sync: { status: "Synced", revisions: ["1.2.3", "c0ffee"] } },
};

test("of several sources, the revision is that of the values", () => {
  expect(revisionOf(ofTwoSources)).toBe("c0ffee");
  const { metadata } = ofTwoSources;
  expect(revisionOf({ metadata, spec: { source: {} }, status: { sync: { revision: "abc" } } })).toBe("abc");
});

test("the values' environment and app are told of this repository alone, however its address is written", () => {
  for (const written of [repository, "https://github.com/Example/platform", "https://github.com/example/platform/"]) {
    expect(readsValues(ofTwoSources, [written])).toEqual({ environment: "prod", app: "shop" });
  }
  expect(readsValues(ofTwoSources, ["https://github.com/example/other.git"])).toBeUndefined();
  const source = { repoURL: repository, helm: { valueFiles: ["../../generated/dev/web.yaml"] } };
  expect(readsValues({ spec: { source } }, [repository])).toEqual({ environment: "dev", app: "web" });
  expect(readsValues({ spec: { source: { repoURL: repository } } }, [repository])).toBeUndefined();
});
