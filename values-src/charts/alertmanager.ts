import type { Duration } from "./kubernetes.ts";

/** The configuration of Alertmanager: https://prometheus.io/docs/alerting/latest/configuration/ */
export interface AlertmanagerConfig {
  global?: GlobalConfig | null;
  templates?: string[] | null;
  route?: RouteConfig | null;
  inhibit_rules?: InhibitRule[] | null;
  receivers?: Receiver[] | null;
  mute_time_intervals?: TimeInterval[] | null;
  time_intervals?: TimeInterval[] | null;
  tracing?: Record<string, unknown> | null;
}

export interface GlobalConfig {
  resolve_timeout?: Duration | null;
  http_config?: Record<string, unknown> | null;
  smtp_from?: string | null;
  smtp_smarthost?: string | null;
  smtp_hello?: string | null;
  smtp_auth_username?: string | null;
  smtp_auth_password?: string | null;
  smtp_auth_password_file?: string | null;
  smtp_auth_identity?: string | null;
  smtp_auth_secret?: string | null;
  smtp_auth_secret_file?: string | null;
  smtp_require_tls?: boolean | null;
  smtp_force_implicit_tls?: boolean | null;
  smtp_tls_config?: Record<string, unknown> | null;
  slack_api_url?: string | null;
  slack_api_url_file?: string | null;
  slack_app_token?: string | null;
  slack_app_token_file?: string | null;
  slack_app_url?: string | null;
  victorops_api_key?: string | null;
  victorops_api_key_file?: string | null;
  victorops_api_url?: string | null;
  pagerduty_url?: string | null;
  opsgenie_api_key?: string | null;
  opsgenie_api_key_file?: string | null;
  opsgenie_api_url?: string | null;
  rocketchat_api_url?: string | null;
  rocketchat_token?: string | null;
  rocketchat_token_file?: string | null;
  rocketchat_token_id?: string | null;
  rocketchat_token_id_file?: string | null;
  wechat_api_url?: string | null;
  wechat_api_secret?: string | null;
  wechat_api_secret_file?: string | null;
  wechat_api_corp_id?: string | null;
  telegram_api_url?: string | null;
  telegram_bot_token?: string | null;
  telegram_bot_token_file?: string | null;
  webex_api_url?: string | null;
  jira_api_url?: string | null;
  mattermost_webhook_url?: string | null;
  mattermost_webhook_url_file?: string | null;
}

export interface RouteConfig {
  receiver?: string | null;
  group_by?: string[] | null;
  continue?: boolean | null;
  match?: Record<string, string | number | boolean> | null;
  match_re?: Record<string, string> | null;
  matchers?: (string | Record<string, unknown>)[] | null;
  group_wait?: Duration | null;
  group_interval?: Duration | null;
  repeat_interval?: Duration | null;
  mute_time_intervals?: string[] | null;
  active_time_intervals?: string[] | null;
  routes?: RouteConfig[] | null;
}

export interface InhibitRule {
  name?: string | null;
  target_match?: Record<string, string | number | boolean> | null;
  target_match_re?: Record<string, string> | null;
  target_matchers?: string[] | null;
  source_match?: Record<string, string | number | boolean> | null;
  source_match_re?: Record<string, string> | null;
  source_matchers?: string[] | null;
  sources?: Record<string, unknown>[] | null;
  equal?: string[] | null;
}

export interface Receiver {
  name: string;
  discord_configs?: ReceiverConfig[] | null;
  email_configs?: ReceiverConfig[] | null;
  incidentio_configs?: ReceiverConfig[] | null;
  jira_configs?: ReceiverConfig[] | null;
  mattermost_configs?: ReceiverConfig[] | null;
  msteams_configs?: ReceiverConfig[] | null;
  msteamsv2_configs?: ReceiverConfig[] | null;
  opsgenie_configs?: ReceiverConfig[] | null;
  pagerduty_configs?: ReceiverConfig[] | null;
  pushover_configs?: ReceiverConfig[] | null;
  rocketchat_configs?: ReceiverConfig[] | null;
  slack_configs?: ReceiverConfig[] | null;
  sns_configs?: ReceiverConfig[] | null;
  telegram_configs?: ReceiverConfig[] | null;
  victorops_configs?: ReceiverConfig[] | null;
  webex_configs?: ReceiverConfig[] | null;
  webhook_configs?: ReceiverConfig[] | null;
  wechat_configs?: ReceiverConfig[] | null;
}

export interface ReceiverConfig {
  send_resolved?: boolean | null;
  [key: string]: unknown;
}

export interface TimeInterval {
  name: string;
  time_intervals?: Record<string, unknown>[] | null;
}
