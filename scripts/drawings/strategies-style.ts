import { element } from "./svg-elements.ts";

/** Of the picture of the strategies: light on its own background, whatever the page around it has. */
export const style = `
text { font: 12px system-ui, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1f2328; }
.title { font-size: 20px; font-weight: 600; }
.environment { font-size: 15px; font-weight: 600; }
.soft { fill: #59636e; }
.share { font-weight: 600; fill: #0550ae; }
.card { fill: #ffffff; stroke: #d0d7de; }
.old { fill: #eef0f3; }
.new { fill: #cfe3fb; }
.after { fill: #e3effc; }
.edge { fill: none; stroke: #0969da; stroke-width: 2; stroke-linejoin: round; }
.wait { fill: url(#hatch); }
.hatch { stroke: #6e7781; stroke-width: 1.2; }
.check { fill: #bc4c00; }
.once { fill: #ffffff; stroke: #bc4c00; stroke-width: 1.6; }
.back { fill: #b4e3c0; }
.back-words { fill: #0f4d21; }
`;

/** What is not to scale. */
export const hatch = element(
  "pattern",
  { id: "hatch", width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
  element("line", { x1: 0, y1: 0, x2: 0, y2: 7, class: "hatch" }),
);
