/** Values of `releases/dashboards`. */
export interface Values {
  /** Grafana dashboards, a ConfigMap each: file name -> JSON. */
  dashboards: Record<string, string>;
}
