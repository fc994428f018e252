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
