import { connect, type Socket } from "node:net";

/** What a client without manners sends. */
export interface Flood {
  port: number;
  connections: number;
  /** Sent at once on each connection, which is then kept open. */
  bytes: string;
}

// A process of its own: one that floods and measures would measure itself.
const { port, connections, bytes } = JSON.parse(process.argv[2] as string) as Flood;
const sockets: Socket[] = [];
let left = connections;

/** Opens a few at a time, as a kernel takes them. */
function openMore(): void {
  for (let opened = 0; opened < 200 && sockets.length < connections; opened++) {
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes, done)).on("error", done);
    socket.resume();
    sockets.push(socket);
    let isDone = false;
    function done() {
      if (!isDone && --left === 0) process.send?.("sent");
      isDone = true;
    }
  }
  if (sockets.length < connections) setImmediate(openMore);
}
openMore();
process.on("disconnect", () => process.exit());
