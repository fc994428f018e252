import { randomBytes } from "node:crypto";
import type { Totals } from "./request-metrics.ts";
import type { Role } from "./role.ts";
import { palette } from "./version-colour.ts";

/** What the page says of the process that made it. */
export interface PageVersion {
  version: string;
  environment: string;
  pod: string;
  role: Role;
  colour: string;
}

/**
 * A page to watch a rollout on. Without JavaScript it reloads itself, and knows of its own pod alone; with it, it asks for
 * `/status` several times a second, draws each answer in its version's colour, and heads itself with what all of them say.
 * The policy lets run only what the page itself brings.
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
  const headline = escapeHtml(version.role === "new" ? `${version.version} (new)` : version.version);
  const facts = Object.entries({
    ...version,
    requests: totals.requests,
    errors: totals.errors,
  })
    .filter(([name]) => name !== "colour")
    .map(
      ([name, value]) =>
        `<div><dt>${escapeHtml(name)}</dt><dd id="${name}">${escapeHtml(String(value) || "unknown")}</dd></div>`,
    );
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>sample-app ${headline}</title>
<noscript><meta http-equiv="refresh" content="2"></noscript>
<style nonce="${nonce}">
${style}
:root { --version: ${escapeHtml(version.colour)} }
</style>
</head>
<body>
<header><h1>sample-app <span id="headline">${headline}</span></h1><p id="progress"></p></header>
<main>
<dl>${facts.join("")}</dl>
<p>This is the pod that answered last, with its requests and errors since it started.</p>
<section id="live" hidden>
<h2>The last answers</h2>
<div id="answers" role="img" aria-label="One square for each answer, in the colour of the version that gave it"></div>
<table><thead><tr><th>version</th><th>role</th><th>answers</th><th>share of the last</th><th>errors</th><th>median ms</th></tr></thead><tbody id="versions"></tbody></table>
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
h1 { margin: 1rem 0 0; font-size: 1.75rem } #headline { color: var(--version) } #progress { margin: 0 0 1rem; min-height: 1.5em } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr)); gap: 1rem; margin: 0 }
dt { font-size: .8rem; opacity: .7 } dd { margin: 0; font-weight: 600; overflow-wrap: anywhere }
#answers { display: grid; grid-template-columns: repeat(40, 1fr); gap: 3px; min-height: 5rem; align-content: start }
#answers i { aspect-ratio: 1; border-radius: 2px }
#answers i.error { background: repeating-linear-gradient(45deg, #c00 0 3px, #fff 3px 6px) !important }
table { border-collapse: collapse; margin-top: 1.5rem; width: 100% } th, td { text-align: left; padding: .3rem .5rem; border-bottom: 1px solid #8884 }
td i { display: inline-block; width: .8rem; height: .8rem; border-radius: 2px; margin-right: .5rem }`;

/**
 * Runs in the browser. A failed answer says its version and role too; one that does not comes from a proxy on the way. Two
 * versions may have the same colour by themselves: the one seen second gets another.
 *
 * Stable is the version that said so last, and stays it until another one does: the pods of a version that becomes the
 * stable one learn of it one after another, up to a minute apart. How far the rollout is, is the new version's share of the
 * last answers: the weight that Argo Rollouts asks for is not for a pod to see.
 */
const script = `"use strict";
const most = 200, none = "(none)", answers = [], versions = new Map();
let stable, last;
const byId = (id) => document.getElementById(id);
byId("live").hidden = false;
function versionOf(name, own) {
  if (!versions.has(name)) {
    const taken = [...versions.values()].map(({ colour }) => colour.toLowerCase());
    const colour = [own, ...${JSON.stringify(palette)}].find((each) => !taken.includes(each.toLowerCase())) ?? own;
    versions.set(name, { name, colour, said: "", answers: 0, errors: 0, times: [] });
  }
  return versions.get(name);
}
async function ask() {
  const start = performance.now();
  let failed = true, from = {};
  try {
    const response = await fetch("status", { cache: "no-store" });
    failed = !response.ok;
    from = await response.json();
    if (!failed) last = from;
  } catch { failed = true }
  const seen = versionOf(from.version ?? none, from.colour ?? "#888888");
  seen.said = from.role ?? "";
  if (seen.said === "stable") stable = seen;
  seen.answers++; if (failed) seen.errors++;
  seen.times.push(performance.now() - start); if (seen.times.length > most) seen.times.shift();
  answers.push({ seen, failed }); if (answers.length > most) answers.shift();
}
function roleOf(seen) {
  if (seen === stable) return "stable";
  return seen.said === "new" ? "new" : "";
}
function shareOf(version) {
  return Math.round(100 * answers.filter(({ seen }) => seen === version).length / answers.length) + " %";
}
function coloured({ name, colour }) {
  const span = document.createElement("span");
  span.textContent = name; span.style.color = colour;
  return span;
}
function drawHead() {
  const seenLately = [...versions.values()].filter((version) => version.name !== none && answers.some(({ seen }) => seen === version));
  if (seenLately.length === 0) return;
  const rolesAreTold = seenLately.some(({ said }) => said !== "");
  const newOnes = seenLately.filter((version) => roleOf(version) === "new");
  const head = !rolesAreTold ? seenLately : stable ? [stable, ...newOnes] : newOnes;
  const between = rolesAreTold ? " \u2192 " : ", ";
  byId("headline").replaceChildren(...head.flatMap((version, index) => index === 0 ? [coloured(version)] : [between, coloured(version)]));
  if (rolesAreTold && !stable) byId("headline").append(" (new)");
  document.title = "sample-app " + byId("headline").textContent;
  document.documentElement.style.setProperty("--version", head[0].colour);
  const progress = newOnes.map((version) => shareOf(version) + " of the last " + answers.length + " answers are those of the new version, " + version.name + ".");
  if (!rolesAreTold) progress.push("The pods do not know which version is the stable one.");
  else if (newOnes.length === 0) progress.push("None of the last " + answers.length + " answers is that of a new version.");
  byId("progress").textContent = progress.join(" ");
}
function cell(row, text) { const td = row.insertCell(); td.append(text); return td }
function draw() {
  byId("answers").replaceChildren(...answers.map(({ seen, failed }) => {
    const square = document.createElement("i");
    square.style.background = seen.colour; if (failed) square.className = "error";
    return square;
  }));
  byId("versions").replaceChildren(...[...versions.values()].map((seen) => {
    const row = document.createElement("tr"), mark = document.createElement("i");
    mark.style.background = seen.colour;
    cell(row, seen.name).prepend(mark); cell(row, roleOf(seen));
    cell(row, seen.answers); cell(row, shareOf(seen)); cell(row, seen.errors);
    cell(row, [...seen.times].sort((a, b) => a - b)[Math.floor(seen.times.length / 2)].toFixed(1));
    return row;
  }));
  if (last) for (const key of ["version", "environment", "role", "pod", "requests", "errors"]) byId(key).textContent = String(last[key]) || "unknown";
  drawHead();
}
(async () => { for (;;) { await ask(); draw(); await new Promise((done) => setTimeout(done, 200)) } })();`;
