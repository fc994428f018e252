/** What is wrong with one value. */
export interface Finding {
  /** From the document's root to the value. */
  path: (string | number)[];
  /** What was expected, and what was found. */
  message: string;
  /** Whether the key at the end of the path is wrong, rather than its value. */
  ofKey: boolean;
}
