import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

const contentType = "application/problem+json";

/** A problem as RFC 9457 has it. */
function problem(status: number, detail: string, more: object = {}) {
  return { type: "about:blank", title: STATUS_CODES[status] ?? "Error", status, detail, ...more };
}

/** Answers every error of an app, and every unknown route, with a problem. What went wrong inside is only logged. */
export function answerWithProblems(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const status = error.statusCode && error.statusCode >= 400 ? error.statusCode : 500;
    if (status >= 500) request.log.error({ err: error }, "request failed");
    return send(request, reply, status, status >= 500 ? "The request could not be served." : error.message);
  });
  app.setNotFoundHandler((request, reply) => send(request, reply, 404, "There is no such route."));
}

function send(request: FastifyRequest, reply: FastifyReply, status: number, detail: string) {
  return reply
    .code(status)
    .type(contentType)
    .send(problem(status, detail, { requestId: request.id }));
}

const byCode: Record<string, [status: number, detail: string]> = {
  HPE_HEADER_OVERFLOW: [431, "The headers are too long."],
  ERR_HTTP_REQUEST_TIMEOUT: [408, "The request did not arrive in time."],
};

/** Answers what is no HTTP request, or arrives too slowly, and closes the connection. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, detail] = byCode[error.code ?? ""] ?? [400, "This is not a valid HTTP request."];
  const body = JSON.stringify(problem(status, detail));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `Content-Type: ${contentType}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}
