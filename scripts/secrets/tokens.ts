/** A secret that a text holds: what it is, and how it begins. */
export interface Token {
  kind: string;
  start: string;
}

/**
 * Forms that secretlint does not know, or only in a file of a certain kind. Every repetition has an end, so that no text
 * takes longer than its length.
 */
const forms: [kind: string, form: RegExp][] = [
  [
    "a private key",
    /-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----[\s\\rn]{0,8}(?!REDACTED)[A-Za-z0-9+/]{4}/,
  ],
  ["a private key (age)", /AGE-SECRET-KEY-1[A-Z0-9]{50}/],
  ["an AWS access key", /\b(?:AKIA|ASIA)(?![A-Z0-9]{9}EXAMPLE)[A-Z0-9]{16}\b/],
  ["a Google API key", /\bAIza[\w-]{35}/],
  ["a Google client secret", /\bGOCSPX-[\w-]{20}/],
  ["a JWT", /\beyJ[\w-]{10,2000}\.eyJ[\w-]{10,2000}\.[\w-]{16}/],
  ["an Azure key", /\b(?:AccountKey|SharedAccessKey)=[A-Za-z0-9+/]{30}/],
  ["a PyPI token", /\bpypi-[\w-]{50}/],
  ["a Twilio key", /\bSK[0-9a-f]{32}\b/],
  ["a DigitalOcean token", /\bdo[opr]_v1_[0-9a-f]{64}/],
  ["a Mailgun key", /\bkey-[0-9a-f]{32}\b/],
  ["a New Relic key", /\bNRAK-[A-Z0-9]{27}/],
  ["an OpenAI key", /\bsk-(?:proj-|svcacct-)?[\w-]{0,80}T3BlbkFJ[\w-]{20}/],
  ["a Hugging Face token", /\bhf_[A-Za-z0-9]{34}\b/],
  ["a Telegram bot's token", /\b\d{8,10}:[\w-]{35}(?![\w-])/],
  ["a Discord webhook", /discord(?:app)?\.com\/api\/(?:v\d{1,2}\/)?webhooks\/\d{5,20}\/[\w-]{20}/],
  [
    "a Teams webhook",
    /\.webhook\.office\.com\/webhookb2\/[\w-]{30}|\.logic\.azure\.com[:/][^\s"']{0,300}[?&]sig=[\w%-]{20}/,
  ],
  ["a Google Chat webhook", /chat\.googleapis\.com\/v1\/spaces\/[^\s"']{1,200}[?&]token=[\w%-]{20}/],
  ["a bearer token", /\b(?:Bearer|Token) (?=[\w.~+/=-]{0,100}\d)[\w.~+/=-]{16}/],
];

/** How the base64 of a private key begins, as `kubectl get secret` prints it. */
const encodedKeys = ["", "RSA ", "EC ", "DSA ", "OPENSSH ", "ENCRYPTED "].map((kind) => {
  return Buffer.from(`-----BEGIN ${kind}PRIVATE KEY`).toString("base64").slice(0, -4);
});
forms.push(["a private key in base64", new RegExp(`^(?:${encodedKeys.join("|")})`)]);

/** A password in a URL, such as `postgres://user:password@host`. */
export const urlPassword = /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@?#"']{0,100}:([^\s@/?#"']{1,300})@(?!sha256:)/gi;

/** A password among settings on a line, such as `host=db password=…` and `Server=db;Password=…;`. */
export const settingPassword = /(?:^|[\s;])(?:password|passwd|pwd)=["']?([^\s;"']{2,300})/gi;

/** A secret in a query, such as `?token=…`. */
export const queryPassword =
  /[?&](?:access_token|api_?key|auth|key|secret|sig|signature|token)=(?=[^&\s]{0,500}\d)([\w%.~+-]{16,500})/gi;

/** What one of our own forms finds in a text. */
export function findForm(text: string): Token | undefined {
  for (const [kind, form] of forms) {
    const found = form.exec(text);
    if (found) return { kind, start: found[0].slice(0, 4) };
  }
  return undefined;
}

/** A word as tokens are: long, with letters and digits, and no digest, UUID or image. */
const words = /[\w+=%.~:/-]{20,500}/g;
const digest = /^(?:sha256:)?[0-9a-f]{7,64}$|^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;
/** What no token has none of: the prefix of its kind, then letters in upper and lower case and digits, or many of hexadecimal. */
const random = /(?=.*\d)(?=.*[A-Z])(?=.*[a-z])|[0-9a-f]{24}/;

/** The words of a text that may be tokens, for `lintWords`. */
export function suspiciousWords(text: string): string[] {
  return (text.match(words) ?? []).filter((word) => random.test(word) && !digest.test(word));
}

/** What secretlint takes for tokens among these words. It is loaded when first asked, which takes some 20 ms. */
export async function lintWords(among: string[]): Promise<Map<string, Token>> {
  const [{ lintSource }, { creator }] = await Promise.all([
    import("@secretlint/core"),
    import("@secretlint/secretlint-rule-preset-recommend"),
  ]);
  const content = among.join("\n");
  const { messages } = await lintSource({
    source: { filePath: "values.yaml", content, contentType: "text", ext: ".yaml" },
    options: { maskSecrets: true, noPhysicFilePath: true, config: { rules: [{ id: "preset", rule: creator }] } },
  });
  const found = messages.map(({ message, range: [from] }) => {
    const start = content.lastIndexOf("\n", from - 1) + 1;
    const end = content.indexOf("\n", from);
    const kind = message.replace(/^found |\(\**\)|: \**$/g, "");
    return [content.slice(start, end < 0 ? undefined : end), { kind, start: content.slice(from, from + 4) }] as const;
  });
  return new Map(found);
}
