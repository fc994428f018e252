import type { Finding } from "../problems/issue.ts";
import { instead } from "./instead.ts";
import { isPasswordKey, kindOfKey } from "./keys.ts";
import { isName, isPlainText } from "./plain-text.ts";
import {
  findForm,
  lintWords,
  queryPassword,
  settingPassword,
  suspiciousWords,
  type Token,
  urlPassword,
} from "./tokens.ts";

type Path = Finding["path"];

/** Nobody takes what is shorter for a secret: `-`. */
const minLength = 2;

/** What is known without secretlint, and the words that it has to look at. */
interface Found {
  secrets: { path: Path; what: string }[];
  words: { path: Path; words: string[] }[];
}

/** Keys whose text is no secret in spite of what they are called, by chart: the path, and the text if only that is none. */
const knownTexts: Record<string, Record<string, string | undefined>> = {
  // The name of the Secret with the licence of Traefik Hub.
  traefik: { "hub/token": undefined },
  // Upstream's own example, which serves in tests.
  "argo-cd": { "externalRedis/password": "argocd" },
};

function isKnownText(chart: string, path: Path, text: string): boolean {
  const known = knownTexts[chart] ?? {};
  const at = path.join("/");
  return Object.hasOwn(known, at) && [undefined, text].includes(known[at]);
}

/**
 * The secrets that values of a chart hold as text: by the key that they have, or by the form of a token. What is found is
 * never quoted, but for the 4 characters with which a token begins, which tell its kind.
 */
export async function findSecrets(values: unknown, chart: string): Promise<Finding[]> {
  const found: Found = { secrets: [], words: [] };
  visit(values, [], "", { chart, found });
  if (found.words.length > 0) {
    const tokens = await lintWords([...new Set(found.words.flatMap(({ words }) => words))]);
    for (const { path, words } of tokens.size > 0 ? found.words : []) {
      const word = words.find((each) => tokens.has(each));
      if (word !== undefined) found.secrets.push({ path, what: tokenText(tokens.get(word) as Token) });
    }
  }
  return found.secrets.map(({ path, what }) => {
    const unless = "If it may be read by everybody, say so in allowedSecrets of values-src/platform.ts";
    return { path, message: `${what} in plain text: ${instead({ chart, path })}. ${unless}`, ofKey: false };
  });
}

function visit(value: unknown, path: Path, key: string, to: { chart: string; found: Found }): void {
  if (typeof value === "string" || typeof value === "number") {
    const what = secretIn(key, value, path, to);
    if (what !== undefined) to.found.secrets.push({ path, what });
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries())
      visit(item, [...path, index], optionOf(value[index - 1], item) ?? key, to);
  } else if (typeof value === "object" && value !== null) {
    for (const [name, item] of Object.entries(value)) {
      const isEncoded = name === "data" && "kind" in value && value.kind === "Secret";
      visit(isEncoded ? decoded(item) : item, [...path, name], keyOf(name, value), to);
    }
  }
}

/** The option of a command whose value follows it in a list of arguments. */
function optionOf(argument: unknown, next: unknown): string | undefined {
  if (typeof argument !== "string" || typeof next !== "string" || next.startsWith("-")) return undefined;
  return /^--[\w.-]+$/.test(argument) ? argument : undefined;
}

/** The data of a Secret among the objects that a chart adds, as text. */
function decoded(data: unknown): unknown {
  if (typeof data !== "object" || data === null) return data;
  const entries = Object.entries(data).map(([key, text]: [string, unknown]) => {
    return [key, typeof text === "string" && isPlainText(text) ? Buffer.from(text, "base64").toString() : text];
  });
  return Object.fromEntries(entries);
}

/** The key that tells what a value is: of `{ name: DB_PASSWORD, value: … }` the name. Empty where none does. */
function keyOf(key: string, of: { name?: unknown; key?: unknown }): string {
  const name = of.name ?? of.key;
  if (key === "value" && typeof name === "string") return name;
  // What a key of a Secret is to be called, as in an ExternalSecret.
  if (key === "secretKey" && ("remoteRef" in of || "sourceRef" in of)) return "";
  return key;
}

function secretIn(key: string, value: string | number, path: Path, to: { chart: string; found: Found }) {
  if (typeof value === "number") return isPasswordKey(key) ? keyText(key) : undefined;
  if (value.length < minLength) return undefined;
  if (isSecretAt(key, value) && !isKnownText(to.chart, path, value)) return keyText(key);
  if (clean.has(value)) return undefined;
  const inside = secretInText(value);
  if (inside !== undefined) return inside;
  const token = value.length < 16 ? undefined : findForm(value);
  if (token) return tokenText(token);
  const words = value.length < 20 ? [] : suspiciousWords(value);
  if (words.length > 0) to.found.words.push({ path, words });
  else remember(value);
  return undefined;
}

/** Texts in which no secret was found, whatever their key: environments differ in few of theirs. */
const clean = new Set<string>();

function remember(text: string): void {
  if (clean.size >= 10_000) clean.clear();
  clean.add(text);
}

/** Whether a text is a secret because of its key. */
function isSecretAt(key: string, text: string): boolean {
  const kind = kindOfKey(key);
  if (kind === undefined) return isCredentials(key, text);
  // A text of several lines is looked at line by line: it may be a configuration that refers to secrets.
  if (text.length < minLength || text.trim().includes("\n") || !isPlainText(text)) return false;
  return kind === "secret" || !isName(text);
}

/** A part of a URL that people did not make up. */
const randomPart = /^https:\/\/[^\s]{1,300}?[/=]((?=[\w-]{0,99}\d)[\w-]{20})/;

/** What a registry of images, or a header of HTTP, asks for. */
function isCredentials(key: string, text: string): boolean {
  if (/^_?auth$/i.test(key)) return isUserAndPassword(text);
  if (/webhook_?url$/i.test(key)) return isPlainText(randomPart.exec(text)?.[1] ?? "");
  const [, scheme, credentials = ""] = /authorization$/i.test(key) ? (/^(\w+) +(\S{4,2000})$/.exec(text) ?? []) : [];
  return scheme !== undefined && isPlainText(credentials);
}

/** Base64 of `user:password`, as Docker keeps it. */
function isUserAndPassword(text: string): boolean {
  if (!/^[A-Za-z0-9+/]{4,1000}={0,2}$/.test(text)) return false;
  return /^[ -9;-~]+:[ -~]+$/.test(Buffer.from(text, "base64").toString("latin1"));
}

/** `key: value`, `"key": "value"`, `key = value` and `--key=value`, as configurations inside of a text have them. */
const pairs =
  /(?<![\w.-])(?=["']?[\w.-])(?<=(?:^|[\n{,;])[ \t]{0,40}(?:- {1,4})?)["']?([\w.-]{2,80})["']?[ \t]{0,8}[:=][ \t]{0,8}["']?([^\s"',;{}][^\n"',{}]{0,300})/g;

/** What makes a text worth looking into. */
const hints = /pass|pwd|token|secret|key|auth|credential/i;

function secretInText(text: string): string | undefined {
  for (const form of text.includes("://") ? [urlPassword, queryPassword] : []) {
    if (hasPlainText(form, text)) return "a URL with a password or token";
  }
  if (hasPlainText(settingPassword, text)) return "a password";
  const isConfiguration = text.includes("\n") || /^(?:\{|--)/.test(text);
  if (!isConfiguration || !hints.test(text)) return undefined;
  for (const [, key = "", value = ""] of text.matchAll(pairs)) {
    if (isSecretAt(key, value.trim()) && !isCode(value)) return keyText(key);
  }
  return undefined;
}

function hasPlainText(form: RegExp, text: string): boolean {
  return [...text.matchAll(form)].some(([, password = ""]) => isPlainText(password) && !isCode(password));
}

/** Whether a line is of a program, as Lua in Argo CD's health checks or a snippet of nginx. */
function isCode(value: string): boolean {
  return /\w\(.*\)|\w\[\w*\]|^[a-z_]\w*(?:\.[a-z_]\w*)+$|^\$|;$/i.test(value.trim());
}

function keyText(key: string): string {
  return `a secret (by its key "${key.slice(0, 60)}")`;
}

function tokenText({ kind, start }: Token): string {
  return start === "http" ? `a secret (${kind})` : `a secret (${kind}, begins with "${start}")`;
}
