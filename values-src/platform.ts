/** Facts that every environment shares. Make them yours first. */
export const platform = {
  /** Where this repository lives, as Argo CD clones it. */
  gitUrl: "https://github.com/example/k8s-observable-rollouts.git",
  /** What an alert's link opens, with the alert's name in lower case as its fragment. */
  runbooksUrl: "https://github.com/example/k8s-observable-rollouts/blob/main/docs/runbooks.md",
  /** Group of your identity provider whose members administer Argo CD; everybody else reads. */
  adminGroup: "platform-admins",
  /** An image with Node.js: it asks a new version its tests. */
  testImage: "node:24-alpine",
  /** What may stand in values in plain text, though it looks like a secret. */
  allowedSecrets: [] as AllowedSecret[],
} as const;

/** A text in values that anybody may read: `gen` and `check` refuse others like it, and an exception that matches nothing. */
export interface AllowedSecret {
  /** The release, or the app. */
  release: string;
  /** As the problem names it: `/grafana/adminPassword`. */
  path: string;
  /** Why it is harmless. */
  because: string;
}
