import path from "node:path";
import { type Issue, IssueError } from "../problems/issue.ts";
import { onOneLine } from "../problems/printable.ts";
import { didYouMean, requireKnown } from "../problems/suggest.ts";
import { chartOf, furtherCheck, loadPlatform, type Platform, releaseNames } from "./platform.ts";
import { valuesFiles } from "./write-tree.ts";
import { readYamlFile, validateYaml, type YamlFile } from "./yaml-file.ts";

/**
 * Validates values files against the schemas of their releases; without files, all of `generated/`. Throws
 * `IssueError` where there is nothing to validate against.
 */
export async function checkFiles(
  root: string,
  files: string[],
  release: string | undefined,
): Promise<{ checked: number; issues: Issue[] }> {
  const platform = await loadPlatform(root);
  requireKnown("release", release, releaseNames(platform));
  const wanted = files.length > 0 ? files : valuesFiles(root, release);
  if (wanted.length === 0) throw new IssueError({ file: "generated", message: "has no files: run `npm run gen`" });
  const issues: Issue[] = [];
  for (const file of wanted) {
    // A file of comments alone is as good as none to Helm.
    const yaml = readYamlFile(file, {});
    keep(issues, Array.isArray(yaml) ? yaml : await checkFile(platform, yaml, release));
  }
  platform.schemas.remember();
  return { checked: wanted.length, issues };
}

/** Problems that are kept, with --json too; those beyond are only counted. Nobody reads more, and memory has an end. */
const maxKept = 1000;

/** Adds a file's problems as far as there is room: at least one, which counts the others. */
function keep(issues: Issue[], ofFile: Issue[]): void {
  const kept = ofFile.slice(0, Math.max(1, maxKept - issues.length));
  const others = ofFile.slice(kept.length).reduce((sum, issue) => sum + 1 + (issue.others ?? 0), 0);
  const last = kept.pop();
  if (last) issues.push(...kept, others === 0 ? last : { ...last, others: (last.others ?? 0) + others });
}

async function checkFile(platform: Platform, yaml: YamlFile, release: string | undefined): Promise<Issue[]> {
  const names = releaseNames(platform);
  const name = release ?? modelineRelease(yaml.text) ?? path.basename(yaml.file).replace(/\.ya?ml$/, "");
  const charts = names.map((one) => chartOf(platform, one));
  if ([...names, ...charts].includes(name)) {
    return validateYaml(yaml, chartOf(platform, name), platform.schemas, furtherCheck(platform, name));
  }
  const hint = didYouMean(name, names) || `. Say which with --release: ${names.join(", ")}`;
  return [{ file: yaml.file, message: `these are values of no known release "${onOneLine(name)}"${hint}` }];
}

/** The chart whose schema the editor uses for the file. */
function modelineRelease(text: string): string | undefined {
  const schema = /^# yaml-language-server: \$schema=(\S+)[ \t]*$/m.exec(text)?.[1];
  // In two steps, of which each takes linear time: the line may be the whole file.
  return /([\w-]{1,200})\.schema\.json$/.exec(schema?.slice(-300) ?? "")?.[1];
}
