/** Fetching keys over real HTTP: once for each URL, within limits, remembering what failed. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createKeyTexts } from "../../../src/adapters/http/key-texts.ts";
import { createHttp } from "../../../src/adapters/http/undici.ts";
import { parseRange } from "../../../src/core/address.ts";
import type { FetchText } from "../../../src/core/fetch-text.ts";

let server: Server;
let base: string;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let calls: string[];
let now: number;
let http: ReturnType<typeof createHttp>;
let fetchText: FetchText;

beforeEach(async () => {
  calls = [];
  now = 0;
  answer = (_, response) => response.end("key");
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      calls.push(`${request.method} ${request.url} ${request.headers["authorization"] ?? ""}${body}`);
      answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  http = createHttp({ allowPrivate: [parseRange("127.0.0.0/8")!] });
  fetchText = createKeyTexts(http, () => now);
});
afterEach(async () => {
  await http.close();
  await new Promise((resolve) => server.close(resolve));
});

test("a key is asked for once, however many wait for it, and again after an hour", async () => {
  const url = `${base}/k`;
  expect(await Promise.all([1, 2, 3].map(() => fetchText({ url })))).toEqual(["key", "key", "key"]);
  now = 3_599_000;
  await fetchText({ url });
  expect(calls.length).toBe(1);
  now = 3_600_000;
  await fetchText({ url });
  expect(calls.length).toBe(2);
});

test("asked for anew, a minute old at least", async () => {
  await fetchText({ url: base });
  now = 59_000;
  await fetchText({ url: base, anew: true });
  expect(calls.length).toBe(1);
  now = 60_000;
  await fetchText({ url: base, anew: true });
  expect(calls.length).toBe(2);
});

test("a failure is remembered for half a minute; redirects and errors are failures", async () => {
  answer = (_, response) => response.writeHead(302, { location: "/other" }).end();
  await expect(fetchText({ url: base })).rejects.toThrow(/302/);
  answer = (_, response) => response.end("key");
  now = 29_000;
  await expect(fetchText({ url: base })).rejects.toThrow(/302/);
  now = 30_000;
  expect(await fetchText({ url: base })).toBe("key");
  expect(calls).toEqual(["GET / ", "GET / "]);
});

test("headers and what is posted make a key of its own", async () => {
  await fetchText({ url: base, headers: { authorization: "Bearer a" } });
  await fetchText({ url: base, post: '{"kid":1}' });
  await fetchText({ url: base, post: '{"kid":2}' });
  expect(calls).toEqual(["GET / Bearer a", 'POST / {"kid":1}', 'POST / {"kid":2}']);
});

test("a stranger who names ever new keys does not have the provider flooded", async () => {
  const asked = Array.from({ length: 100 }, (_, at) =>
    fetchText({ url: `${base}/${at}` }).catch(() => "refused"),
  );
  const answers = await Promise.all(asked);
  expect(answers.filter((text) => text === "refused").length).toBe(90);
  expect(calls.length).toBe(10);
  now = 1_000;
  expect(await fetchText({ url: `${base}/later` })).toBe("key");
});
