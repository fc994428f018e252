import type { App, Test } from "../app.ts";
import type { Values as ArgoRollouts } from "../charts/argo-rollouts.ts";
import type { Canary, Values } from "../charts/http-service.ts";
import { toSeconds } from "../duration.ts";
import type { StrategyName } from "../environment.ts";
import { pluginName } from "../ingress/gateway.ts";
import { controllersOf } from "../ingress/ingress.ts";
import type { PaceSettings } from "../paces.ts";
import { secondsUnderWay } from "../strategies/timeline.ts";
import {
  type Contradiction,
  type HttpService,
  httpServices,
  listed,
  releaseNamed,
  type World,
} from "./contradiction.ts";

/** Every strategy can do what it says with what the environment has. */
export function rollouts(world: World): Contradiction[] {
  return [
    ...world.apps.flatMap((app) => [...strategyOf(world, app), ...unused(app), ...testsOf(app)]),
    ...httpServices(world).flatMap((service) => [...canaryOf(world, service), ...stuckOf(service)]),
  ];
}

/** The strategy as the facts say it, which also holds for an app with a chart of its own. */
function strategyOf(world: World, { name, strategy, chart, steps }: App): Contradiction[] {
  const { env } = world;
  const found: Contradiction[] = [];
  if (steps && strategy !== "canary") {
    const message = `${name} has steps in ${env.name}, and the strategy ${strategy}, which has none: remove them, or choose canary`;
    found.push({ app: name, fact: ["steps"], message });
  }
  if (!chart.strategies.includes(strategy)) {
    const has = chart.strategies.length > 0 ? `only ${listed(chart.strategies)}` : "none";
    const message =
      `${name} has the strategy ${strategy}, and its chart ${chart.name} has ${has}: ` +
      "choose one of these, or add it to the chart and to chart.strategies";
    found.push({ app: name, fact: ["strategy"], message });
  }
  if (strategy !== "rolling" && !releaseNamed(world, "argo-rollouts")) {
    const message =
      `${name} has the strategy ${strategy}, and ${env.name} has no Argo Rollouts: ` +
      "set argoRollouts to true there, or choose the strategy rolling";
    found.push({ app: name, fact: ["strategy"], message });
  }
  return found;
}

/** Settings of a pace, with the strategies that use them; the others are every strategy's. */
export const usedBy: { [Setting in keyof PaceSettings]?: StrategyName[] } = {
  weights: ["canary"],
  analysisRange: ["canary", "blueGreen"],
  analysisInterval: ["canary", "blueGreen"],
  analysisDelay: ["canary", "blueGreen"],
  analysisCount: ["canary", "blueGreen"],
  analysisFailureLimit: ["canary", "blueGreen"],
  autoPromotionSeconds: ["blueGreen"],
  scaleDownDelaySeconds: ["blueGreen"],
};

/** What an app says of its pace in this environment, and nothing follows from. */
function unused({ name, env, facts, strategy, steps }: App): Contradiction[] {
  const departure = facts.environments?.[env.name];
  if (!departure || typeof departure.pace !== "object") return [];
  const settings = Object.keys(departure.pace) as (keyof PaceSettings)[];
  const idle = settings.filter((setting) => !(usedBy[setting]?.includes(strategy) ?? true));
  if (idle.length > 0) {
    const message = `${name} sets ${listed(idle)} of its pace in ${env.name}, which the strategy ${strategy} does not use: remove that, or choose another strategy`;
    return [{ app: name, fact: ["pace", idle[0] ?? ""], message }];
  }
  if (!steps || departure.pace.weights === undefined) return [];
  const message = `${name} has both steps and weights of its pace in ${env.name}: remove one of the two`;
  return [{ app: name, fact: ["pace", "weights"], message }];
}

/** Tests that cannot be run, or not be told apart. */
function testsOf({ name: app, facts: { tests = [], chart } }: App): Contradiction[] {
  const refuse = (message: string, index?: number): Contradiction => {
    return { app, fact: ["tests", ...(index === undefined ? [] : [String(index)])], message };
  };
  const withBody = tests.filter(({ method = "GET", body }) => ["GET", "HEAD"].includes(method) && body !== undefined);
  const twice = [...Map.groupBy(tests, ({ name }) => name)].filter(([, of]) => of.length > 1);
  return [
    ...(chart && tests.length > 0
      ? [refuse(`${app} has tests, and the chart ${chart.name}, which does not run them: remove them`)]
      : []),
    ...withBody.map((test) => {
      const { name, method = "GET" } = test;
      const message = `the test ${name} of ${app} has a body, and ${method} takes none: remove it, or choose another method`;
      return refuse(message, tests.indexOf(test));
    }),
    ...twice.map(([name, of]) => {
      return refuse(`${app} has more than one test ${name}: give each a name of its own`, tests.indexOf(of[1] as Test));
    }),
  ];
}

function canaryOf(world: World, { app, values }: HttpService): Contradiction[] {
  const { env } = world;
  const { strategy } = values;
  if (strategy.type !== "canary") return [];
  const { name } = app;
  const found: Contradiction[] = [];
  const refuse = (message: string, ...fact: string[]) =>
    found.push({ app: name, ...(fact.length > 0 && { fact }), message });
  if (controllersOf(env).some(({ dividesRequests }) => !dividesRequests)) {
    refuse(
      `${name} has the strategy canary, and the ingress controller of ${env.name} does not obey canary annotations ` +
        "(canaryAnnotations is false): choose the strategy blueGreen or rolling",
      "strategy",
    );
  }
  const rollouts = releaseNamed(world, "argo-rollouts");
  const plugins = ((rollouts?.values as ArgoRollouts | undefined)?.controller?.trafficRouterPlugins ?? []) as Plugin[];
  if (values.ingress.gateway && rollouts && !plugins.some((plugin) => plugin.name === pluginName)) {
    refuse(
      `${name} has the strategy canary and a Gateway, and the release argo-rollouts has no plugin ${pluginName}: ` +
        "take controller.trafficRouterPlugins from pluginsOf(env)",
    );
  }
  const weights = weightsOf(strategy);
  for (const [index, { weight }] of weights.entries()) {
    const before = weights[index - 1]?.weight;
    if (before === undefined || before < weight) continue;
    const fact = app.steps ? ["steps"] : ["pace", "weights"];
    refuse(
      `the canary of ${name} goes from ${before} % to ${weight} %: give each weight a larger one than the last`,
      ...fact,
    );
  }
  return [...found, ...judgements(app, values, weights)];
}

/** Of Argo Rollouts. */
interface Plugin {
  name: string;
}

/** A weight of a canary, and whether an analysis follows before the next one. */
interface Weight {
  weight: number;
  judged: boolean;
}

function weightsOf({ steps }: Canary): Weight[] {
  const weights: Weight[] = [];
  for (const { setWeight, analysis } of steps) {
    if (setWeight !== undefined) weights.push({ weight: setWeight, judged: false });
    const last = weights.at(-1);
    if (analysis && last) last.judged = true;
  }
  return weights;
}

function judgements({ name, steps = [], slo }: App, values: Values, weights: Weight[]): Contradiction[] {
  const hasStep = values.strategy.type === "canary" && values.strategy.steps.some(({ analysis }) => analysis);
  if (!values.analysis) {
    const message = `the canary of ${name} has an analysis step, and its values have no analysis: add it, or drop the step`;
    return hasStep ? [{ app: name, message }] : [];
  }
  const unjudged = steps.filter(({ analysis }) => analysis === false).map(({ weight }) => weight);
  const fact = steps.length > 0 ? ["steps"] : ["pace", "weights"];
  return weights.flatMap(({ weight, judged }) => {
    if (!judged && !unjudged.includes(weight)) {
      const message =
        `${name} has an analysis, and no step runs it at ${weight} %: ` +
        `add the step, or say analysis: false at that weight in the app's steps`;
      return [{ app: name, fact, message }];
    }
    if (judged && weight === 0 && slo.onNoData !== "pass") {
      const message =
        `the canary of ${name} is judged at 0 %, where it gets no request, and onNoData is ${slo.onNoData}: ` +
        "start above 0, or say analysis: false at that weight in the app's steps";
      return [{ app: name, fact, message }];
    }
    return [];
  });
}

/** The alert must not fire while a good version takes over as planned. */
function stuckOf({ app: { name }, values }: HttpService): Contradiction[] {
  const alert = (values.rules ?? []).flatMap(({ rules }) => rules).find((rule) => rule.alert === "RolloutStuck");
  if (!alert) return [];
  const known = secondsUnderWay(values);
  const limit = alert.for === undefined ? 0 : toSeconds(alert.for);
  if (known < limit) return [];
  const message =
    `a good rollout of ${name} takes at least ${duration(known)}, and its alert RolloutStuck fires after ` +
    `${duration(limit)}: raise pace.stuckAfter, or shorten the rollout`;
  return [{ app: name, fact: ["pace", "stuckAfter"], message }];
}

/** `90s`, `5m`, `1h`: in the largest unit that divides it. */
function duration(seconds: number): string {
  if (seconds > 0 && seconds % 3600 === 0) return `${seconds / 3600}h`;
  return seconds > 0 && seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`;
}
