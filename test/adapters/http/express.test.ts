/** What listens takes a crowd that comes at once: none of it has to knock a second time. */
import { existsSync, readFileSync } from "node:fs";
import { createConnection, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { ingestApp, serve } from "../../../src/adapters/http/express.ts";

const COUNTS = "/proc/net/netstat";
const CROWD = 1_500;
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** How many connections the system has dropped so far since a queue of those that wait was full. */
function dropped(): number {
  const [names = "", values = ""] = readFileSync(COUNTS, "utf8")
    .split("\n")
    .filter((line) => line.startsWith("TcpExt:"));
  return Number(values.split(" ")[names.split(" ").indexOf("ListenOverflows")]);
}

test.skipIf(!existsSync(COUNTS))(
  "1,500 senders that connect while the loop is busy all get in at the first try",
  async () => {
    const nothing = (): never => {
      throw new Error("Nobody asks anything here.");
    };
    const app = ingestApp(
      {
        receive: nothing,
        maxBodyBytes: nothing,
        refuse: nothing,
        turnAway: nothing,
        isLeaving: () => false,
        gate: { came: nothing, take: nothing, overloaded: false, delivers: true },
      },
      () => undefined,
      () => "",
    );
    const { server, port } = await serve(app, 0, "127.0.0.1");
    cleanups.push(() => new Promise((resolve) => server.close(resolve)));
    const before = dropped();
    // All in one turn of the loop that would have to take them.
    const sockets = Array.from({ length: CROWD }, () => createConnection({ port, host: "127.0.0.1" }));
    cleanups.push(() => sockets.forEach((socket) => socket.destroy()));
    await Promise.all(sockets.map(connected));
    expect(dropped() - before).toBe(0);
  },
);

function connected(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
}
