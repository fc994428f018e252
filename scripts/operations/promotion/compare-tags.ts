import semver from "semver";

/**
 * Below 0 if the first tag is the older version, above 0 if it is the newer one, 0 if both are the same version.
 * Undefined where semver cannot read one of the tags, such as a git hash or a date.
 */
export function compareTags(first: string, second: string): number | undefined {
  const one = readVersion(first);
  const other = readVersion(second);
  return one && other ? semver.compare(one, other) : undefined;
}

/** Reads `1.2.3`, `v1.2.3-rc.1`, and `v1.2` as 1.2.0. */
function readVersion(tag: string): semver.SemVer | null {
  return semver.parse(tag.replace(/^v?(\d+\.\d+)(?=-|$)/, "$1.0"));
}
