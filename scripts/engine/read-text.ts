import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import type { Issue } from "../problems/issue.ts";

/** Larger files are refused unread: Kubernetes itself takes objects of 1.5 MiB at most. */
const maxBytes = 2 * 1024 * 1024;

/** What YAML takes no characters of, and Helm refuses too: control characters, halves of surrogate pairs. */
const unprintable = /[^\t\n\r -~\x85\xA0-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;

/**
 * The text of a regular file of a sane size in UTF-8, its lines ended by "\n" and without a byte order mark, or what is
 * wrong with it. Never waits, whatever the file is.
 */
export function readText(file: string): string | Issue {
  let descriptor: number | undefined;
  try {
    // Without O_NONBLOCK, opening a FIFO waits for somebody who writes into it.
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    // What was opened is asked, and not its name: that may be another file by now.
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) return { file, message: `is ${kindOf(stats)}, where a file was expected` };
    const bytes = readAtMost(descriptor, maxBytes + 1);
    if (bytes.length > maxBytes) return { file, message: tooLarge(stats.size) };
    return decode(file, bytes);
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    return { file, message: `cannot be read: ${reasons[code] ?? message}` };
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

const reasons: Record<string, string> = {
  ENOENT: "there is no such file",
  ENOTDIR: "a parent of it is not a directory",
  EACCES: "permission denied",
  EPERM: "permission denied",
  ELOOP: "symbolic links that lead in a circle",
  ENAMETOOLONG: "the name is too long",
  ENXIO: "it is a socket, or a device that is not there",
  EAGAIN: "it has nothing to read now, as a device or a pipe may",
};

function kindOf(stats: ReturnType<typeof fstatSync>): string {
  if (stats.isDirectory()) return "a directory";
  if (stats.isFIFO()) return "a named pipe";
  return stats.isSocket() ? "a socket" : "a device";
}

/** The size of some files, as those in /proc, is only known once they are read. */
function readAtMost(descriptor: number, most: number): Buffer {
  const parts: Buffer[] = [];
  for (let left = most; left > 0; ) {
    const part = Buffer.alloc(Math.min(left, 256 * 1024));
    const length = readSync(descriptor, part);
    if (length === 0) break;
    parts.push(part.subarray(0, length));
    left -= length;
  }
  return Buffer.concat(parts);
}

function tooLarge(size: number): string {
  const inMiB = (bytes: number) => `${Math.round(bytes / 1024 / 102.4) / 10} MiB`;
  const most = `more than the ${inMiB(maxBytes)} that a values file may have`;
  return size > maxBytes ? `is ${inMiB(size)}, ${most}` : `is ${most}`;
}

function decode(file: string, bytes: Buffer): string | Issue {
  const start = bytes.toString("latin1", 0, 2);
  if (start === "\xFF\xFE" || start === "\xFE\xFF") return { file, message: "is UTF-16: save it as UTF-8" };
  const text = bytes.toString("utf8");
  const written = Buffer.from(text);
  if (!written.equals(bytes)) {
    const at = bytes.findIndex((byte, index) => byte !== written[index]);
    const byte = `0x${bytes[at]?.toString(16).padStart(2, "0")}`;
    return { file, ...placeOf(bytes.toString("utf8", 0, at)), message: `${byte} is not UTF-8: save the file as UTF-8` };
  }
  const lines = text.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n");
  const wrong = unprintable.exec(lines);
  if (!wrong) return lines;
  const code = wrong[0].codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0");
  const message = `the character U+${code} may not be in YAML: remove it, or write it as an escape in double quotes`;
  return { file, ...placeOf(lines.slice(0, wrong.index)), message };
}

/** 1-based place of what follows a text. */
function placeOf(before: string): { line: number; column: number } {
  const lines = before.split("\n");
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}
