import http from "node:http";
import https from "node:https";
import net, { type AddressInfo, type LookupFunction, type Server, type Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import { createHttp, type HttpOptions } from "../../../src/adapters/http/undici.ts";
import { parseRange } from "../../../src/core/address.ts";
import { SignalboxError } from "../../../src/core/errors.ts";
import type { OutboundRequest } from "../../../src/ports.ts";
import { aCertificate } from "../../helpers/certificate.ts";
import { until } from "../../helpers/until.ts";

const LOOPBACK = [parseRange("127.0.0.0/8")!, parseRange("::1")!];
const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function client(options: Partial<HttpOptions> = {}) {
  const made = createHttp({ allowPrivate: LOOPBACK, ...options });
  cleanups.push(() => made.close());
  return made;
}

/** Listens on a free port; what is still connected at the test's end is cut. */
async function listen(server: Server, host = "127.0.0.1", port = 0) {
  const sockets = new Set<Socket>();
  const seen = { connections: 0, closed: 0 };
  server.on("connection", (socket: Socket) => {
    seen.connections++;
    sockets.add(socket.on("error", () => undefined));
    socket.on("close", () => {
      seen.closed++;
      sockets.delete(socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return { port: (server.address() as AddressInfo).port, seen, sockets };
}

/** A target that answers every request as `answer` does. */
async function aTarget(answer: http.RequestListener) {
  const { port, ...rest } = await listen(http.createServer(answer));
  return { ...rest, port, url: `http://127.0.0.1:${port}/in?key=hidden` };
}

/** A target that writes raw bytes once a request has begun. */
async function aRawTarget(answer: (socket: Socket) => void) {
  const { port, ...rest } = await listen(
    net.createServer((socket) => void socket.once("data", () => answer(socket))),
  );
  return { ...rest, port, url: `http://127.0.0.1:${port}/in?key=hidden` };
}

function aRequest(url: string, more: Partial<OutboundRequest> = {}): OutboundRequest {
  return {
    method: "POST",
    url,
    headers: { "content-type": "application/json" },
    body: Buffer.from("{}"),
    timeoutMs: 5_000,
    ...more,
  };
}

/** The error that a promise ends with, and the ms it took since `before`. */
async function failure(promise: Promise<unknown>, before = performance.now()) {
  const error = await promise.then(
    (value) => expect.fail(`expected an error, got ${JSON.stringify(value).slice(0, 200)}`),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(SignalboxError);
  const { code, detail } = error as SignalboxError;
  expect(detail).not.toContain("hidden");
  return { code, detail, ms: performance.now() - before };
}

/** Keeps this process from doing anything else, as a long turn of the event loop does. */
function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

describe("an answer", () => {
  test("comes back with status, headers, body and times; the request arrives as it was given", async () => {
    const got: unknown[] = [];
    const { url } = await aTarget((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        got.push(request.method, request.url, request.headers["x-team"], Buffer.concat(chunks).toString());
        response.writeHead(201, { "x-one": "1", "set-cookie": ["a=1", "b=2"] }).end("größer");
      });
    });
    const answer = await client().send(
      aRequest(url, { method: "PUT", headers: { "x-team": "core" }, body: Buffer.from("ü") }),
    );
    expect(got).toEqual(["PUT", "/in?key=hidden", "core", "ü"]);
    expect(answer).toMatchObject({
      status: 201,
      body: "größer",
      headers: { "x-one": "1", "set-cookie": "a=1, b=2" },
    });
    expect(answer.headMs).toBeGreaterThan(0);
    expect(answer.bodyMs).toBeGreaterThanOrEqual(answer.headMs);
  });

  test.each([204, 404, 410, 429, 500, 503])("of status %i is no error", async (status) => {
    const { url } = await aTarget((_, response) => response.writeHead(status, { "retry-after": "2" }).end());
    const answer = await client().send(aRequest(url));
    expect(answer).toMatchObject({ status, body: "", headers: { "retry-after": "2" } });
  });

  test("is the final one: early hints are passed over", async () => {
    const { url } = await aTarget((_, response) => {
      response.writeEarlyHints({ link: "</a>; rel=preload" });
      response.writeHead(200, { "x-final": "yes" }).end("ok");
    });
    expect(await client().send(aRequest(url))).toMatchObject({
      status: 200,
      body: "ok",
      headers: { "x-final": "yes" },
    });
  });

  test("to a request without a body comes too", async () => {
    const { url } = await aTarget((request, response) =>
      response.end(request.headers["content-length"] ?? "none"),
    );
    expect((await client().send(aRequest(url, { body: undefined }))).body).toBe("0");
    expect((await client().send(aRequest(url, { body: undefined, method: "GET" }))).body).toBe("none");
  });

  test("keeps 16 KB of its body, and the connection when it is not much longer", async () => {
    const { url, seen } = await aTarget((_, response) => response.end("x".repeat(900_000)));
    const http = client();
    for (let i = 0; i < 10; i++) expect((await http.send(aRequest(url))).body.length).toBe(16_384);
    expect(seen.connections).toBeLessThanOrEqual(2);
  });

  test("without end counts by its status, and its connection is destroyed after a megabyte", async () => {
    let written = 0;
    const { url, seen } = await aTarget((_, response) => {
      response.writeHead(200);
      const more = () => {
        while (!response.destroyed && response.write("y".repeat(65_536))) written += 65_536;
      };
      response.on("drain", more);
      more();
    });
    const answer = await client().send(aRequest(url));
    expect(answer.status).toBe(200);
    expect(answer.body).toBe("y".repeat(16_384));
    await until("the connection is closed", () => seen.closed > 0);
    expect(written).toBeLessThan(20_000_000);
  });

  test("that is a gzip bomb is not inflated", async () => {
    const bomb = gzipSync(Buffer.alloc(100_000_000));
    const { url } = await aTarget((_, response) =>
      response.writeHead(200, { "content-encoding": "gzip" }).end(bomb),
    );
    const before = process.memoryUsage().rss;
    const answer = await client().send(aRequest(url));
    expect(answer.body.length).toBeLessThanOrEqual(16_384);
    expect(process.memoryUsage().rss - before).toBeLessThan(50_000_000);
  });

  test.each([301, 302, 303, 307, 308])("that redirects with %i is not followed", async (status) => {
    const second = await aTarget((_, response) => response.end("secret"));
    const first = await aTarget((_, response) => response.writeHead(status, { location: second.url }).end());
    expect((await client().send(aRequest(first.url))).status).toBe(status);
    expect(second.seen.connections).toBe(0);
  });
});

describe("the deadline covers everything", () => {
  const timeoutMs = 300;

  test.each([
    ["a target that accepts and never answers", () => undefined, "did not answer within 0.3 seconds"],
    [
      "half an answer",
      (socket: Socket) => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf"),
      "answered 200, but not to the end within 0.3 seconds",
    ],
    [
      "half a head",
      (socket: Socket) => socket.write("HTTP/1.1 200 OK\r\ncontent-le"),
      "did not answer within 0.3 seconds",
    ],
    [
      "a body that drips for ever",
      (socket: Socket) => {
        socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
        const drip = setInterval(() => socket.write("1\r\n.\r\n"), 20);
        socket.on("close", () => clearInterval(drip));
      },
      "answered 200, but not to the end within 0.3 seconds",
    ],
    [
      "a head that drips for ever",
      (socket: Socket) => {
        socket.write("HTTP/1.1 200 OK\r\nx-slow: ");
        const drip = setInterval(() => socket.write("."), 20);
        socket.on("close", () => clearInterval(drip));
      },
      "did not answer within 0.3 seconds",
    ],
  ])("%s", async (_, answer, said) => {
    const { url, port, seen } = await aRawTarget((socket) => {
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
      socket.on("data", (more: Buffer) => void (more.includes("POST ") && answer(socket)));
    });
    const http = client({ connectionsPerOrigin: 1 });
    // The connection is there: on a machine with much to do that alone may take as long as the deadline.
    await http.send(aRequest(url));
    const before = performance.now();
    const { code, detail, ms } = await failure(http.send(aRequest(url, { timeoutMs })), before);
    expect(seen.connections).toBe(1);
    expect(code).toBe("FORWARD_TIMEOUT");
    expect(detail).toContain(`127.0.0.1:${port}`);
    expect(detail).toContain(said);
    expect(ms).toBeGreaterThanOrEqual(timeoutMs);
    expect(ms).toBeLessThan(timeoutMs + 500);
    await until("the connection is closed", () => seen.closed > 0);
  });

  test("and where this process stands still until it is over, nothing is sent after it", async () => {
    const requests: Socket[] = [];
    const { url } = await aRawTarget((socket) => void requests.push(socket));
    const sent = client().send(aRequest(url, { timeoutMs }));
    standStill(timeoutMs + 50);
    expect(await failure(sent)).toMatchObject({
      code: "FORWARD_TIMEOUT",
      detail: expect.stringMatching(/^There was no connection to .* within 0.3 seconds.$/) as string,
    });
    // Whatever was written would have arrived with this one.
    await failure(client().send(aRequest(url, { timeoutMs })));
    expect(requests.length).toBe(1);
  });

  test("but not an answer that came in time while this process stood still", async () => {
    const { url } = await aRawTarget((socket) =>
      // The bytes are on their way when the process stops; they are there when it goes on, and so is the deadline.
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nhere", () => standStill(timeoutMs + 100)),
    );
    expect(await client().send(aRequest(url, { timeoutMs }))).toMatchObject({ status: 200, body: "here" });
  });

  test("a TLS handshake that stalls", async () => {
    const { port } = await listen(net.createServer());
    const { code, detail } = await failure(
      client().send(aRequest(`https://127.0.0.1:${port}/`, { timeoutMs })),
    );
    expect(code).toBe("FORWARD_TIMEOUT");
    expect(detail).toBe(`There was no connection to 127.0.0.1:${port} within 0.3 seconds.`);
  });

  test("a name server that does not answer", async () => {
    const http = client({ lookup: () => undefined });
    expect(await failure(http.send(aRequest("http://slow.example/", { timeoutMs })))).toMatchObject({
      code: "FORWARD_TIMEOUT",
      detail: "There was no connection to slow.example within 0.3 seconds.",
    });
  });

  test("waiting for a connection; what ran out of time is not sent afterwards", async () => {
    const paths: string[] = [];
    const held: http.ServerResponse[] = [];
    const { port } = await aTarget((request, response) => {
      paths.push(request.url ?? "");
      if (request.url === "/first") held.push(response);
      else response.end();
    });
    const http = client({ connectionsPerOrigin: 1 });
    const first = http.send(aRequest(`http://127.0.0.1:${port}/first`));
    await until("the first request is there", () => held.length === 1);
    await failure(http.send(aRequest(`http://127.0.0.1:${port}/late`, { timeoutMs: 50 })));
    held[0]!.end();
    expect((await first).status).toBe(200);
    expect((await http.send(aRequest(`http://127.0.0.1:${port}/third`))).status).toBe(200);
    expect(paths).toEqual(["/first", "/third"]);
  });
});

describe("a connection that fails", () => {
  test("in mid-body", async () => {
    const { url } = await aRawTarget((socket) => {
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf", () => socket.resetAndDestroy());
    });
    const { code, detail } = await failure(client().send(aRequest(url)));
    expect(code).toBe("FORWARD_CONNECTION_FAILED");
    expect(detail).toMatch(
      /(answered 200, but not to the end|could not be reached): it (reset|closed) the connection/,
    );
  });

  test("before an answer", async () => {
    const { url } = await aRawTarget((socket) => socket.resetAndDestroy());
    const { code, detail } = await failure(client().send(aRequest(url)));
    expect(code).toBe("FORWARD_CONNECTION_FAILED");
    expect(detail).toContain("it reset the connection (ECONNRESET)");
  });

  test("with 10 MB of headers, of which little is read", async () => {
    const { url, seen } = await aRawTarget((socket) => {
      socket.write("HTTP/1.1 200 OK\r\n");
      for (let i = 0; i < 10_000; i++) socket.write(`x-${i}: ${"h".repeat(1_000)}\r\n`);
      socket.end("\r\n");
    });
    const { code, detail } = await failure(client().send(aRequest(url)));
    expect(code).toBe("FORWARD_CONNECTION_FAILED");
    expect(detail).toContain("more than 16 KB of headers");
    await until("the connection is closed", () => seen.closed > 0);
  });

  test("with something that is not HTTP", async () => {
    const { url } = await aRawTarget((socket) => socket.end("SSH-2.0-OpenSSH_9.2\r\n"));
    expect((await failure(client().send(aRequest(url)))).detail).toContain("it does not answer in HTTP");
  });

  test("because nobody listens", async () => {
    const server = net.createServer();
    const { port } = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    const { code, detail } = await failure(client().send(aRequest(`http://127.0.0.1:${port}/`)));
    expect(code).toBe("FORWARD_CONNECTION_FAILED");
    expect(detail).toContain(`127.0.0.1:${port} could not be reached: it refused the connection`);
  });

  test("because the name does not exist", async () => {
    const lookup: LookupFunction = (host, _, callback) =>
      callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: "ENOTFOUND" }), []);
    const { code, detail } = await failure(client({ lookup }).send(aRequest("https://no.example/")));
    expect({ code, detail }).toEqual({
      code: "FORWARD_CONNECTION_FAILED",
      detail: "no.example could not be reached: the name was not found (ENOTFOUND).",
    });
  });

  test("because the certificate is self-signed: no request is made", async () => {
    let requests = 0;
    const { port } = await listen(https.createServer(aCertificate({ host: "127.0.0.1" }), () => requests++));
    const before = process.env;
    cleanups.push(async () => void (process.env = before));
    process.env = { ...before, NODE_TLS_REJECT_UNAUTHORIZED: "0" };
    const { code, detail } = await failure(client().send(aRequest(`https://127.0.0.1:${port}/`)));
    expect(code).toBe("FORWARD_CONNECTION_FAILED");
    expect(detail).toContain("its TLS certificate is self-signed");
    expect(requests).toBe(0);
  });

  test("because the port speaks plain HTTP", async () => {
    const { port } = await aTarget((_, response) => response.end());
    const { detail } = await failure(client().send(aRequest(`https://127.0.0.1:${port}/`)));
    expect(detail).toContain("it does not speak TLS at this port");
  });
});

describe("connections", () => {
  test("are used again", async () => {
    const { url, seen } = await aTarget((_, response) => response.end("ok"));
    const http = client();
    for (let i = 0; i < 50; i++) await http.send(aRequest(url));
    // undici gives a connection back one turn of the event loop after its answer: two take turns.
    expect(seen.connections).toBeLessThanOrEqual(2);
    await Promise.all(Array.from({ length: 50 }, () => http.send(aRequest(url))));
    expect(seen.connections).toBeLessThanOrEqual(52);
  });

  test("are at most so many for an origin", async () => {
    const { url, seen } = await aTarget((_, response) => setImmediate(() => response.end("ok")));
    const http = client({ connectionsPerOrigin: 3 });
    await Promise.all(Array.from({ length: 60 }, () => http.send(aRequest(url))));
    expect(seen.connections).toBe(3);
  });

  test.each([
    ["x-token", "hidden\n"],
    ["x-token", "hidden\r\nx-more: 1"],
    ["x-token", "hidden\0"],
    ["x-token", "hidden🙂"],
    ["x token", "hidden"],
    ["x-tokén", "hidden"],
    ["", "hidden"],
    ["Transfer-Encoding", "chunked"],
    ["content-length", "3"],
    ["host", "hidden"],
    ["connection", "close"],
    ["expect", "100-continue"],
  ])("are not used up by requests that cannot be made: header %j: %j", async (name, value) => {
    const { url, seen } = await aTarget((_, response) => response.end("ok"));
    const http = client({ connectionsPerOrigin: 1 });
    for (let i = 0; i < 3; i++) {
      const { code, detail } = await failure(http.send(aRequest(url, { headers: { [name]: value } })));
      expect(code).toBe("FORWARD_REQUEST_INVALID");
      expect(detail).toContain(name);
    }
    expect(seen.connections).toBe(0);
    expect((await http.send(aRequest(url, { timeoutMs: 1_000 }))).status).toBe(200);
  });

  test("survive a target that failed", async () => {
    let fail = true;
    const { url } = await aRawTarget((socket) =>
      fail ? socket.resetAndDestroy() : void socket.end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"),
    );
    const http = client({ connectionsPerOrigin: 2 });
    await Promise.all(Array.from({ length: 10 }, () => failure(http.send(aRequest(url)))));
    fail = false;
    expect((await http.send(aRequest(url))).body).toBe("ok");
  });

  // Other systems have one loopback address only.
  test.skipIf(process.platform !== "linux")("are kept for the 256 origins called last", async () => {
    const { port, sockets } = await listen(
      http.createServer((_, response) => response.end()),
      "0.0.0.0",
    );
    const caller = client();
    for (let i = 0; i < 300; i++)
      await caller.send(aRequest(`http://127.0.${1 + (i >> 7)}.${1 + (i & 127)}:${port}/`));
    await until("the oldest connections are closed", () => sockets.size <= 256);
    expect(sockets.size).toBeGreaterThan(200);
  });

  test("go nowhere near a proxy that the environment names", async () => {
    const proxy = await aTarget((_, response) => response.end("proxied"));
    const target = await aTarget((_, response) => response.end("direct"));
    const before = process.env;
    cleanups.push(async () => void (process.env = before));
    const named = `http://127.0.0.1:${proxy.port}`;
    process.env = { ...before, http_proxy: named, HTTP_PROXY: named, all_proxy: named };
    expect((await client().send(aRequest(target.url))).body).toBe("direct");
    expect(proxy.seen.connections).toBe(0);
  });
});

describe("closing", () => {
  test("ends what is under way and leaves no socket and no timer", async () => {
    const held = await aRawTarget(() => undefined);
    const stalled = await listen(net.createServer((socket) => void socket.resume()));
    const quick = await aTarget((_, response) => response.end());
    const before = process.getActiveResourcesInfo().filter((name) => !name.startsWith("TCPServer")).length;
    const http = createHttp({ allowPrivate: LOOPBACK, connectionsPerOrigin: 1 });
    await http.send(aRequest(quick.url));
    const open = [
      http.send(aRequest(held.url, { timeoutMs: 60_000 })),
      http.send(aRequest(held.url, { timeoutMs: 60_000 })), // waits for the only connection
      http.send(aRequest(`https://127.0.0.1:${stalled.port}/`, { timeoutMs: 60_000 })), // in its TLS handshake
    ].map(failure);
    await until("both are connected", () => held.seen.connections === 1 && stalled.seen.connections === 1);
    await http.close();
    for (const { code, detail } of await Promise.all(open)) {
      expect(code).toBe("FORWARD_CONNECTION_FAILED");
      expect(detail).toContain("the router is stopping");
    }
    await until("no connection is left", () =>
      [held, stalled, quick].every(({ sockets }) => sockets.size === 0),
    );
    await until(
      "no socket or timer is left",
      () => process.getActiveResourcesInfo().filter((name) => !name.startsWith("TCPServer")).length <= before,
    );
  });

  test("makes later calls fail, and may be done twice", async () => {
    const { url, seen } = await aTarget((_, response) => response.end());
    const http = client();
    await http.close();
    await http.close();
    const before = process.getActiveResourcesInfo().length;
    expect((await failure(http.send(aRequest(url)))).code).toBe("FORWARD_CONNECTION_FAILED");
    expect(process.getActiveResourcesInfo().length).toBe(before);
    expect(seen.connections).toBe(0);
  });
});

describe("a URL that cannot be called", () => {
  test.each([
    "",
    "hidden",
    "/in?key=hidden",
    "//host/hidden",
    "http://",
    "http://[::1%25lo]/hidden",
    "http://host:99999/hidden",
    "ftp://host/hidden",
    "file:///hidden",
    "gopher://127.0.0.1:6379/hidden",
    "data:text/plain,hidden",
    "unix:/var/run/hidden.sock",
    "javascript:hidden",
    "http://user:hidden@127.0.0.1/",
    "http://hidden@127.0.0.1/",
    "http://:hidden@127.0.0.1/",
  ])("%j is refused by name, without its secrets", async (url) => {
    expect((await failure(client().send(aRequest(url)))).code).toBe("FORWARD_URL_INVALID");
  });
});
