/** Names of the command-line tools that this repository calls. */
export type ToolName = "helm" | "helmfile" | "promtool" | "prometheus" | "kubectl-argo-rollouts";

/** A command-line tool: which versions fit, and how one is built where none is at hand. */
export interface Tool {
  /** The command, and the folder in `scripts/tools/` whose `go.mod` is the only home of the pinned version. */
  name: ToolName;
  /** Oldest version that fits. */
  from: string;
  /** First version that does not fit any more. */
  below: string;
  /** Arguments that print the version without asking the network or a cluster. */
  versionArgs: string[];
  /** Go module whose version in `go.mod` is the tool's. */
  module: string;
  /** Go package of the command. */
  package: string;
  /** Go build tags, comma-separated. */
  tags: string;
  /** Linker's `-X` value: a command that is built from a module does not know its own version. */
  versionVariable(version: string): string;
  /** The tool's version for the module's, where the two differ. */
  fromModuleVersion?(version: string): string;
  /** Homebrew formula. */
  brew: string;
  /** Tool name for mise, without the version. */
  mise: string;
}

/**
 * To bump a pin: `cd scripts/tools/<name> && go get -tool <package>@<version>` (with `-tags` where the table has
 * some), then `npm run tools`.
 */
export const tools: readonly Tool[] = [
  {
    name: "helm",
    from: "3.18",
    below: "5",
    versionArgs: ["version", "--short"],
    module: "helm.sh/helm/v4",
    package: "helm.sh/helm/v4/cmd/helm",
    tags: "",
    versionVariable: (version) => `helm.sh/helm/v4/internal/version.version=v${version}`,
    brew: "helm",
    mise: "helm",
  },
  {
    name: "helmfile",
    // The first that is known to take serverSide for one release.
    from: "1.8",
    below: "2",
    versionArgs: ["--version"],
    module: "github.com/helmfile/helmfile",
    package: "github.com/helmfile/helmfile",
    tags: "",
    versionVariable: (version) => `go.szostok.io/version.version=${version}`,
    brew: "helmfile",
    mise: "helmfile",
  },
  prometheusTool("promtool"),
  // Only for tests, which ask it what it makes of the rules and dashboards.
  prometheusTool("prometheus"),
  {
    name: "kubectl-argo-rollouts",
    from: "1.8",
    below: "2",
    versionArgs: ["version", "--short"],
    module: "github.com/argoproj/argo-rollouts",
    package: "github.com/argoproj/argo-rollouts/cmd/kubectl-argo-rollouts",
    tags: "",
    versionVariable: (version) => `github.com/argoproj/argo-rollouts/utils/version.version=${version}`,
    brew: "argoproj/tap/kubectl-argo-rollouts",
    mise: "argo-rollouts",
  },
];

function prometheusTool(name: "promtool" | "prometheus"): Tool {
  return {
    name,
    from: "3",
    below: "4",
    versionArgs: ["--version"],
    module: "github.com/prometheus/prometheus",
    package: `github.com/prometheus/prometheus/cmd/${name}`,
    // Service discovery of every cloud is most of the build, and neither rule tests nor static targets need any.
    tags: "remove_all_sd,enable_kubernetes_sd",
    versionVariable: (version) => `github.com/prometheus/common/version.Version=${version}`,
    fromModuleVersion: toPrometheusVersion,
    brew: "prometheus",
    mise: "aqua:prometheus/prometheus",
  };
}

/** Prometheus 3.16.0 is published as the Go module v0.316.0. */
function toPrometheusVersion(version: string): string {
  return version.replace(/^0\.(\d)0?(\d+)\./, "$1.$2.");
}
