/**
 * The targets, in a process of their own: each arrival is a line of JSON in the log, with whether it was answered 2xx.
 * The path says how: `/ok`, `/after/<ms>`, `/hang`, `/long` (after a minute, unless told that it is up), `/drip`, `/endless`, `/reset`, `/storm` (429 twice, as the worst would write it),
 * `/down` (503 until told that it is up), `/flaky` (503 for every third first try), `/refuse` (400 until told that it is up).
 * Asked `{ log }` it answers `{ url, stall }`, `stall` being a port that takes connections and says nothing; `{ up }` is told.
 */
import { createHash } from "node:crypto";
import { appendFileSync } from "node:fs";
import { Buffer } from "node:buffer";
import { createServer } from "node:http";
import { createServer as createSocketServer } from "node:net";
import { clearInterval, setInterval, setTimeout } from "node:timers";

const DRIP_MS = 100;
const LONG_MS = 60_000;
/** What `Retry-After` may say; the target is to be left alone for 1 s at least, whatever it is. */
const ADVICE = [
  "1",
  () => new Date(Date.now() + 2_000).toUTCString(),
  "soon",
  "1000000000000",
  "-5",
  undefined,
  "NaN",
  "1e9",
];

let log = "";
let isUp = false;
/** @type {Map<string, number>} */
const tries = new Map();
let storms = 0;

/** @typedef {import("node:http").ServerResponse} Out */
/** Paths by their first part: how they answer the `nth` arrival of a delivery; what they return is whether that is 2xx. */
/** @type {Record<string, (response: Out, nth: number, rest: string, id: string) => boolean>} */
const ways = {
  ok: (response) => answer(response, 200),
  after(response, _nth, ms) {
    setTimeout(() => answer(response, 200), Number.parseInt(ms, 10));
    return true;
  },
  hang: () => false,
  long(response) {
    if (isUp) return answer(response, 200);
    setTimeout(() => answer(response, 200), LONG_MS);
    return false;
  },
  drip(response) {
    response.writeHead(200);
    const dripping = setInterval(() => response.write("."), DRIP_MS);
    response.on("close", () => clearInterval(dripping));
    return false;
  },
  endless(response) {
    response.writeHead(200);
    const chunk = "x".repeat(65_536);
    const pour = () => {
      while (!response.destroyed && response.write(chunk));
    };
    response.on("drain", pour);
    pour();
    // The head says 200: more of the body than it keeps is not the router's business.
    return true;
  },
  reset(response) {
    response.socket?.resetAndDestroy();
    return false;
  },
  heads(response) {
    response.socket?.end(`HTTP/1.1 200 OK\r\n${`x-much: ${"y".repeat(1_000)}\r\n`.repeat(10_000)}\r\n`);
    return false;
  },
  storm(response, nth) {
    if (nth > 2) return answer(response, 200);
    const advice = ADVICE[storms++ % ADVICE.length];
    const said = typeof advice === "function" ? advice() : advice;
    return answer(response, 429, said === undefined ? {} : { "retry-after": said });
  },
  down: (response) => answer(response, isUp ? 200 : 503),
  refuse: (response) => answer(response, isUp ? 200 : 400),
  flaky: (response, nth, _rest, id) =>
    answer(response, nth === 1 && id.charCodeAt(id.length - 1) % 3 === 0 ? 503 : 200),
};

/** @param {Out} response @param {number} status @param {Record<string, string>} [headers] */
function answer(response, status, headers = {}) {
  response.writeHead(status, headers).end("{}");
  return status < 300;
}

const server = createServer((request, response) => {
  /** @type {Buffer[]} */
  const parts = [];
  request.on("data", (chunk) => parts.push(chunk));
  response.on("error", () => undefined);
  request.on("end", () => {
    const body = Buffer.concat(parts);
    const { "webhook-id": id = "", "signalbox-event": event } = request.headers;
    const sha = createHash("sha256").update(body).digest("hex");
    const nth = (tries.get(String(id)) ?? 0) + 1;
    tries.set(String(id), nth);
    const [, way = "", rest = ""] = request.url?.split("/") ?? [];
    const line = (/** @type {boolean} */ taken) => {
      const { n, key } = numbered(body);
      const advice = response.getHeader("retry-after");
      appendFileSync(
        log,
        `${JSON.stringify({ path: request.url, id, event, sha, n, key, taken, at: Date.now(), ...(advice !== undefined && { advice }) })}\n`,
      );
    };
    line(ways[way]?.(response, nth, rest, String(id)) ?? false);
  });
});
server.keepAliveTimeout = 60_000;

/** The body's number and key, where it has them. @param {Buffer} body */
function numbered(body) {
  try {
    const { n, key } = JSON.parse(body.toString());
    return { n, key };
  } catch {
    return {};
  }
}

const silent = createSocketServer((socket) => void socket.on("error", () => undefined));
const portOf = (/** @type {import("node:net").Server} */ of) =>
  /** @type {import("node:net").AddressInfo} */ (of.address()).port;

process.on("disconnect", () => process.exit());
process.on("message", (/** @type {{ log?: string, up?: boolean }} */ question) => {
  if (question.up !== undefined) isUp = question.up;
  if (question.log === undefined) return process.send?.({ up: isUp });
  log = question.log;
  server.listen(0, "0.0.0.0", () =>
    silent.listen(0, "127.0.0.1", () =>
      process.send?.({
        url: `http://127.0.0.1:${portOf(server)}`,
        stall: `https://127.0.0.1:${portOf(silent)}`,
      }),
    ),
  );
});
