import { randomUUID } from "node:crypto";
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import Fastify, { type FastifyInstance, LogController } from "fastify";
import type { Config } from "./config.ts";
import type { Connections } from "./connections.ts";
import { answerClientError, answerError, answerWithProblems, refuseExpectation } from "./problem.ts";
import type { Role } from "./role.ts";
import { colourOf } from "./version-colour.ts";

/** Limits that keep a slow or a huge request from holding on to anything; times in milliseconds, sizes in bytes. */
const limits = {
  maxHeaderSize: 8 * 1024,
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  connectionsCheckingInterval: 1_000,
  // Longer than a load balancer keeps an idle connection, so that it is never we who close one that it is about to use.
  // (Traefik: 90 s, nginx: 60 s.)
  keepAliveTimeout: 120_000,
  // A request without a host is refused by us, since Node would do so without a word.
  requireHostHeader: false,
};

/** Of silence while a request is under way, as of a client that does not read its answer. */
const silenceMs = 60_000;

/** A request's id from outside, which comes back in answers and logs; any other is replaced by one of our own. */
const requestId = /^[\w.:;=+/@-]{1,128}$/;

/** Creates a server that listens to nobody yet, and answers only what the bounds of its connections let in. */
export function createServer(config: Config, connections: Connections, role: () => Role): FastifyInstance {
  const app = Fastify({
    bodyLimit: 16 * 1024,
    serverFactory: (handle) => createBoundedServer(connections, handle),
    logger: { level: config.LOG_LEVEL, base: { pod: config.POD_NAME, version: config.APP_VERSION } },
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: idOf,
    // Refusing requests while closing would fail those that a proxy sent before it knew.
    return503OnClosing: false,
    forceCloseConnections: "idle",
    clientErrorHandler: answerClientError,
    frameworkErrors: answerError,
    ajv: { customOptions: { allErrors: false } },
  });
  app.addHook("onRequest", (_request, reply, done) => {
    reply.header("x-content-type-options", "nosniff");
    done();
  });
  answerWithProblems(app, () => ({ version: config.APP_VERSION, colour: colourFor(config), role: role() }));
  return app;
}

/** Colour of the version that runs. */
export function colourFor(config: Config): string {
  return config.APP_COLOUR ?? colourOf(config.APP_VERSION);
}

function createBoundedServer(
  connections: Connections,
  handle: (request: IncomingMessage, response: ServerResponse) => void,
) {
  const server = createHttpServer(limits, (request, response) => {
    connections.begin(request, response);
    handle(request, response);
  });
  server.on("checkExpectation", (request, response) => {
    connections.begin(request, response);
    refuseExpectation(response);
  });
  server.on("connection", (socket) => connections.add(socket));
  server.setTimeout(silenceMs);
  return server;
}

function idOf({ headers }: { headers: IncomingMessage["headers"] }): string {
  const given = headers["x-request-id"];
  return typeof given === "string" && requestId.test(given) ? given : randomUUID();
}
