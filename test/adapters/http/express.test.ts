/** What listens takes a crowd that comes at once: none of it has to knock a second time. */
import { existsSync, readFileSync } from "node:fs";
import { createConnection, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { baseOf, ingestApp, serve } from "../../../src/adapters/http/express.ts";

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

const nothing = (): never => {
  throw new Error("Nobody asks anything here.");
};

/** What serves nothing. */
function anApp() {
  const gate = { came: nothing, take: nothing, overloaded: false, delivers: true };
  const ingest = { receive: nothing, maxBodyBytes: nothing, refuse: nothing, turnAway: nothing };
  return ingestApp(
    { ...ingest, isLeaving: () => false, gate },
    () => undefined,
    () => "",
  );
}

test.skipIf(!existsSync(COUNTS))(
  "1,500 senders that connect while the loop is busy all get in at the first try",
  async () => {
    const { server, port } = await serve(anApp(), 0, "127.0.0.1");
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

test.each([
  [undefined, "http://127.0.0.1:80"],
  ["0.0.0.0", "http://127.0.0.1:80"],
  ["::", "http://127.0.0.1:80"],
  ["127.0.0.2", "http://127.0.0.2:80"],
  ["::1", "http://[::1]:80"],
  ["hooks.example", "http://hooks.example:80"],
])("what listens on %s is reached at %s", (host, base) => {
  expect(baseOf(host, 80)).toBe(base);
  expect(URL.canParse(base)).toBe(true);
});

test("an address that is none of this machine's is a setting that does not fit, a port that is taken is told as that", async () => {
  // TEST-NET-1 of RFC 5737, which no machine has.
  await expect(serve(anApp(), 0, "192.0.2.1")).rejects.toMatchObject({
    code: "SETTING_INVALID",
    detail: expect.stringMatching(/192\.0\.2\.1 .*EADDRNOTAVAIL.*SIGNALBOX_HOST/) as string,
  });
  const { server, port } = await serve(anApp(), 0, "127.0.0.1");
  cleanups.push(() => new Promise((resolve) => server.close(resolve)));
  await expect(serve(anApp(), port, "127.0.0.1")).rejects.toMatchObject({ code: "SETTING_PORT_TAKEN" });
});
