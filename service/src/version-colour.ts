/** Told apart by most colour-blind people too: the palette of Okabe and Ito, without its black. */
export const palette = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442"] as const;

/** A colour for a version, always the same one. */
export function colourOf(version: string): string {
  let hash = 0;
  for (const letter of version) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) >>> 0;
  return palette[hash % palette.length] as string;
}
