import { randomBytes } from "node:crypto";
import type { Totals } from "./request-metrics.ts";
import { palette } from "./version-colour.ts";

/** What the page says of the process that made it. */
export interface PageVersion {
  version: string;
  environment: string;
  strategy: string;
  pod: string;
  colour: string;
}

/**
 * A page to watch a rollout on. Without JavaScript it reloads itself; with it, it asks for `/status` several times a
 * second and draws each answer in its version's colour. The policy lets run only what the page itself brings.
 */
export function renderPage(version: PageVersion, totals: Totals): { html: string; policy: string } {
  const nonce = randomBytes(16).toString("base64");
  const policy = [
    "default-src 'none'",
    `style-src 'nonce-${nonce}'`,
    `script-src 'nonce-${nonce}'`,
    "connect-src 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
  const facts = Object.entries({
    ...version,
    requests: totals.requests,
    errors: totals.errors,
  })
    .filter(([name]) => name !== "colour")
    .map(
      ([name, value]) => `<div><dt>${escapeHtml(name)}</dt><dd id="${name}">${escapeHtml(String(value))}</dd></div>`,
    );
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>sample-app ${escapeHtml(version.version)}</title>
<noscript><meta http-equiv="refresh" content="2"></noscript>
<style nonce="${nonce}">
${style}
:root { --version: ${escapeHtml(version.colour)} }
</style>
</head>
<body>
<header><h1>sample-app <span id="headline">${escapeHtml(version.version)}</span></h1></header>
<main>
<dl>${facts.join("")}</dl>
<p>Requests and errors are those of this pod since it started.</p>
<section id="live" hidden>
<h2>The last answers</h2>
<div id="answers" role="img" aria-label="One square for each answer, in the colour of the version that gave it"></div>
<table><thead><tr><th>version</th><th>answers</th><th>share</th><th>errors</th><th>median ms</th></tr></thead><tbody id="versions"></tbody></table>
</section>
</main>
<script nonce="${nonce}">
${script}
</script>
</body>
</html>
`;
  return { html, policy };
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}

const style = `:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { margin: 0 auto; max-width: 60rem; padding: 0 1.5rem 2rem }
header { border-top: .75rem solid var(--version) }
h1 { margin: 1rem 0; font-size: 1.75rem } h1 span { color: var(--version) } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr)); gap: 1rem; margin: 0 }
dt { font-size: .8rem; opacity: .7 } dd { margin: 0; font-weight: 600; overflow-wrap: anywhere }
#answers { display: grid; grid-template-columns: repeat(40, 1fr); gap: 3px; min-height: 5rem; align-content: start }
#answers i { aspect-ratio: 1; border-radius: 2px }
#answers i.error { background: repeating-linear-gradient(45deg, #c00 0 3px, #fff 3px 6px) !important }
table { border-collapse: collapse; margin-top: 1.5rem; width: 100% } th, td { text-align: left; padding: .3rem .5rem; border-bottom: 1px solid #8884 }
td i { display: inline-block; width: .8rem; height: .8rem; border-radius: 2px; margin-right: .5rem }`;

/**
 * Runs in the browser. A failed answer says its version too; one that does not comes from a proxy on the way. Two
 * versions may have the same colour by themselves: the one seen second gets another.
 */
const script = `"use strict";
const most = 200, answers = [], versions = new Map();
const byId = (id) => document.getElementById(id);
byId("live").hidden = false;
function versionOf(name, own) {
  if (!versions.has(name)) {
    const taken = [...versions.values()].map(({ colour }) => colour.toLowerCase());
    const colour = [own, ...${JSON.stringify(palette)}].find((each) => !taken.includes(each.toLowerCase())) ?? own;
    versions.set(name, { name, colour, answers: 0, errors: 0, times: [] });
  }
  return versions.get(name);
}
let last = { version: byId("version").textContent, colour: getComputedStyle(document.documentElement).getPropertyValue("--version").trim() };
async function ask() {
  const start = performance.now();
  let failed = true, from = {};
  try {
    const response = await fetch("status", { cache: "no-store" });
    failed = !response.ok;
    from = await response.json();
    if (!failed) last = from;
  } catch { failed = true }
  const seen = versionOf(from.version ?? "(none)", from.colour ?? "#888888");
  seen.answers++; if (failed) seen.errors++;
  seen.times.push(performance.now() - start); if (seen.times.length > most) seen.times.shift();
  answers.push({ colour: seen.colour, failed }); if (answers.length > most) answers.shift();
}
function cell(row, text) { const td = row.insertCell(); td.append(text); return td }
function draw() {
  byId("answers").replaceChildren(...answers.map(({ colour, failed }) => {
    const square = document.createElement("i");
    square.style.background = colour; if (failed) square.className = "error";
    return square;
  }));
  const total = [...versions.values()].reduce((sum, { answers }) => sum + answers, 0);
  byId("versions").replaceChildren(...[...versions.values()].map((seen) => {
    const row = document.createElement("tr"), mark = document.createElement("i");
    mark.style.background = seen.colour;
    cell(row, seen.name).prepend(mark);
    cell(row, seen.answers); cell(row, Math.round(100 * seen.answers / total) + " %"); cell(row, seen.errors);
    cell(row, [...seen.times].sort((a, b) => a - b)[Math.floor(seen.times.length / 2)].toFixed(1));
    return row;
  }));
  for (const key of ["version", "environment", "strategy", "pod", "requests", "errors"]) byId(key).textContent = last[key];
  byId("headline").textContent = last.version;
  document.documentElement.style.setProperty("--version", versionOf(last.version, last.colour).colour);
}
(async () => { for (;;) { await ask(); draw(); await new Promise((done) => setTimeout(done, 200)) } })();`;
