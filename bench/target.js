/**
 * The target API of both sides, in a process of its own: counts and timestamps what arrives and answers 200.
 * Asked `{ listen: true }` it answers `{ url }`; asked `{ expected }` it waits for so many arrivals (or until nothing has
 * come for 15 s) and a quiet spell after them, and answers `{ lastAt, keys, arrivedAt, body, differing }`: ns of the machine's
 * monotonic clock at the last one expected, every arrival's idempotency key with µs of that clock, the first body, and how
 * many bodies differ from it; then it starts anew. To `GET` it answers how many have arrived since.
 */
import { Buffer } from "node:buffer";
import { createServer } from "node:http";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { clearInterval, setInterval } from "node:timers";

const QUIET_MS = 300;
const PATIENCE_MS = 15_000;

/** @type {string[]} */
let keys = [];
/** @type {number[]} */
let arrivals = [];
/** @type {Buffer | undefined} */
let first;
let differing = 0;
let expected = Infinity;
let lastAt = 0n;
let arrivedAt = 0;
let complete = () => {};

const server = createServer((request, response) => {
  if (request.method === "GET") return void response.end(String(keys.length));
  /** @type {Buffer[]} */
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    const body = Buffer.concat(chunks);
    arrivedAt = performance.now();
    const now = process.hrtime.bigint();
    keys.push(String(request.headers["idempotency-key"]));
    arrivals.push(Number(now / 1_000n));
    if (keys.length <= expected) lastAt = now;
    first ??= body;
    if (!first.equals(body)) differing += 1;
    response.writeHead(200, { "content-type": "application/json", "content-length": 2 }).end("{}");
    if (keys.length === expected) complete();
  });
});
// Neither side shall meet a connection that closes under it.
server.keepAliveTimeout = 60_000;

process.on("disconnect", () => process.exit());
process.on("message", (/** @type {{ listen?: true, expected?: number }} */ question) => {
  if (question.listen) {
    server.listen(0, "127.0.0.1", () => {
      const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
      process.send?.({ url: `http://127.0.0.1:${port}/bench` });
    });
  } else void collect(question.expected ?? 0);
});

/** @param {number} count */
async function collect(count) {
  expected = count;
  arrivedAt = performance.now();
  await new Promise((resolve) => {
    const impatient = setInterval(() => performance.now() - arrivedAt > PATIENCE_MS && complete(), 500);
    complete = () => (clearInterval(impatient), resolve(undefined));
    if (keys.length >= count) complete();
  });
  await sleep(QUIET_MS);
  const body = first?.toString() ?? "null";
  process.send?.({ lastAt: String(lastAt), keys, arrivedAt: arrivals, body, differing });
  keys = [];
  arrivals = [];
  first = undefined;
  differing = 0;
  expected = Infinity;
}
