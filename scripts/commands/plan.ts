import type { App } from "../../values-src/app.ts";
import type { Values } from "../../values-src/charts/http-service.ts";
import { appNames } from "../engine/apps.ts";
import { generate } from "../engine/generate.ts";
import { defineCommand } from "../frame/command.ts";
import { formatPlan, inexact } from "../operations/plan/format-plan.ts";
import { type Plan, planOf } from "../operations/plan/plan-of.ts";
import { requireKnown } from "../problems/suggest.ts";

export const command = defineCommand({
  summary: "how each app's next version is rolled out, and what a bad one costs at worst, without a cluster",
  operands: [{ name: "ENV", optional: true, is: "environment", help: "only this environment" }],
  options: { app: { value: "A", help: "only this app" } },
  touches: "nothing",
  async run({ root, operands: [env], options }) {
    requireKnown("app", options.app, appNames(root));
    const { releases } = await generate({ root, env });
    const apps = releases.flatMap(({ of, values }) => ("app" in of ? [{ app: of.app, values }] : []));
    const wanted = apps.filter(({ app }) => options.app === undefined || app.name === options.app);
    const all = wanted.map(({ app, values }) => {
      return { place: placeOf(app), plan: app.facts.chart ? undefined : planOf(values as Values) };
    });
    const plans = all.flatMap(({ place, plan }) => (plan ? [{ ...place, ...plan }] : []));
    const notPlanned = all.flatMap(({ place, plan }) => (plan ? [] : [place]));
    const text = [
      ...describe(plans),
      ...(notPlanned.length > 0 ? [`Not planned, with a chart or an analysis of its own: ${titleOf(notPlanned)}`] : []),
      ...(wanted.length === 0 ? [`no app${options.app ? ` ${options.app}` : ""} in ${env ?? "any environment"}`] : []),
    ];
    return { code: 0, text: text.join("\n\n"), data: { plans, notPlanned } };
  },
});

/** An app in an environment. */
interface Place {
  app: string;
  environment: string;
}

function placeOf({ name, env }: App): Place {
  return { app: name, environment: env.name };
}

/** Each plan once, with all apps and environments that it is for. */
function describe(plans: (Place & Plan)[]): string[] {
  const alike = Map.groupBy(plans, ({ app: _, environment: __, ...plan }) => JSON.stringify(plan));
  const texts = [...alike.values()].flatMap((of) => (of[0] ? [formatPlan(titleOf(of), of[0])] : []));
  return texts.length > 0 ? [...texts, inexact] : [];
}

/** `cart, shop in dev; shop in prod`. */
function titleOf(places: Place[]): string {
  const environments = [...Map.groupBy(places, ({ environment }) => environment)];
  return environments.map(([name, of]) => `${of.map(({ app }) => app).join(", ")} in ${name}`).join("; ");
}
