/** Words that say that there is nothing, or that it was taken out. */
const placeholders =
  /^(?:none|null|nil|no|yes|on|off|true|false|enabled|disabled|noauth|redacted|placeholder|todo|tbd|n\/a)$/i;

/** Only such signs, as in `<your-token>`, `xxx`, `***` and `...`. */
const blanks = /^(?:<[^<>]*>|x{3,}|[*.\s]*)$/i;

/** What is said to be none: `test-api-key`, `stub`. */
const samples = /^(?:dummy|example|fake|sample|stub|test)(?:-[a-z]+){0,5}$/;

/** What is filled in later: Helm's and Go's templates, variables of a shell, of Grafana, of Argo CD's vault plugin, of SOPS. */
const templates = /\{\{|\$\{|\$\(|\$__\w+\{|<path:|<<[^<>]+>>|%\(\w+\)s|%[A-Z_]+%|^ENC\[|^AVP_|REDACTED/;

/** `$argocd-secret:key`, `$KEY`: read from a Secret or the environment. */
const variable = /^\$[A-Za-z_][\w.-]*(?::[\w./-]+)?$/;

/** `ref+vault://…`, `vault:…`, `op://…`, `secret:namespace/name#key`, `env:NAME`: another tool reads what it points to. */
const pointer = /^(?:ref\+\w+:|secretref\+|vault:|op:\/\/|(?:secret|pullsecret|env|ext|file):)/;

/** bcrypt, the crypts of Unix, htpasswd and argon2: the password cannot be read back from these. */
const hash = /^(?:[\w.@-]+:)?(?:\$(?:2[abxy]?|1|5|6|y|apr1|argon2\w*|scrypt|pbkdf2[\w-]*)\$|\{SHA\})/;

/** Path of a file, which is mounted from a Secret. */
const file = /^\/(?:[\w.-]+\/)*[\w.-]+$/;

/**
 * Whether a text where a secret belongs is the secret itself, as opposed to a reference, a placeholder or a hash. A hash is
 * none: Argo CD's chart takes the administrator's password as bcrypt, and a person who reads it cannot sign in with it.
 */
export function isPlainText(text: string): boolean {
  const value = text.trim();
  return ![placeholders, blanks, samples, templates, variable, pointer, hash, file].some((form) => form.test(value));
}

/** Whether it may be the name of an object in Kubernetes, or `namespace/name`. A long one with digits is hardly made up by people. */
export function isName(text: string): boolean {
  if (!/^[a-z0-9]([a-z0-9./-]{0,100}[a-z0-9])?$/.test(text)) return false;
  return text.includes("-") || text.length < 20 || !/\d/.test(text);
}
