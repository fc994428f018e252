import type { ScalarTag, Tags } from "yaml";

/** What Helm may take for a number: https://github.com/yaml/go-yaml/blob/v2.4.3/resolve.go, which allows `_` anywhere. */
const numberLike =
  /^[-+]?_*(?:0_*[xX][\da-fA-F_]+|0_*[bB][01_]+|0_*[oO][0-7_]+|(?:\d[\d_]*(?:\.[\d_]*)?|\.[\d_]+)(?:[eE][-+]?[\d_]+)?)$/;
const notFinite = /^(?:[-+]?\.(?:inf|Inf|INF)|\.nan|\.NaN|\.NAN)$/;

/** A number as Helm reads it; the text itself where Helm takes it for a string after all, such as `1e999`. */
function readNumber(written: string): number | string {
  if (notFinite.test(written)) return written.includes("n") && !/inf/i.test(written) ? Number.NaN : infinity(written);
  const [, sign = "", digits = ""] = /^([-+]?)(.*)$/.exec(written.replaceAll("_", "")) ?? [];
  const decimal = /^(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/.test(digits);
  // Without an `o` too, as in YAML 1.1: 010 is 8.
  const octal = /^0[oO]?([0-7]+)$/.exec(digits);
  const value = octal ? Number.parseInt(octal[1] ?? "", 8) : decimal || /^0[xXbB]./.test(digits) ? Number(digits) : NaN;
  return Number.isFinite(value) ? (sign === "-" ? -value : value) : written;
}

function infinity(written: string): number {
  return written.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

const number: ScalarTag = {
  tag: "tag:yaml.org,2002:float",
  default: true,
  test: new RegExp(`${numberLike.source}|${notFinite.source}`),
  resolve: readNumber,
};

/** JSON's types, by YAML 1.1 as Helm reads it: `yes` is true, `0o14` and `014` are 12, `1:20` and `2001-01-01` are text. */
export function tagsOfHelm(tags: Tags): Tags {
  const kept = tags.filter((tag) => typeof tag === "object" && /:(?:map|seq|str|null|bool)$/.test(tag.tag));
  return [...kept, { ...number, tag: "tag:yaml.org,2002:int" }, number];
}

/** For writing: whatever YAML 1.1 or Helm would read as another type stands in quotes. */
export function withTagsOfHelm(tags: Tags): Tags {
  return [...tags, number];
}
