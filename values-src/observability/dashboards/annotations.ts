import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import { type AnnotationQuery, AnnotationQueryBuilder } from "@grafana/grafana-foundation-sdk/dashboard";
import { growth, Query, select, sum } from "../promql.ts";
import { app, rollout } from "./queries.ts";

/** What Argo Rollouts calls its events: https://github.com/argoproj/argo-rollouts/blob/master/utils/conditions/conditions.go */
export const eventReasons = {
  started: "RolloutUpdated",
  completed: "RolloutCompleted",
  aborted: "RolloutAborted",
} as const;

/** Marks across every graph: when a rollout started, and how it ended. */
export function annotations(datasource: { type: string; uid: string }): Builder<AnnotationQuery>[] {
  return marks().map(({ name, color, query, text }) =>
    inView(
      new AnnotationQueryBuilder()
        .name(name)
        .datasource(datasource)
        .enable(true)
        .iconColor(color)
        .expr(query.text)
        // As often as the queries look back, so that each event is marked once.
        .step("1m")
        .titleFormat(name)
        .textFormat(text),
    ),
  );
}

/** Puts a control above the dashboard; the SDK hides it in a menu, and cannot be told otherwise. */
export function inView<Control extends { placement?: unknown }>(builder: Builder<Control>): Builder<Control> {
  return {
    build: () => {
      const { placement, ...control } = builder.build();
      return control as Control;
    },
  };
}

function marks(): { name: string; color: string; query: Query; text: string }[] {
  const event = (reason: string) =>
    growth(select("rollout_events_total", { ...rollout, reason }), "1m", ["exported_namespace", "name", "reason"]);
  return [
    { name: "Rollout started", color: "blue", query: event(eventReasons.started), text: "{{name}}" },
    { name: "Rollout completed", color: "green", query: event(eventReasons.completed), text: "{{name}}" },
    { name: "Rollout aborted", color: "red", query: event(eventReasons.aborted), text: "{{name}}" },
    { name: "New version", color: "blue", query: newVersion(), text: "{{job}} {{app_kubernetes_io_version}}" },
  ];
}

/** Of an app that is a Deployment: nobody reports its rollouts. */
function newVersion(): Query {
  const pods = select("app_info", app);
  const versions = ["namespace", "job", "app_kubernetes_io_version"] as const;
  const unseen = `${sum(pods, versions)} unless ${sum(pods.before("1m"), versions)}`;
  return new Query(`${unseen} unless on () ${select("rollout_info", rollout)}`);
}
