import { type ScalarTag, stringify, type Tags } from "yaml";

/** What Helm may take for a number: https://github.com/yaml/go-yaml/blob/v2.4.3/resolve.go, which allows `_` nearly anywhere. */
const numberLike =
  /^(?:(?:[-+]_*)?(?:0_*[xX][\da-fA-F_]+|0_*[bB](?:_*[-+])?[01_]+|0_*[oO][0-7_]+|\d[\d_]*(?:\.[\d_]*)?(?:[eE](?:_*[-+])?[\d_]+)?)|[-+][_.][\d._]*(?:[eE](?:_*[-+])?[\d_]+)?|\.\d+(?:_\d+)*(?:[eE][-+]?\d+(?:_\d+)*)?)$/;
const notFinite = /^(?:[-+]?\.(?:inf|Inf|INF)|\.nan|\.NaN|\.NAN)$/;

/** A number as Helm reads it; the text itself where Helm takes it for a string after all, such as `1e999`. */
function readNumber(written: string): number | string {
  if (notFinite.test(written)) return Number.NaN;
  const [, sign = "", digits = ""] = /^([-+]?)(.*)$/.exec(written.replaceAll("_", "")) ?? [];
  // A sign behind the prefix is an oddity of Helm's YAML.
  if (sign === "" && /^0b[-+][01]+$/.test(digits)) return Number.parseInt(digits.slice(2), 2);
  const value = readDigits(digits);
  return Number.isFinite(value) ? (sign === "-" ? -value : value) : written;
}

function readDigits(digits: string): number {
  // An octal number may lack its `o`, as in YAML 1.1.
  const octal = /^0[oO]?([0-7]+)$/.exec(digits)?.[1];
  if (octal !== undefined) return Number.parseInt(octal, 8);
  const isNumber = /^(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$|^0[xXbB]./.test(digits);
  return isNumber ? Number(digits) : Number.NaN;
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

/** YAML in which whatever YAML 1.1 or Helm would read as another type stands in quotes, such as `yes` or `0o14`. */
export function toYaml(value: unknown): string {
  const customTags = (tags: Tags) => [...tags, number];
  return stringify(value, { version: "1.1", customTags, aliasDuplicateObjects: false, lineWidth: 0 });
}
