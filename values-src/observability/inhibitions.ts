/** Alertmanager's rule: while the source fires, the targets with the same values of `equal` notify nobody. */
type Inhibition = {
  source_matchers?: string[];
  target_matchers: string[];
  equal?: string[];
};

const sameApp = ["namespace", "app"];
const sameAlert = ["namespace", "alertname"];

/**
 * One outage is one page: of the alerts of an app the most telling one notifies. A label that both alerts lack counts as
 * equal, so those without an `app` are kept out.
 */
export const inhibitions: Inhibition[] = [
  // Nothing is known of an app that is down, and its errors are slow as well.
  { source_matchers: ["alertname = AppDown"], target_matchers: ["alertname != AppDown", 'app != ""'], equal: sameApp },
  {
    source_matchers: ["alertname = AvailabilityBurnFast"],
    target_matchers: ["alertname = LatencyBurnFast"],
    equal: sameApp,
  },
  {
    source_matchers: ["severity = critical", 'app != ""'],
    target_matchers: ["severity =~ warning|info", 'app != ""'],
    equal: sameApp,
  },
  // As kube-prometheus-stack has them for its own alerts; a list cannot be added to.
  { source_matchers: ["severity = critical"], target_matchers: ["severity =~ warning|info"], equal: sameAlert },
  { source_matchers: ["severity = warning"], target_matchers: ["severity = info"], equal: sameAlert },
  { source_matchers: ["alertname = InfoInhibitor"], target_matchers: ["severity = info"], equal: ["namespace"] },
  { target_matchers: ["alertname = InfoInhibitor"] },
];
