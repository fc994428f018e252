let stream: NodeJS.WriteStream & { fd: number } = process.stdout;

/** Tells people how a command gets on. Its answer is not told here: that is what the command returns. */
export function say(text: string): void {
  stream.write(text.endsWith("\n") ? text : `${text}\n`);
}

/** Leaves stdout to the answer, for programs. */
export function sayOnStderr(): void {
  stream = process.stderr;
}

/** Where the output of a tool goes that a person watches. */
export function descriptorOfSay(): number {
  return stream.fd;
}
