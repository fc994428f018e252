import { Ajv, type ErrorObject } from "ajv";

/** What the process is told by its environment. */
export interface Config {
  /** Port of the app. */
  PORT: number;
  /** Port of `/metrics`. */
  METRICS_PORT: number;
  HOST: string;
  LOG_LEVEL: "debug" | "info" | "warn" | "error" | "silent";
  APP_VERSION: string;
  APP_ENVIRONMENT: string;
  /** Colour of the version on the web page; by default one of a palette, picked by the version. */
  APP_COLOUR?: string;
  POD_NAME: string;
  /** Folder of the downward API's files, which say what of the pod changes while it runs. */
  POD_INFO: string;
  /** Milliseconds after SIGTERM in which requests are still taken, each as the last of its connection. */
  SHUTDOWN_DELAY_MS: number;
  /** Milliseconds after that in which the requests under way may finish. */
  SHUTDOWN_TIMEOUT_MS: number;
  /** Share of the requests that fail with a 500. */
  FAULT_ERROR_RATE: number;
  /** Milliseconds that every request takes longer. */
  FAULT_LATENCY_MS: number;
  /** Requests after which the process crashes; 0 for never. */
  FAULT_CRASH_AFTER_REQUESTS: number;
  /** Never gets ready. */
  FAULT_NOT_READY: boolean;
}

const port = { type: "integer", minimum: 0, maximum: 65535 };
const text = { type: "string", minLength: 1, maxLength: 128 };
const milliseconds = { type: "integer", minimum: 0, maximum: 600_000 };

const properties = {
  PORT: { ...port, default: 8080 },
  METRICS_PORT: { ...port, default: 9090 },
  HOST: { ...text, default: "0.0.0.0" },
  LOG_LEVEL: { enum: ["debug", "info", "warn", "error", "silent"], default: "info" },
  APP_VERSION: { ...text, default: "dev" },
  APP_ENVIRONMENT: { ...text, default: "local" },
  APP_COLOUR: { type: "string", pattern: "^#[0-9a-fA-F]{6}$" },
  POD_NAME: { ...text, default: "local" },
  POD_INFO: { ...text, default: "/etc/podinfo" },
  SHUTDOWN_DELAY_MS: { ...milliseconds, default: 1000 },
  SHUTDOWN_TIMEOUT_MS: { ...milliseconds, default: 10_000 },
  FAULT_ERROR_RATE: { type: "number", minimum: 0, maximum: 1, default: 0 },
  FAULT_LATENCY_MS: { ...milliseconds, default: 0 },
  FAULT_CRASH_AFTER_REQUESTS: { type: "integer", minimum: 0, default: 0 },
  FAULT_NOT_READY: { type: "boolean", default: false },
};

/** Prefixes that are the service's alone: a variable of that name that it does not know is a typo. */
const ownPrefixes = /^(FAULT|SHUTDOWN)_/;

/** Thrown with one line for each variable that is wrong. */
export class ConfigError extends Error {
  readonly problems: string[];
  constructor(problems: string[]) {
    super(`the environment is not valid:\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
    this.problems = problems;
  }
}

/** Reads the configuration from environment variables. Throws `ConfigError` with all problems. */
export function readConfig(env: Record<string, string | undefined>): Config {
  const given = Object.entries(env).filter(([name, value]) => name in properties && value !== undefined);
  const config: Record<string, unknown> = Object.fromEntries(given);
  const ajv = new Ajv({ allErrors: true, coerceTypes: true, useDefaults: true });
  ajv.validate({ type: "object", properties }, config);
  const problems = (ajv.errors ?? []).map((error) => describe(error, env));
  const unknown = Object.keys(env).filter((name) => ownPrefixes.test(name) && !(name in properties));
  problems.push(...unknown.map((name) => `${name} is not a variable of this service`));
  if (config.PORT === config.METRICS_PORT && config.PORT !== 0) {
    problems.push(`METRICS_PORT must differ from PORT, got "${config.PORT}" for both`);
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return config as unknown as Config;
}

function describe(
  { instancePath, keyword, message, params }: ErrorObject,
  env: Record<string, string | undefined>,
): string {
  const name = instancePath.slice(1);
  const expected = keyword === "enum" ? `must be one of ${(params.allowedValues as string[]).join(", ")}` : message;
  return `${name} ${expected}, got ${JSON.stringify(env[name])}`;
}
