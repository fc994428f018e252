/** `1.2.3`, `v1.2`, `1.2.3-rc.1`. Digits without a dot can be a git sha or a date, so they are no version. */
const versionPattern = /^v?(\d+(?:\.\d+)+)(?:-([A-Za-z0-9.-]+))?$/;

/**
 * Below 0 if the first tag is the older version, above 0 if it is the newer one, 0 if neither, by the precedence of
 * semver. Nothing if either is no version and the two cannot be compared.
 */
export function compareTags(first: string, second: string): number | undefined {
  const [a, b] = [versionPattern.exec(first), versionPattern.exec(second)];
  if (!a || !b) return undefined;
  const numbers = compareParts(split(a[1]), split(b[1]), "0");
  // A version comes after its own pre-releases.
  return numbers || Number(!a[2]) - Number(!b[2]) || compareParts(split(a[2]), split(b[2]), "");
}

function split(text: string | undefined): string[] {
  return text ? text.split(".") : [];
}

/** Part by part; where one has no more parts, the filler stands in. */
function compareParts(a: string[], b: string[], filler: string): number {
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const order = comparePart(a[index] ?? filler, b[index] ?? filler);
    if (order !== 0) return order;
  }
  return 0;
}

/** Nothing before numbers, numbers before words, numbers by their size: a build number can exceed a double's. */
function comparePart(a: string, b: string): number {
  const rank = (part: string) => (part === "" ? 0 : /^\d+$/.test(part) ? 1 : 2);
  if (rank(a) !== rank(b)) return rank(a) - rank(b);
  const [x, y] = rank(a) === 1 ? [BigInt(a), BigInt(b)] : [a, b];
  return x < y ? -1 : x > y ? 1 : 0;
}
