/** HTTP as no sender should write it, byte by byte over a socket: requests that could be read in two ways, heads that never end, headers that would make others. */
import { createHmac } from "node:crypto";
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { headersOf, post, SECRET } from "../helpers/github.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { until } from "../helpers/until.ts";

let scene: Scene;
let port: number;
beforeAll(async () => {
  scene = await aScene({
    files: {
      "sources/echo.yaml":
        "provider: github\nsecrets: ['${SECRET}']\nrespond: { body: { said: '{{ text }}' } }\n",
    },
  });
  port = Number(new URL(scene.router.hooks).port);
}, 60_000);
afterAll(() => scene.close());

const BODY = '{"ref":"smuggled"}';
const SIGNED = `x-hub-signature-256: sha256=${createHmac("sha256", SECRET).update(BODY).digest("hex")}`;
const HEAD = `host: x\r\ncontent-type: application/json\r\nx-github-event: push\r\n${SIGNED}\r\n`;
/** A whole second request that is hidden in what a first one calls its body. */
const HIDDEN = `POST /hooks/github HTTP/1.1\r\n${HEAD}x-github-delivery: hidden\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`;

/** All that is answered to these bytes until the other side closes, or nothing more comes for a while. */
function sendRaw(text: string | Buffer, quietMs = 400): Promise<string> {
  return new Promise((resolve) => {
    let said = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    const end = (): void => {
      socket.destroy();
      resolve(said);
    };
    socket.setTimeout(quietMs, end);
    socket.on("data", (data) => (said += data.toString("latin1")));
    socket.on("close", end).on("error", end);
  });
}

const statusesIn = (said: string): string[] =>
  [...said.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => status!);

describe("a request that could be read in two ways", () => {
  const chunked = `${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`;
  const line = "POST /hooks/github HTTP/1.1\r\n";
  const cases: [string, string][] = [
    [
      "a length and chunks",
      `${line}${HEAD}content-length: 6\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${HIDDEN}`,
    ],
    [
      "chunks and a length",
      `${line}${HEAD}transfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n${chunked}${HIDDEN}`,
    ],
    ["two lengths", `${line}${HEAD}content-length: 0\r\ncontent-length: ${BODY.length}\r\n\r\n${HIDDEN}`],
    ["two equal lengths", `${line}${HEAD}content-length: 0\r\ncontent-length: 0\r\n\r\n${HIDDEN}`],
    ["a list of lengths", `${line}${HEAD}content-length: 0, 18\r\n\r\n${HIDDEN}`],
    ["a negative length", `${line}${HEAD}content-length: -1\r\n\r\n${HIDDEN}`],
    ["a length with a sign", `${line}${HEAD}content-length: +0\r\n\r\n${HIDDEN}`],
    ["a length in hex", `${line}${HEAD}content-length: 0x12\r\n\r\n${HIDDEN}`],
    ["a length that overflows", `${line}${HEAD}content-length: 18446744073709551616\r\n\r\n${HIDDEN}`],
    ["a length without digits", `${line}${HEAD}content-length: \r\n\r\n${HIDDEN}`],
    ["a folded header", `${line}${HEAD}x-a: b\r\n c\r\ntransfer-encoding:\r\n chunked\r\n\r\n${HIDDEN}`],
    ["a folded length", `${line}${HEAD}content-length:\r\n 0\r\n\r\n${HIDDEN}`],
    ["white space before a colon", `${line}${HEAD}transfer-encoding : chunked\r\n\r\n${HIDDEN}`],
    ["white space before a name", `${line} transfer-encoding: chunked\r\n${HEAD}\r\n${HIDDEN}`],
    ["another coding", `${line}${HEAD}transfer-encoding: xchunked\r\n\r\n${HIDDEN}`],
    ["two codings", `${line}${HEAD}transfer-encoding: chunked, identity\r\n\r\n${chunked}${HIDDEN}`],
    [
      "a coding with a control character",
      `${line}${HEAD}transfer-encoding: \u000bchunked\r\n\r\n${chunked}${HIDDEN}`,
    ],
    ["a zero byte in a name", `${line}${HEAD}content\u0000-length: 0\r\n\r\n${HIDDEN}`],
    ["a zero byte in a value", `${line}${HEAD}x-a: b\u0000c\r\n\r\n${HIDDEN}`],
    ["bare line feeds", `${line}${HEAD}content-length: 0\n\n${HIDDEN}`],
    ["bare carriage returns", `${line}${HEAD}x-a: b\rcontent-length: 0\r\n\r\n${HIDDEN}`],
    ["a chunk's size that is none", `${line}${HEAD}transfer-encoding: chunked\r\n\r\nzz\r\n${HIDDEN}`],
    [
      "a chunk's size that overflows",
      `${line}${HEAD}transfer-encoding: chunked\r\n\r\n${"f".repeat(17)}\r\n${HIDDEN}`,
    ],
    ["a negative chunk", `${line}${HEAD}transfer-encoding: chunked\r\n\r\n-1\r\n${HIDDEN}`],
    [
      "a chunk that is longer than it says",
      `${line}${HEAD}transfer-encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n${HIDDEN}`,
    ],
    ["no host", `${line}${HEAD.replace("host: x\r\n", "")}content-length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`],
    [
      "a version that is none",
      `POST /hooks/github HTTP/1.2\r\n${HEAD}content-length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`,
    ],
    [
      "a path with a space",
      `POST /hooks/git hub HTTP/1.1\r\n${HEAD}content-length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`,
    ],
    ["no HTTP at all", `\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc${HIDDEN}`],
  ];

  it.each(cases)("by %s is refused whole: what is hidden in it is not a request", async (_what, bytes) => {
    const said = await sendRaw(Buffer.from(bytes, "latin1"));
    const statuses = statusesIn(said);
    expect(statuses.filter((status) => status < "400")).toEqual([]);
    expect(statuses.length).toBeLessThanOrEqual(1);
  });

  it("leaves nothing behind: none of what was hidden has become an event", async () => {
    const last = await post(scene.router.hooks, { body: '{"ref":"last"}' });
    await until("what came after them all is delivered", () =>
      scene.target.arrivals.some(({ headers }) => headers["webhook-id"] === last.json.deliveries?.[0]),
    );
    const { items } = (await (await scene.router.ask("/api/v1/events?limit=50")).json()) as {
      items: { id: string }[];
    };
    expect(items.map(({ id }) => id)).toEqual([last.json.id]);
    expect(scene.target.arrivals.map(({ body }) => body)).toEqual(['{"ref":"last"}']);
  });

  it("but two requests one after the other on a connection are two, and chunks are put together", async () => {
    const one = `${line}${HEAD}x-github-delivery: one\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`;
    const two = `${line}${HEAD}x-github-delivery: two\r\ntransfer-encoding: chunked\r\n\r\n3\r\n${BODY.slice(0, 3)}\r\n${(BODY.length - 3).toString(16)}\r\n${BODY.slice(3)}\r\n0\r\n\r\n`;
    expect(statusesIn(await sendRaw(one + two, 1_500))).toEqual(["202", "202"]);
    await until("both arrive", () => scene.target.arrivals.filter(({ body }) => body === BODY).length === 2);
  });
});

describe("a head that is too much", () => {
  it.each([
    ["of 100 KB in one header", `x-a: ${"a".repeat(100_000)}\r\n`],
    [
      "of 100 KB in many headers",
      Array.from({ length: 4_000 }, (_, at) => `x-${at}: ${"a".repeat(16)}\r\n`).join(""),
    ],
  ])("%s is refused with 431", async (_what, headers) => {
    const said = await sendRaw(`POST /hooks/github HTTP/1.1\r\nhost: x\r\n${headers}\r\n`);
    expect(statusesIn(said)).toEqual(["431"]);
  });

  it("in the address is refused, too, and the next request is served", async () => {
    const said = await sendRaw(`POST /hooks/github?${"a".repeat(100_000)} HTTP/1.1\r\nhost: x\r\n\r\n`);
    expect(statusesIn(said)).toEqual(["431"]);
    expect((await post(scene.router.hooks, { body: '{"ref":"after"}' })).status).toBe(202);
  });
});

describe("other methods and protocols", () => {
  it.each(["TRACE", "CONNECT", "OPTIONS", "PUT", "DELETE", "PATCH", "PROPFIND"])(
    "%s does nothing",
    async (method) => {
      const said = await sendRaw(
        `${method} /hooks/github HTTP/1.1\r\n${HEAD}content-length: ${BODY.length}\r\n\r\n${BODY}`,
      );
      expect(statusesIn(said).filter((status) => status < "400")).toEqual([]);
      expect(said).not.toContain(SIGNED);
    },
  );

  it("an upgrade is not taken", async () => {
    const said = await sendRaw(
      `GET /hooks/github HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nsec-websocket-version: 13\r\n\r\n`,
    );
    expect(statusesIn(said)).not.toContain("101");
    const h2 = await sendRaw("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    expect(statusesIn(h2).filter((status) => status < "400")).toEqual([]);
  });
});

describe("500 connections that write a byte now and then", () => {
  it("do not keep another sender waiting, and are ended within their time", async () => {
    const slow: Socket[] = [];
    let ended = 0;
    for (let nth = 0; nth < 500; nth++) {
      const socket = connect(port, "127.0.0.1", () =>
        socket.write("POST /hooks/github HTTP/1.1\r\nhost: x\r\nx-"),
      );
      socket.on("error", () => undefined).on("close", () => ended++);
      slow.push(socket);
    }
    const dripping = setInterval(() => slow.forEach((socket) => !socket.destroyed && socket.write("a")), 500);
    try {
      const took: number[] = [];
      for (let nth = 0; nth < 40; nth++) {
        const began = performance.now();
        expect((await post(scene.router.hooks, { body: `{"ref":"healthy-${nth}"}` })).status).toBe(202);
        took.push(performance.now() - began);
      }
      took.sort((one, other) => one - other);
      expect(took[Math.floor(took.length * 0.9)]).toBeLessThan(500);
      // A head has 10 s, which are looked at every 5.
      await until("they are all ended", () => ended === slow.length, { withinMs: 30_000, everyMs: 500 });
    } finally {
      clearInterval(dripping);
      slow.forEach((socket) => socket.destroy());
    }
  }, 90_000);
});

describe("what comes in and goes out again", () => {
  const nasty = "x\r\nset-cookie: a=b\r\n\r\nHTTP/1.1 200 OK\r\n\r\n<script>";

  it("never makes a header or a second answer of its own: answers that repeat what was sent", async () => {
    const body = JSON.stringify({ text: nasty });
    const response = await fetch(`${scene.router.hooks}/hooks/echo`, {
      method: "POST",
      headers: headersOf({ body }),
      body,
    });
    expect(response.headers.get("set-cookie")).toBeNull();
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    expect(response.headers.get("content-type")).not.toContain("html");
    const broken = await sendRaw(
      `POST /hooks/x%0d%0aset-cookie:%20a=b HTTP/1.1\r\n${HEAD}content-length: 0\r\n\r\n`,
    );
    expect(statusesIn(broken)).toEqual(["404"]);
    expect(broken.toLowerCase()).not.toContain("\r\nset-cookie");
  });

  it("never makes a log line of its own: ids, types and agents with line breaks in them", async () => {
    const before = scene.router.log.length;
    const forged = '"}\\n{"level":"error","msg":"forged"}';
    const headers = {
      "user-agent": `x ${forged}`,
      "x-github-event": `push${forged}`,
      "x-github-delivery": `id ${forged} \u00e9`,
    };
    await post(scene.router.hooks, { body: JSON.stringify({ ref: nasty }), headers });
    await post(scene.router.hooks, { body: "{}", headers, secret: "wrong" });
    await until("both are logged", () => scene.router.log.length >= before + 2);
    expect(scene.router.log.filter((line) => line["msg"] === "forged")).toEqual([]);
  });
});
