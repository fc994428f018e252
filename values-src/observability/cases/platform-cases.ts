import { select } from "../promql.ts";
import type { AlertCase } from "./alert-case.ts";

const day = 86_400;
const argo = (sync_status: string, health_status: string) =>
  `${select("argocd_app_info", {
    exported_namespace: "argocd",
    name: "shop",
    dest_namespace: "shop",
    sync_status,
    health_status,
  })}`;
const labels = { severity: "warning", name: "shop", dest_namespace: "shop" };
const outOfSync = {
  labels,
  summary: "The app shop has differed from Git for half an hour.",
  description: "Argo CD cannot sync it, or was told not to.",
};
const unhealthy = {
  labels,
  summary: "The app shop has been unhealthy for a quarter of an hour.",
  description: "One of its objects is degraded or missing; Argo CD shows which.",
};
const nginx = (host: string) => `${select("nginx_ingress_controller_ssl_expire_time_seconds", { host })}`;
const traefik = `${select("traefik_tls_certs_not_after", { cn: "example.com", sans: "*.example.com,example.com", serial: "1" })}`;
const description = "Whatever should renew it has not; when it has ended, browsers refuse the host.";
const ofNginx = { severity: "warning", host: "app.example.com" };

/** What is not the app's own. promtool's time starts at 0, so that an end is as many seconds away as it says. */
export const platformCases: AlertCase[] = [
  {
    alert: "ArgoAppOutOfSync",
    when: "a sync fails",
    series: { [argo("OutOfSync", "Healthy")]: "1x60" },
    at: "31m",
    fires: outOfSync,
  },
  {
    alert: "ArgoAppOutOfSync",
    when: "Git cannot be read",
    series: { [argo("OutOfSync", "Healthy")]: "1x9 stale", [argo("Unknown", "Healthy")]: "_x10 1x60" },
    at: "31m",
    fires: outOfSync,
  },
  { alert: "ArgoAppOutOfSync", when: "it is synced", series: { [argo("Synced", "Degraded")]: "1x60" }, at: "1h" },
  {
    alert: "ArgoAppOutOfSync",
    when: "a sync takes some minutes",
    series: { [argo("OutOfSync", "Healthy")]: "1x9 stale", [argo("Synced", "Healthy")]: "_x10 1x60" },
    at: "40m",
  },
  { alert: "ArgoAppOutOfSync", when: "there is no app", series: {}, at: "1h" },
  {
    alert: "ArgoAppUnhealthy",
    when: "it is degraded",
    series: { [argo("Synced", "Degraded")]: "1x60" },
    at: "16m",
    fires: unhealthy,
  },
  {
    alert: "ArgoAppUnhealthy",
    when: "an object is missing and the app gets out of sync",
    series: { [argo("Synced", "Missing")]: "1x9 stale", [argo("OutOfSync", "Missing")]: "_x10 1x60" },
    at: "16m",
    fires: unhealthy,
  },
  { alert: "ArgoAppUnhealthy", when: "a rollout waits", series: { [argo("Synced", "Suspended")]: "1x60" }, at: "1h" },
  {
    alert: "ArgoAppUnhealthy",
    when: "a rollout goes on",
    series: { [argo("Synced", "Progressing")]: "1x60" },
    at: "1h",
  },
  { alert: "ArgoAppUnhealthy", when: "there is no app", series: {}, at: "1h" },
  {
    alert: "CertificateExpiresSoon",
    when: "it ends in ten days",
    env: "blueGreen",
    series: { [nginx("app.example.com")]: `${10 * day + 7200}x120` },
    at: "2h",
    fires: { labels: ofNginx, summary: "The certificate of app.example.com ends in 10d 0h 0m 0s.", description },
  },
  {
    alert: "CertificateExpiresSoon",
    when: "it ends within a day, at Traefik",
    env: "strict",
    series: { [traefik]: `${3 * 3600}x120` },
    at: "2h",
    fires: {
      labels: { severity: "warning", cn: "example.com", sans: "*.example.com,example.com", serial: "1" },
      summary: "The certificate of example.com *.example.com,example.com ends in 1h 0m 0s.",
      description,
    },
  },
  {
    alert: "CertificateExpiresSoon",
    when: "it has ended",
    env: "blueGreen",
    series: { [nginx("app.example.com")]: "60x120" },
    at: "2h",
    fires: { labels: ofNginx, summary: "The certificate of app.example.com has ended.", description },
  },
  {
    alert: "CertificateExpiresSoon",
    when: "it ends in a month",
    env: "blueGreen",
    series: { [nginx("app.example.com")]: `${30 * day}x120` },
    at: "2h",
  },
  {
    alert: "CertificateExpiresSoon",
    when: "it was renewed",
    env: "blueGreen",
    series: { [nginx("app.example.com")]: `${10 * day}x9 ${90 * day}x110` },
    at: "2h",
  },
  { alert: "CertificateExpiresSoon", when: "there is none", series: {}, at: "2h" },
];
