import { style } from "./dashboards-page-style.ts";
import { escapeMarkup } from "./escape-markup.ts";

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

/** One page, with nothing to load, of all dashboards of an environment. */
export function dashboardsPage(env: string, dashboards: Dashboard[]): string {
  const contents = dashboards.map(({ uid, title }) => `<a href="#${escapeMarkup(uid)}">${escapeMarkup(title)}</a>`);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Dashboards of ${escapeMarkup(env)}</title>
<style>${style}</style>
<header><h1>Dashboards of ${escapeMarkup(env)}</h1><nav>${contents.join(" ")}</nav></header>
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
  const others = links.map(
    ({ title, url }) => `<a href="#${escapeMarkup(url.replace("/d/", ""))}">${escapeMarkup(title)}</a>`,
  );
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
