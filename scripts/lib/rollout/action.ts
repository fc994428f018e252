import type { LiveApp } from "../cluster/live-app.ts";
import { versionOf } from "../cluster/workload.ts";
import { IssueError } from "../issue.ts";
import type { Target } from "./argo-rollouts.ts";

/** What an action needs beside the app, and its last question before anything is changed. */
export interface Situation extends Target {
  /** Of promote: to the end. */
  full: boolean;
  /** Of undo: the version to go back to. */
  to?: string;
  confirm(action: string): Promise<void>;
}

/** Does something to a running rollout and returns what to tell. Throws `IssueError` when there is nothing to do it to. */
export type Action = (app: LiveApp, situation: Situation) => Promise<string>;

/** What is left to do in git after the cluster went back. */
export function whatNext({ environment, workload }: LiveApp): string {
  return `Only the cluster went back. Where git says ${versionOf(workload)}:  npm run rollback -- ${environment}`;
}

/** Why an action is not done. */
export function refusal(verb: string, message: string): IssueError {
  return new IssueError({ file: verb, message });
}
