import { randomBytes } from "node:crypto";

const pattern = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** Place of a request in a trace: https://www.w3.org/TR/trace-context/ */
export interface TraceContext {
  traceId: string;
  /** Sent on, with a span of our own as the parent. */
  traceparent: string;
}

/**
 * Continues the trace of a `traceparent` header. Without a valid one there is none: the specification has an invalid
 * header ignored, not refused.
 */
export function continueTrace(header: string | string[] | undefined): TraceContext | undefined {
  if (typeof header !== "string") return undefined;
  const [, version, traceId, parentId, flags, rest] = pattern.exec(header) ?? [];
  if (!version || version === "ff" || !traceId || !parentId || !flags) return undefined;
  if (version === "00" && rest !== undefined) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(parentId)) return undefined;
  return { traceId, traceparent: `00-${traceId}-${randomBytes(8).toString("hex")}-${flags}` };
}
