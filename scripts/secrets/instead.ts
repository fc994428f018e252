/** Where a secret is written that should not be there. */
export interface Where {
  /** Name of the chart. */
  chart: string;
  path: (string | number)[];
}

/** What charts take instead of a secret, by the path in their values; the first that matches. */
const ofCharts: [chart: RegExp, path: RegExp, instead: string][] = [
  [/^http-service$/, /^env\//, "put it into a Secret and name that in the app's `secrets`"],
  [
    /^argo-cd$/,
    /^configs\/(?:repositories|credentialTemplates)\//,
    "put the repository into a Secret with the label argocd.argoproj.io/secret-type instead",
  ],
  [/^argo-cd$/, /^configs\/(?:cm|secret|dex)|^notifications\//, "put it into a Secret and write $SECRET:KEY here"],
  [
    /^kube-prometheus-stack$/,
    /^grafana\/adminPassword$/,
    "put it into a Secret and name that in grafana.admin.existingSecret",
  ],
  [
    /^kube-prometheus-stack$/,
    /^grafana\//,
    "put it into a Secret, name that in grafana.envFromSecret, and write $__env{KEY} here",
  ],
  [
    /^kube-prometheus-stack$/,
    /^alertmanager\/(?:config|stringConfig)/,
    "put it into a Secret, name that in alertmanager.alertmanagerSpec.secrets, and give the key that ends in _file " +
      "the path /etc/alertmanager/secrets/SECRET/KEY",
  ],
];

const general = "put it into a Secret and refer to that (existingSecret, secretKeyRef, or what else the chart takes)";

/** What to do instead of writing the secret there. */
export function instead({ chart, path }: Where): string {
  const at = path.join("/");
  const [, , known] = ofCharts.find(([name, form]) => name.test(chart) && form.test(at)) ?? [];
  return known ?? general;
}
