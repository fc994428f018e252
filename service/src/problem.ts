import { type ServerResponse, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

const contentType = "application/problem+json";
const nosniff = { "x-content-type-options": "nosniff" };

/** A problem as RFC 9457 has it. */
function problem(status: number, detail: string, more: object = {}) {
  return { type: "about:blank", title: STATUS_CODES[status] ?? "Error", status, detail, ...more };
}

/**
 * Answers every error of an app, and every unknown route, with a problem. What `origin` says is added to those of failed
 * requests: who watches a rollout wants to know which version failed, and whether it is the new one.
 */
export function answerWithProblems(app: FastifyInstance, origin: () => object): void {
  app.setErrorHandler((error: FastifyError, request, reply) => answerError(error, request, reply, origin()));
  app.setNotFoundHandler((request, reply) => sendProblem(request, reply, 404, "There is no such route."));
  app.addHook("onRequest", (request, reply, done) => {
    if (request.headers.host === undefined && request.raw.httpVersion !== "1.0") {
      sendProblem(request, reply, 400, "The Host header is missing.");
    } else done();
  });
  // What Node would answer by itself, with nothing or with a closed connection.
  app.server.on("connect", (_request, socket: Socket) => refuse(socket, 405, "This is not a proxy."));
}

/** Answers a request that expects what is not met. */
export function refuseExpectation(response: ServerResponse): void {
  const body = JSON.stringify(problem(417, "No expectation but 100-continue is met."));
  response.writeHead(417, { ...nosniff, "content-type": contentType, connection: "close" }).end(body);
}

/** Answers an error with a problem. What went wrong inside is only logged. */
export function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply, origin = {}): void {
  const status = error.statusCode && error.statusCode >= 400 ? error.statusCode : 500;
  if (status >= 500) request.log.error({ err: error }, "request failed");
  sendProblem(request, reply, status, status >= 500 ? "The request could not be served." : error.message, origin);
}

/** Answers with a problem. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, status: number, detail: string, more = {}) {
  return reply
    .code(status)
    .headers(nosniff)
    .type(contentType)
    .send(problem(status, detail, { requestId: request.id, ...more }));
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
  refuse(socket, ...(byCode[error.code ?? ""] ?? ([400, "This is not a valid HTTP request."] as const)));
}

/** Answers on a connection that is no longer, or never was, read as HTTP, and closes it. */
function refuse(socket: Socket, status: number, detail: string): void {
  const body = JSON.stringify(problem(status, detail));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `Content-Type: ${contentType}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    "X-Content-Type-Options: nosniff",
    "Connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}
