const units: Record<string, number> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800, y: 31_536_000 };

/** Seconds of a duration as Prometheus and Kubernetes write it: `15s`, `1h30m`, `28d`. */
export function toSeconds(duration: string): number {
  const parts = [...duration.matchAll(/(\d+)(ms|[smhdwy])/g)];
  return parts.reduce((sum, [, number, unit = ""]) => sum + Number(number) * (units[unit] ?? Number.NaN), 0);
}

const parts: [unit: string, seconds: number, many: number][] = [
  ["d", 86_400, Number.POSITIVE_INFINITY],
  ["h", 3600, 24],
  ["min", 60, 60],
  ["s", 1, 60],
];

/** Seconds as one says them: `4 min 30 s`. */
export function duration(seconds: number): string {
  const said = parts.map(([unit, size, many]) => [Math.floor(seconds / size) % many, unit] as const);
  return (
    said
      .filter(([number]) => number > 0)
      .map((part) => part.join(" "))
      .join(" ") || "0 s"
  );
}
