/** Names of the command-line tools that this repository calls. */
export type ToolName = "helm" | "helmfile" | "promtool" | "prometheus";

/** A command-line tool: which versions fit, and how it is built where none is installed. */
export interface Tool {
  /** The command, and the folder in `tool-modules/` whose `go.mod` is the only home of the pinned version. */
  name: ToolName;
  /** The versions that fit, as the npm package `semver` reads ranges. */
  range: string;
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
 * To bump a pin: `cd scripts/outside/tool-modules/<name> && go get -tool <package>@<version>` (with `-tags` where the table has
 * some), then `npm run tools`.
 */
export const tools: readonly Tool[] = [
  {
    name: "helm",
    range: ">=3.18 <5",
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
    // 1.8 is the first that is known to take serverSide for one release.
    range: ">=1.8 <2",
    versionArgs: ["--version"],
    module: "github.com/helmfile/helmfile",
    package: "github.com/helmfile/helmfile",
    tags: "",
    versionVariable: (version) => `go.szostok.io/version.version=${version}`,
    brew: "helmfile",
    mise: "helmfile",
  },
  prometheusTool("promtool"),
  // Only for tests: they load the rules into it and run the queries of the dashboards.
  prometheusTool("prometheus"),
];

function prometheusTool(name: "promtool" | "prometheus"): Tool {
  return {
    name,
    range: ">=3 <4",
    versionArgs: ["--version"],
    module: "github.com/prometheus/prometheus",
    package: `github.com/prometheus/prometheus/cmd/${name}`,
    // Service discovery of every cloud is most of the build. Rule tests and static targets need none of it.
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
