import { type App, type AppFacts, appIn } from "../app.ts";
import type { Environment } from "../environment.ts";
import * as argoCd from "../releases/argo-cd.ts";
import * as argoRollouts from "../releases/argo-rollouts.ts";
import * as argocdApps from "../releases/argocd-apps.ts";
import { values as httpService } from "../releases/http-service.ts";
import * as ingressNginx from "../releases/ingress-nginx.ts";
import * as kubePrometheusStack from "../releases/kube-prometheus-stack.ts";
import * as traefik from "../releases/traefik.ts";
import { appFacts, environment } from "../testing/facts.ts";
import type { World } from "./contradiction.ts";

/** Facts of a small world, for tests: to be changed at will, and not those of the template's environments and apps. */
export interface ExampleFacts {
  env: Environment;
  apps: Record<string, AppFacts>;
}

/** Two apps, `checkout` of Argo CD and `search` of Helmfile, in an environment without a contradiction. */
export function exampleFacts(): ExampleFacts {
  const env = environment({ name: "prod", domain: "example.org", size: "medium", pace: "steady" });
  return {
    env,
    apps: {
      checkout: appFacts({ environments: { prod: { owner: "argocd" } } }),
      search: appFacts({ environments: { prod: { strategy: "rolling" } } }),
    },
  };
}

/** What follows from the facts, by the platform's own value modules. */
export function exampleWorld({ env, apps: facts }: ExampleFacts): World {
  const apps = Object.entries(facts).flatMap(([name, own]) => appIn(env, name, own, "1.2.3") ?? []);
  const modules = [
    { name: "argo-cd", namespace: "argocd", ...argoCd },
    { name: "argo-rollouts", namespace: "argo-rollouts", ...argoRollouts },
    { name: "argocd-apps", namespace: "argocd", ...argocdApps },
    { name: "ingress-nginx", namespace: "ingress-nginx", ...ingressNginx },
    { name: "kube-prometheus-stack", namespace: "monitoring", ...kubePrometheusStack },
    { name: "traefik", namespace: "traefik", ...traefik },
  ];
  const platform = modules
    .filter(({ enabled }) => enabled(env))
    .map(({ name, namespace, values }) => ({ name, namespace, owner: "helmfile" as const, values: values(env, apps) }));
  return { env, apps, releases: [...platform, ...apps.map(appRelease)] };
}

/** An app with a chart of its own has values that nobody but its chart knows. */
function appRelease(app: App) {
  const { name, namespace, owner, facts } = app;
  return { name, namespace, owner, app, values: facts.chart ? {} : httpService(app) };
}
