/** Alerts that nobody gets any more, or that fire at something else. */
import { isDeepStrictEqual } from "node:util";
import type { Rule } from "../../../values-src/charts/http-service.ts";
import type { ReleaseChange } from "./changes.ts";
import { type Effect, listed, titleOf } from "./effect.ts";
import type { KubernetesObject } from "./objects.ts";

interface Alert {
  alert: string;
  expr: string;
  for?: string;
  labels?: Record<string, string>;
}

/** Alerts of any release that go or change. */
export function alertEffects({ objects }: ReleaseChange): Effect[] {
  return objects.flatMap(({ before, after }): Effect[] => {
    if (before?.kind !== "PrometheusRule") return [];
    const old = alertsOf(before);
    const fresh = after ? alertsOf(after) : new Map<string, Alert>();
    const gone = [...old.keys()].filter((name) => !fresh.has(name));
    const later = [...old].flatMap(([name, alert]) => {
      const now = fresh.get(name);
      if (
        !now ||
        isDeepStrictEqual([alert.expr, alert.for, alert.labels?.severity], [now.expr, now.for, now.labels?.severity])
      )
        return [];
      return [name];
    });
    const of = titleOf(before);
    return [
      ...(gone.length > 0
        ? [{ danger: "caution", kind: "alert-gone", text: `alerts of ${of} go: ${listed(gone)}` } as const]
        : []),
      ...(later.length > 0
        ? [{ danger: "note", kind: "alert", text: `alerts of ${of} change: ${listed(later)}` } as const]
        : []),
    ];
  });
}

function alertsOf(object: KubernetesObject): Map<string, Alert> {
  const groups = (object.spec?.groups ?? []) as { rules: (Alert | Rule)[] }[];
  const all = groups
    .flatMap(({ rules }) => rules)
    .filter((rule): rule is Alert => "alert" in rule && rule.alert !== undefined);
  return new Map(all.map((alert) => [alert.alert, alert]));
}
