import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyInstance } from "fastify";
import { sendProblem } from "./problem.ts";

/** Requests to `/slow` that wait at the same time: each holds its objects for up to 10 s, whatever it costs to send. */
const most = 100;

/** Adds the route that takes as long as it is asked to, in milliseconds. */
export function addSlow(app: FastifyInstance): void {
  const ms = { type: "integer", minimum: 0, maximum: 10_000, default: 1000 };
  const schema = { querystring: { type: "object", properties: { ms } } };
  let waiting = 0;
  app.get<{ Querystring: { ms: number } }>("/slow", { schema }, async (request, reply) => {
    if (waiting >= most) {
      reply.header("retry-after", "1");
      return sendProblem(request, reply, 503, `${most} requests wait here already.`);
    }
    waiting++;
    // A client that goes away frees its place.
    await sleep(request.query.ms, undefined, { signal: request.signal }).catch(() => undefined);
    waiting--;
    return { ms: request.query.ms };
  });
}
