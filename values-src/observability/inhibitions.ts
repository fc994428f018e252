/** Alertmanager's rule: while the source fires, the targets with the same values of `equal` notify nobody. */
type Inhibition = {
  source_matchers?: string[];
  target_matchers: string[];
  equal?: string[];
};

const sameApp = ["namespace", "app"];
const sameAlert = ["namespace", "alertname"];

/**
 * One outage is one page: of an app's alerts only the most specific one notifies. Alertmanager takes a label that both
 * alerts lack for equal, so alerts without an `app` are excluded.
 */
export const inhibitions: Inhibition[] = [
  // While the app is down its other alerts say nothing new; while it fails, its errors also count as slow requests.
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
