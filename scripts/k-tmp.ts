import { readFileSync } from "node:fs";

const t0 = performance.now();
const { compileSchema } = await import("./engine/validator.ts");
const s = JSON.parse(readFileSync("schemas/kube-prometheus-stack.schema.json", "utf8"));
const t = performance.now();
const v = compileSchema(s);
const t1 = performance.now();
v({});
const t2 = performance.now();
v({ a: 1 });
const t3 = performance.now();
console.log(
  "load",
  (t - t0).toFixed(0),
  "compile",
  (t1 - t).toFixed(0),
  "first run",
  (t2 - t1).toFixed(0),
  "finding",
  (t3 - t2).toFixed(0),
  "rss",
  (process.resourceUsage().maxRSS / 1024) | 0,
  Object.keys(s.definitions).length,
);
