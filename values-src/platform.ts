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
} as const;
