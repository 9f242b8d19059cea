/** What listens takes a crowd that comes at once: none of it has to knock a second time. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createConnection, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { adminApp, baseOf, ingestApp, serve } from "../../../src/adapters/http/express.ts";
import { SignalboxError } from "../../../src/core/errors.ts";
import { aLog } from "../../helpers/log.ts";

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
    aLog(),
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

test("what nobody foresaw is answered 500 and logged with its place, without its message or the path as it was sent", async () => {
  const log = aLog();
  const throwing = (path: string, thrown: unknown) => ({
    ...{ method: "GET" as const, path },
    answer: () => Promise.reject(thrown as Error),
  });
  const app = adminApp(
    {
      paths: [
        throwing("/a/:secret", new TypeError("holds p4yload")),
        throwing("/b", new SignalboxError("ADMIN_BODY_INVALID", "Known.")),
      ],
      mounts: [],
      guard: () => undefined,
      otherwise: () => undefined,
    },
    () => undefined,
    () => "",
    log,
  );
  const { server, port } = await serve(app, 0, "127.0.0.1");
  cleanups.push(() => new Promise((resolve) => server.close(resolve)));
  const statusOf = async (path: string): Promise<number> =>
    (await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: "close" } })).status;
  expect([await statusOf("/b"), await statusOf("/a/%ff"), log.lines.length]).toEqual([400, 404, 0]);
  expect(await statusOf("/a/t0ken")).toBe(500);
  expect(log.lines).toMatchObject([
    {
      level: "error",
      step: "http.unforeseen",
      fields: { method: "GET", path: "/a/:secret", error: "TypeError" },
    },
  ]);
  expect(log.lines[0]!.fields["frames"]).toContainEqual(expect.stringContaining("express.test.ts"));
  expect(log.text()).not.toMatch(/p4yload|t0ken/);
});

test("a port that is in use is SETTING_PORT_TAKEN", async () => {
  const { server, port } = await serve(anApp(), 0, "127.0.0.1");
  cleanups.push(() => new Promise((resolve) => server.close(resolve)));
  await expect(serve(anApp(), port, "127.0.0.1")).rejects.toMatchObject({ code: "SETTING_PORT_TAKEN" });
});

const LOWEST = "/proc/sys/net/ipv4/ip_unprivileged_port_start";
const isReserved = existsSync(LOWEST) && Number(readFileSync(LOWEST, "utf8")) > 1;

// An ordinary user's try: the tests may run as root, which may listen everywhere.
test.skipIf(!isReserved)(
  "a port that needs a privilege is SETTING_PORT_DENIED, not one that is in use",
  () => {
    const built = new URL("../../../dist/adapters/http/express.js", import.meta.url).href;
    const script = `import { serve } from ${JSON.stringify(built)};
    await serve(() => undefined, 1, "127.0.0.1").catch(({ code, message }) => console.log(code, message));`;
    const { stdout } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
      encoding: "utf8",
      timeout: 20_000,
      ...(process.getuid?.() === 0 && { uid: 65_534, gid: 65_534 }),
    });
    expect(stdout).toMatch(/^SETTING_PORT_DENIED .*Port 1 cannot be listened on \(EACCES\)/);
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
