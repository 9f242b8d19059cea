import net, { type AddressInfo, type LookupFunction } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { createHttp } from "../../../src/adapters/http/undici.ts";
import { parseRange } from "../../../src/core/address.ts";
import type { Http } from "../../../src/ports.ts";

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A listener on an address that answers 200 once and closes; it counts who connects. */
async function aListener(host: string, port = 0) {
  const seen = { connections: 0 };
  const server = net.createServer((socket) => {
    seen.connections++;
    socket
      .on("error", () => undefined)
      .once("data", () => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok"));
  });
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  cleanups.push(() => new Promise((resolve) => server.close(resolve)));
  return { seen, port: (server.address() as AddressInfo).port };
}

function client(allow: string[], lookup?: LookupFunction) {
  const http = createHttp({
    allowPrivate: allow.map((text) => parseRange(text)!),
    ...(lookup && { lookup }),
  });
  cleanups.push(() => http.close());
  return http;
}

const call = (http: Http, host: string, port: number) =>
  http.send({
    method: "POST",
    url: `http://${host}:${port}/`,
    headers: {},
    body: Buffer.from("{}"),
    timeoutMs: 2_000,
  });

/** A resolver that answers the nth question with the nth list of addresses, and the last one from then on. */
function resolver(...answers: string[][]) {
  const asked: string[] = [];
  const lookup: LookupFunction = (host, options, callback) => {
    const addresses = answers[Math.min(asked.length, answers.length - 1)]!;
    asked.push(host);
    const found = addresses.map((address) => ({ address, family: net.isIP(address) }));
    if (options.all) callback(null, found);
    else callback(null, found[0]!.address, found[0]!.family);
  };
  return { asked, lookup };
}

const SPELLINGS = [
  "127.0.0.1",
  "127.0.0.1.",
  "127.1",
  "127.0.1",
  "2130706433",
  "017700000001",
  "0x7f000001",
  "0x7f.1",
  "0177.0.0.1",
  "0177.0x0.0.01",
  "%31%32%37.0.0.1",
  "①②⑦.⓪.⓪.①",
  "127。0。0。1",
  "127.255.255.254",
  "0",
  "0.0.0.0",
  "localhost",
  "LOCALHOST",
  "[::1]",
  "[0:0:0:0:0:0:0:1]",
  "[::]",
  "[::ffff:127.0.0.1]",
  "[::ffff:7f00:1]",
  "[::7f00:1]",
  "[::ffff:0:7f00:1]",
  "[64:ff9b::7f00:1]",
  "[64:ff9b:1::7f00:1]",
  "[2002:7f00:1::]",
  "[2001:0:7f00:1::]",
  "[fe80::1]",
  "[fd00:ec2::254]",
  "[fec0::1]",
  "[5f00::1]",
  "169.254.169.254",
  "100.100.100.200",
  "10.0.0.1",
  "172.16.0.1",
  "192.168.0.1",
  "198.18.0.1",
  "224.0.0.1",
  "240.0.0.1",
  "255.255.255.255",
];

describe("private addresses", () => {
  test("are not connected to, however they are spelled", async () => {
    const v4 = await aListener("0.0.0.0");
    const http = client([]);
    const codes = await Promise.all(
      SPELLINGS.map((host) =>
        call(http, host, v4.port).then(String, (error: { code: string }) => `${host} ${error.code}`),
      ),
    );
    expect(codes).toEqual(SPELLINGS.map((host) => `${host} FORWARD_ADDRESS_REFUSED`));
    expect(v4.seen.connections).toBe(0);
    expect((await call(client(["127.0.0.0/8"]), "127.1", v4.port)).status).toBe(200);
    expect(v4.seen.connections).toBe(1);
  });

  test("are refused with the host and where it is in the error", async () => {
    const { lookup } = resolver(["10.1.2.3", "::1"]);
    await expect(call(client([], lookup), "inside.example", 80)).rejects.toMatchObject({
      code: "FORWARD_ADDRESS_REFUSED",
      detail: expect.stringContaining("inside.example resolves to 10.1.2.3, ::1") as string,
    });
    await expect(call(client([]), "127.0.0.1", 80)).rejects.toMatchObject({
      detail: expect.stringContaining("127.0.0.1 is a private") as string,
    });
  });

  test("are called when they are allowed, and only those", async () => {
    const { port, seen } = await aListener("0.0.0.0");
    const http = client(["127.0.0.1"]);
    expect((await call(http, "127.0.0.1", port)).status).toBe(200);
    await expect(call(http, "127.0.0.2", port)).rejects.toMatchObject({ code: "FORWARD_ADDRESS_REFUSED" });
    expect(seen.connections).toBe(1);
  });
});

// Two loopback addresses stand for a public and a private one; other systems than Linux have one only.
describe.skipIf(process.platform !== "linux")("names", () => {
  test("whose answer flips are not followed to the forbidden address", async () => {
    const allowed = await aListener("127.0.0.2");
    const forbidden = await aListener("127.0.0.1", allowed.port);
    const { lookup, asked } = resolver(["127.0.0.2"], ["127.0.0.1"]);
    const http = client(["127.0.0.2"], lookup);
    expect((await call(http, "flips.example", allowed.port)).status).toBe(200);
    for (let i = 0; i < 5; i++) {
      await expect(call(http, "flips.example", allowed.port)).rejects.toMatchObject({
        code: "FORWARD_ADDRESS_REFUSED",
      });
    }
    expect(forbidden.seen.connections).toBe(0);
    expect(allowed.seen.connections).toBe(1);
    expect(asked.length).toBe(6); // one question a connection: none between the check and the use
  });

  test("with good and bad addresses are called at the good ones", async () => {
    const allowed = await aListener("127.0.0.2");
    const forbidden = await aListener("127.0.0.1", allowed.port);
    const { lookup } = resolver(["127.0.0.1", "127.0.0.2", "::1"]);
    const http = client(["127.0.0.2"], lookup);
    for (let i = 0; i < 5; i++) expect((await call(http, "mixed.example", allowed.port)).status).toBe(200);
    expect(forbidden.seen.connections).toBe(0);
  });

  test.each(["127.1", "0x7f.0.0.1", "localhost", "", "::ffff:7f00:1"])(
    "that resolve to %j are refused",
    async (address) => {
      const { port, seen } = await aListener("127.0.0.1");
      const { lookup } = resolver([address]);
      await expect(call(client(["127.0.0.2"], lookup), "odd.example", port)).rejects.toMatchObject({
        code: "FORWARD_ADDRESS_REFUSED",
      });
      expect(seen.connections).toBe(0);
    },
  );
});
