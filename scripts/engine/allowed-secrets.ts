import { existsSync } from "node:fs";
import path from "node:path";
import type { AllowedSecret } from "../../values-src/platform.ts";
import { type Issue, IssueError } from "../problems/issue.ts";
import { didYouMean } from "../problems/suggest.ts";
import { importOrThrow } from "./import-module.ts";
import { placesOfFacts } from "./locate-facts.ts";
import type { EvaluatedRelease } from "./value-modules.ts";
import { toPointer } from "./yaml-file.ts";

const platformFile = "values-src/platform.ts";

/** What `values-src/platform.ts` lets be in values though it looks like a secret. Throws `IssueError` where that is malformed. */
export async function loadAllowedSecrets(root: string): Promise<AllowedSecret[]> {
  const file = path.join(root, platformFile);
  if (!existsSync(file)) return [];
  const { platform } = await importOrThrow<{ platform?: { allowedSecrets?: AllowedSecret[] } }>(file);
  const allowed: unknown = platform?.allowedSecrets ?? [];
  if (Array.isArray(allowed) && allowed.every(isAllowedSecret)) return allowed;
  const [place] = await placesOfFacts(file, [{ path: ["allowedSecrets"], ofKey: false }]);
  const message = "must be a list of { release, path, because }: a release, the pointer of a value, and the reason";
  throw new IssueError({ file, ...place, path: "/allowedSecrets", message });
}

function isAllowedSecret(value: unknown): value is AllowedSecret {
  const { release, path: at, because } = (value ?? {}) as Record<string, unknown>;
  return [release, at, because].every((text) => typeof text === "string" && text.trim() !== "");
}

/** Of those that are allowed, what is in no environment's values any more: an exception that nobody needs hides the next secret. */
export async function findUnused(root: string, allowed: AllowedSecret[], all: EvaluatedRelease[]): Promise<Issue[]> {
  const file = path.join(root, platformFile);
  const issues: Issue[] = [];
  for (const [index, { release, path: at }] of allowed.entries()) {
    const ofRelease = all.filter(({ name }) => name === release);
    const found = await Promise.all(ofRelease.map((one) => hasSecret(one, at)));
    if (found.includes(true)) continue;
    const names = [...new Set(all.map(({ name }) => name))];
    const message =
      ofRelease.length > 0
        ? `${release} has no secret at ${at}: remove this exception, or correct its path`
        : `there is no release "${release}"${didYouMean(release, names) || ": remove this exception"}`;
    const [place] = await placesOfFacts(file, [{ path: ["allowedSecrets", index], ofKey: false }]);
    issues.push({ file, ...place, path: `/allowedSecrets/${index}`, message });
  }
  return issues;
}

async function hasSecret({ values, chartName }: EvaluatedRelease, pointer: string): Promise<boolean> {
  const { findSecrets } = await import("../secrets/check.ts");
  return (await findSecrets(values, chartName)).some((finding) => toPointer(finding.path) === pointer);
}
