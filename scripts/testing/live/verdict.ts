import { runInNewContext } from "node:vm";
import type { AnalysisMetric } from "../../../values-src/charts/http-service.ts";
import type { Prometheus } from "./prometheus.ts";
import { hashes } from "./targets.ts";

export type Verdict = "Successful" | "Failed" | "Inconclusive";

/** The query as Argo Rollouts asks it. */
export function queryOf({ query }: AnalysisMetric): string {
  return query.replaceAll("{{args.latest}}", hashes.latest).replaceAll("{{args.stable}}", hashes.stable);
}

/** What Argo Rollouts makes of one measurement. */
export async function measure(prometheus: Prometheus, metric: AnalysisMetric): Promise<[Verdict, number[]]> {
  const samples = await prometheus.query(queryOf(metric));
  const result = samples.map(({ value: [, value] }) => Number(value));
  return [judge(metric, result), result];
}

/** As in https://github.com/argoproj/argo-rollouts/blob/master/utils/evaluate/evaluate.go */
function judge({ successCondition, failureCondition }: AnalysisMetric, result: number[]): Verdict {
  const failed = failureCondition ? holds(failureCondition, result) : undefined;
  const succeeded = successCondition ? holds(successCondition, result) : undefined;
  if (failed) return "Failed";
  if (succeeded ?? failed === false) return "Successful";
  return failed === undefined ? "Failed" : "Inconclusive";
}

/** The conditions are in expr-lang; those that are used here mean the same in JavaScript. */
function holds(condition: string, result: number[]): boolean {
  const verdict: unknown = runInNewContext(condition, {
    result,
    len: (list: number[]) => list.length,
    isNaN: Number.isNaN,
  });
  if (typeof verdict !== "boolean") throw new Error(`${condition} is ${verdict}`);
  return verdict;
}
