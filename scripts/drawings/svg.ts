type Attributes = Record<string, string | number>;

/** An element of an SVG. Numbers are rounded to a tenth, so that every machine writes the same; children are SVG. */
export function element(name: string, attributes: Attributes, ...children: string[]): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeMarkup(rounded(value))}"`);
  const start = `<${name}${written.join("")}`;
  return children.length > 0 ? `${start}>${children.join("")}</${name}>` : `${start}/>`;
}

export function rectangle(x: number, y: number, width: number, height: number, style: string): string {
  return element("rect", { x, y, width, height, class: style });
}

/** A line through points, and back to the first where it is closed. */
export function polyline(points: [x: number, y: number][], style: string, closed = false): string {
  const list = points.map((point) => point.map(rounded).join(",")).join(" ");
  return element(closed ? "polygon" : "polyline", { points: list, class: style });
}

/** Words that begin at a point, or end (`end`) or are centred (`middle`) there. */
export function words(x: number, y: number, content: string, style: string, anchor = "start"): string {
  return element("text", { x, y, class: style, "text-anchor": anchor }, escapeMarkup(content));
}

function rounded(value: string | number): string {
  return typeof value === "number" ? `${Math.round(value * 10) / 10}` : value;
}

/** Text as it stands in HTML, XML and their attributes. */
export function escapeMarkup(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
