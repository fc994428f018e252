import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** How much a server holds at once. */
export interface Bounds {
  /** Open connections. */
  connections: number;
  /** Requests under way on one connection: the one that is answered, and those sent behind it without waiting. */
  pipelined: number;
  /** Requests under way on all connections, beyond which none may be sent behind another. */
  requests: number;
}

/**
 * The open connections of a server, and how many requests are under way on each.
 *
 * Node bounds neither in a way that helps. Beyond `maxConnections` it refuses the newest, so that whoever keeps that many
 * open locks everybody else out, probes included: here the new one is taken, and the one that has been idle for longest
 * ends. And it parses all that one read has brought: 64 KiB hold 2,900 requests, each with its objects, and
 * `maxRequestsPerSocket` queues an answer to each of them all the same.
 *
 * There is no bound by address: behind an ingress controller all users have the same few.
 */
export class Connections {
  /** Requests under way by open connection; the one whose last request, or beginning, is the longest ago comes first. */
  readonly #open = new Map<Socket, number>();
  /** Those that wait for another request after an answer, the one that has waited for longest first. */
  readonly #idle = new Set<Socket>();
  readonly #bounds: Bounds;
  #requests = 0;

  constructor(bounds: Bounds) {
    this.#bounds = bounds;
  }

  /** Requests under way on all connections. Those of a connection that has closed are none. */
  get requests(): number {
    return this.#requests;
  }

  /**
   * Takes a new connection. One too many ends the one that has waited for another request for longest. Where none waits,
   * as in a flood of requests that never end, it ends the one whose last request is the longest ago: so a new connection
   * has its time, however many hold on to theirs.
   */
  add(socket: Socket): void {
    if (this.#open.size >= this.#bounds.connections) this.#endOne();
    this.#open.set(socket, 0);
    endWhere(socket, () => this.#hasTooMany(socket));
    socket.once("close", () => {
      // Node never closes the responses that wait behind another: all of them are counted off here.
      this.#requests -= this.#open.get(socket) ?? 0;
      this.#open.delete(socket);
      this.#idle.delete(socket);
    });
  }

  /** Counts a request until it is answered, or its connection closes. */
  begin({ socket }: IncomingMessage, response: ServerResponse): void {
    const before = this.#open.get(socket);
    if (before === undefined) return;
    this.#open.delete(socket); // to be the last from now on
    this.#open.set(socket, before + 1);
    this.#idle.delete(socket);
    this.#requests++;
    response.once("close", () => this.#answered(socket));
  }

  #answered(socket: Socket): void {
    const before = this.#open.get(socket);
    if (before === undefined) return; // the connection has closed first
    this.#requests--;
    this.#open.set(socket, before - 1);
    if (before === 1 && !socket.destroyed) this.#idle.add(socket);
  }

  #hasTooMany(socket: Socket): boolean {
    const before = this.#open.get(socket) ?? 0;
    return before >= this.#bounds.pipelined || (before > 0 && this.#requests >= this.#bounds.requests);
  }

  #endOne(): void {
    const [longestIdle] = this.#idle;
    const socket = longestIdle ?? this.#open.keys().find(({ destroyed }) => !destroyed);
    if (!socket) return;
    this.#idle.delete(socket);
    socket.destroy();
  }
}

/** What Node calls for each request that it has read the head of; 2 has it read no further. */
type OnIncoming = (request: IncomingMessage, keepAlive: boolean) => number;

/**
 * Ends a connection at the request that is one too many: HTTP has the client send again what was not answered (RFC 9112,
 * 9.3.2). To destroy the socket is not enough, since Node still parses the rest of what it has read, and keeps it until the
 * event loop has been through the reads of all other connections. Nothing documented stops it: this is how an upgrade does.
 */
function endWhere(socket: Socket & { parser?: { onIncoming: OnIncoming } }, isTooMany: () => boolean): void {
  const { parser } = socket;
  if (!parser) throw new Error("Node keeps its parser elsewhere now: pipelined requests would be without bound");
  const handle = parser.onIncoming;
  parser.onIncoming = (request, keepAlive) => {
    if (!isTooMany()) return handle(request, keepAlive);
    socket.destroy();
    return 2;
  };
}
