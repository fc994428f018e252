/** Last words of keys whose value is a secret. */
const secrets = new RegExp(
  `(?:^| )(?:${[
    "pass ?word|pass ?wd|pass ?phrase|pass ?code|pwd|(?<!proxy )pass",
    "token|bearer|jwt|pat",
    "(?:client|consumer|cookie|jwt|session|shared|hmac|app|application|encryption|github|gitlab|bitbucket|gogs|webhook) secret",
    "(?:api|app|application|private|secret|secret access|routing|service|integration|encryption|signing|license|account|shared|shared access|master|auth|ssh|deploy|storage|storage account|ingest|ingestion|admin|root|access token|pagerduty|hmac) ?key",
    "secret key base|client key data",
    "docker ?config ?json|docker ?cfg",
  ].join("|")})$`,
);

/** Last words of keys whose value is a secret, or the name of a Secret. */
const secretsOrNames = /(?:^| )(?:secret|credentials?)$/;

/** Of these it is always the name. */
const names = /(?:existing|from|config|pull|tls|ca|cert|certificate|by|name|named|ref|account) ?secret$/;

type KindOfKey = "secret" | "secret or name" | undefined;

const known = new Map<string, KindOfKey>();

/** What a key says of its value: a `secret` for certain, a secret unless it is a `name`, or nothing. */
export function kindOfKey(key: string): KindOfKey {
  const kind = known.has(key) ? known.get(key) : judge(key);
  if (known.size < 10_000) known.set(key, kind);
  return kind;
}

function judge(key: string): KindOfKey {
  const words = wordsOf(key);
  if (names.test(words)) return undefined;
  // Pushover's, in Alertmanager's configuration; charts call the key of a Secret `userKey`.
  if (secrets.test(words) || key === "user_key") return "secret";
  return secretsOrNames.test(words) ? "secret or name" : undefined;
}

/** Whether a number there is as secret as a text. */
export function isPasswordKey(key: string): boolean {
  return /pass ?(?:word|wd|phrase|code)$/.test(wordsOf(key));
}

/** `clientSecret`, `CLIENT_SECRET` and `oidc.client-secret` are the same words. */
function wordsOf(key: string): string {
  return key
    .slice(-100)
    .replace(/([a-z0-9])(?=[A-Z])/g, "$1 ")
    .replace(/[^A-Za-z0-9]+/g, " ")
    .trim()
    .toLowerCase();
}
