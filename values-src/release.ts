/** What `releases/<release>.yaml` holds. The file's name is the release's name, in Helm and in every folder here. */
export interface Release {
  /**
   * `<repository alias>/<chart>`, or the path of a chart in this repository.
   * @pattern ^(\./.+|[a-z0-9-]+/[a-z0-9-]+)$
   */
  chart: string;
  /**
   * Address of the chart repository that the alias stands for. A chart in this repository has none.
   * @pattern ^https://
   */
  repository?: string;
  /**
   * Exact version of the chart; this file is its only home. A chart in this repository has none.
   * @pattern ^\d+\.\d+\.\d+([+-][0-9A-Za-z.+-]+)?$
   */
  version?: string;
  /**
   * Namespace to install into, made when it is missing.
   * @pattern ^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$
   */
  namespace: string;
  /** Releases that must be up first. `a?` means: where the environment has it. */
  needs?: string[];
  /** Whether Helm waits until everything is ready before it installs the releases that need this one. Default: true. */
  wait?: boolean;
  /** `false` makes Helm 4 apply on the client's side as Helm 3 does, for objects that a controller shares with it. */
  serverSide?: boolean;
}
