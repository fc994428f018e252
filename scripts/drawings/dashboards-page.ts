import { escapeMarkup } from "./svg.ts";

/** What the page shows of a dashboard of Grafana. */
export interface Dashboard {
  file: string;
  uid: string;
  title: string;
  description: string;
  refresh: string;
  time: { from: string };
  templating: { list: { name: string; label: string; type: string; query: string }[] };
  annotations: { list: { name: string; iconColor: string; expr: string }[] };
  links: { title: string; url: string }[];
  panels: Panel[];
}

interface Panel {
  id: number;
  type: string;
  title: string;
  description?: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: { refId: string; expr: string; legendFormat?: string }[];
  fieldConfig?: { defaults: { unit?: string; thresholds?: { steps: { value: number | null; color: string }[] } } };
}

/** One page, with nothing to load, of all dashboards. */
export function dashboardsPage(dashboards: Dashboard[]): string {
  const contents = dashboards.map(({ uid, title }) => `<a href="#${escapeMarkup(uid)}">${escapeMarkup(title)}</a>`);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Dashboards</title>
<style>${style}</style>
<header><h1>Dashboards</h1><nav>${contents.join(" ")}</nav></header>
${dashboards.map(section).join("\n")}
</html>
`;
}

function section({ file, uid, title, description, time, refresh, ...more }: Dashboard): string {
  const facts = `${file}, the last ${time.from.replace("now-", "")}, refreshed every ${refresh}`;
  return `<section id="${escapeMarkup(uid)}">
<h2>${escapeMarkup(title)} <small>${escapeMarkup(facts)}</small></h2>
<p>${escapeMarkup(description)}</p>
<dl>${controls(more).join("")}</dl>
<div class="grid">
${more.panels.map(panel).join("\n")}
</div>
</section>`;
}

function controls({
  templating,
  annotations,
  links,
}: Pick<Dashboard, "templating" | "annotations" | "links">): string[] {
  const variables = templating.list.map(({ label, query }) => `<b>${escapeMarkup(label)}</b> ${code(query)}`);
  const marks = annotations.list.map(
    ({ name, iconColor, expr }) =>
      `<details><summary>${dot(iconColor)}<b>${escapeMarkup(name)}</b></summary>${code(expr)}</details>`,
  );
  // Those without an address are found by a tag in Grafana.
  const others = links
    .filter(({ url }) => url)
    .map(({ title, url }) => `<a href="#${escapeMarkup(url.replace("/d/", ""))}">${escapeMarkup(title)}</a>`);
  const list = (name: string, items: string[]) =>
    `<dt>${name}</dt><dd>${items.map((item) => `<span>${item}</span>`).join(" ")}</dd>`;
  return [list("Variables", variables), list("Annotations", marks), list("Links", others)];
}

function panel({ type, title, description = "", gridPos: { x, y, w, h }, targets = [], fieldConfig }: Panel): string {
  const place = `grid-area:${y + 1}/${x + 1}/span ${h}/span ${w}`;
  if (type === "row") return `<h3 style="${place}">${escapeMarkup(title)}</h3>`;
  const { unit = "", thresholds } = fieldConfig?.defaults ?? {};
  const limits = (thresholds?.steps ?? [])
    .slice(1)
    .map(({ value, color }) => `<span>${dot(color)}${shown(value ?? 0, unit)}</span>`);
  const queries = targets.map(({ expr, legendFormat }) => {
    return `<li>${legendFormat ? `<i>${escapeMarkup(legendFormat)}</i> ` : ""}${code(expr)}</li>`;
  });
  return `<article style="${place}"><h4>${escapeMarkup(title)}</h4>
<p class="kind">${[type, unit !== "none" && unit, ...limits].filter(Boolean).join(" · ")}</p>
<p>${escapeMarkup(description)}</p><ul>${queries.join("")}</ul></article>`;
}

function shown(value: number, unit: string): string {
  return unit === "percentunit" ? `${Number((100 * value).toPrecision(4))} %` : `${value}${unit === "s" ? " s" : ""}`;
}

function dot(color: string): string {
  return `<span class="dot" style="background:${escapeMarkup(color)}"></span>`;
}

function code(text: string): string {
  // Lines break between matchers rather than within a name.
  return `<code>${escapeMarkup(text).replaceAll(",", ",<wbr>")}</code>`;
}

/** Of the page of dashboards: Grafana's 24 columns to scale; a row grows where its queries need more room. */
export const style = `
:root { color-scheme: light dark; --line: light-dark(#d0d4da, #3a3f47); --soft: light-dark(#5a6270, #a0a7b3);
  --panel: light-dark(#fff, #1b1e23); --code: light-dark(#12395f, #b8d4f0); }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1680px; padding: 16px 24px 48px; font: 14px/1.4 system-ui, sans-serif;
  background: light-dark(#f4f5f7, #111317); color: light-dark(#1c2128, #e4e7eb); }
h1 { font-size: 22px; margin: 0 0 4px; }
h2 { font-size: 19px; margin: 0 0 2px; }
h3 { font-size: 13px; margin: 0; align-self: end; color: var(--soft); }
h4 { font-size: 14px; margin: 0; }
p { margin: 2px 0 6px; }
small { font-size: 13px; font-weight: normal; color: var(--soft); margin-left: 8px; }
nav a { margin-right: 12px; }
a { color: light-dark(#0b5cad, #7fb8ff); }
section { margin-top: 28px; padding-top: 16px; border-top: 1px solid var(--line); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 3px 12px; margin: 8px 0; font-size: 13px; }
dt { color: var(--soft); }
dd { margin: 0; display: flex; flex-wrap: wrap; gap: 2px 16px; }
details { display: inline-block; }
summary { cursor: pointer; list-style: none; }
code { font: 11px/1.35 ui-monospace, "DejaVu Sans Mono", monospace; color: var(--code); overflow-wrap: anywhere; }
.grid { display: grid; grid-template-columns: repeat(24, 1fr); grid-auto-rows: minmax(20px, auto); gap: 6px; }
article { min-width: 0; padding: 7px 9px; background: var(--panel); border: 1px solid var(--line); border-radius: 4px; }
article p { font-size: 12.5px; }
article .kind { color: var(--soft); font-size: 12px; margin: 0; }
ul { margin: 0; padding: 0; list-style: none; }
li { border-top: 1px solid var(--line); padding: 2px 0; }
.kind span { white-space: nowrap; }
i { font-size: 12px; color: var(--soft); }
.dot { display: inline-block; width: 8px; height: 8px; border-radius: 50%; margin-right: 3px; }
@media (max-width: 900px) { .grid { display: block; } article { margin: 6px 0; } }
`;
