/**
 * Posts signed pushes, in a process of its own. Asked `{ url, secret, count, connections }` it posts as fast as so many
 * connections permit, asked `{ …, perSecond }` at that pace without waiting for answers, asked `{ …, seconds,
 * targetUrl }` for so long, whatever the count, with at most 500 events on their way to that target. Answers `{ startedAt, endedAt,
 * millis, keys, sentAt }`: ns of the machine's monotonic clock at the first request and at the last answer, each request's
 * latency, the id under which each is delivered, and µs of that clock when each was sent. Anything but 202 is an answer `{ wrong }`.
 * Asked `{ …, urls }` it posts to these in turn, which have one path.
 * Asked `{ …, offered, seconds }` it posts so many a second for so long, whatever the answers, and tells `{ millis, statuses }`.
 */
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { clearInterval, setInterval } from "node:timers";
import { Pool } from "undici";
import { openSender, requestBytes } from "./sender.js";
import { signer } from "./workload.js";

/** @typedef {{ url: string, secret: string, count: number, connections: number, perSecond?: number, seconds?: number, targetUrl?: string, offered?: number, urls?: readonly string[] }} Question */
/** @typedef {ReturnType<ReturnType<typeof signer>>} Push */

const MOST_ON_THEIR_WAY = 500;
const MOST_OFFERED = 1_000;

/** @type {ReturnType<typeof openSender> | undefined} */
let sender;
let origin = "";

process.on("disconnect", () => process.exit());
process.on("message", (/** @type {Question} */ question) => {
  post(question).then(
    (answer) => process.send?.(answer),
    (/** @type {unknown} */ error) => process.send?.({ wrong: `Posting failed: ${String(error)}` }),
  );
});

/** @param {Question} question */
async function post({ url, secret, count, connections, perSecond, seconds, targetUrl, offered, urls }) {
  const { origin: asked, pathname } = new URL(url);
  const pushes = signer(secret);
  if (offered !== undefined) return offer(url, pushes, offered, seconds ?? 1, connections);
  const others = (urls ?? []).slice(1).map((one) => openSender(new URL(one).origin, connections));
  if (sender === undefined || asked !== origin) {
    sender?.close();
    sender = openSender(asked, connections);
    origin = asked;
  }
  const { host } = sender;
  const senders = [sender, ...others];
  const sign = () => requestBytes(host, pathname, pushes());
  // Made before: what a request costs its sender is as little as can be while the router is measured.
  const requests = seconds === undefined ? Array.from({ length: count }, sign) : [];
  /** @type {number[]} */
  const millis = [];
  /** @type {string[]} */
  const keys = [];
  /** @type {number[]} */
  const sentAt = [];
  let turn = 0;
  const one = async (/** @type {Buffer} */ request) => {
    const started = performance.now();
    turn += 1;
    const sent = Number(process.hrtime.bigint() / 1_000n);
    const to = /** @type {(typeof senders)[0]} */ (senders[turn % senders.length]);
    const { status, text } = await to.post(request);
    millis.push(performance.now() - started);
    if (status !== 202) throw new Error(`${url} answered ${status}: ${text.slice(0, 500)}`);
    const answer = JSON.parse(text);
    for (const key of answer.deliveries ?? [answer.id]) {
      keys.push(key);
      sentAt.push(sent);
    }
  };
  // What was made before is collected now, and not while an event is on its way.
  globalThis.gc?.();
  const startedAt = String(process.hrtime.bigint());
  if (perSecond !== undefined) await pace(requests, perSecond, one);
  else if (seconds === undefined || targetUrl === undefined) await flood(requests.values(), connections, one);
  else
    await within(
      targetUrl,
      seconds,
      () => keys.length,
      (room) => flood(lasting(seconds, sign, room), connections, one),
    );
  const endedAt = String(process.hrtime.bigint());
  for (const other of others) other.close();
  return { startedAt, endedAt, millis, keys, sentAt };
}

/**
 * Lets a flood on only while few enough events are on their way: senders that outrun a router measure how it queues.
 * @param {string} targetUrl @param {number} seconds @param {() => number} sent @param {(room: () => Promise<void>) => Promise<void>} use
 */
async function within(targetUrl, seconds, sent, use) {
  let arrived = 0;
  const room = async () => {
    while (sent() - arrived > MOST_ON_THEIR_WAY) await sleep(5);
  };
  const timer = setInterval(async () => {
    arrived = Number(await (await globalThis.fetch(targetUrl)).text());
  }, 20);
  await use(room);
  clearInterval(timer);
}

/** Requests that are signed when there is room for them, for so long. @param {number} seconds @param {() => Buffer} sign @param {() => Promise<void>} room */
async function* lasting(seconds, sign, room) {
  const until = performance.now() + seconds * 1_000;
  while (performance.now() < until) {
    await room();
    yield sign();
  }
}

/**
 * Posts at a pace that answers do not change, as the senders of the world do; more than can be on their way are not sent.
 * @param {string} url @param {() => Push} sign @param {number} perSecond @param {number} seconds @param {number} connections
 */
async function offer(url, sign, perSecond, seconds, connections) {
  const { origin, pathname: path } = new URL(url);
  const pool = new Pool(origin, { connections });
  /** @type {Record<string, number>} */
  const statuses = {};
  /** @type {number[]} */
  const millis = [];
  const count = (/** @type {string} */ what) => (statuses[what] = (statuses[what] ?? 0) + 1);
  let underWay = 0;
  const one = async () => {
    const started = performance.now();
    underWay += 1;
    try {
      const request = { path, method: /** @type {const} */ ("POST"), ...sign() };
      const { statusCode, body } = await pool.request(request);
      await body.text();
      count(String(statusCode));
      millis.push(performance.now() - started);
    } catch (error) {
      count(/** @type {{ code?: string }} */ (error).code ?? String(error));
    } finally {
      underWay -= 1;
    }
  };
  const started = performance.now();
  for (let sent = 0; performance.now() - started < seconds * 1_000; await sleep(2)) {
    const due = ((performance.now() - started) * perSecond) / 1_000;
    for (; sent < due; sent += 1) {
      if (underWay < MOST_OFFERED) void one();
      else count("not sent");
    }
  }
  while (underWay > 0) await sleep(10);
  await pool.close();
  return { millis, statuses };
}

/** @param {Iterable<Buffer> | AsyncIterable<Buffer>} rest @param {number} connections @param {(request: Buffer) => Promise<void>} one */
async function flood(rest, connections, one) {
  const line = async () => {
    for await (const request of rest) await one(request);
  };
  await Promise.all(Array.from({ length: connections }, line));
}

/** @param {readonly Buffer[]} requests @param {number} perSecond @param {(request: Buffer) => Promise<void>} one */
async function pace(requests, perSecond, one) {
  const started = performance.now();
  const sent = [];
  for (const [index, request] of requests.entries()) {
    const early = started + (index * 1_000) / perSecond - performance.now();
    if (early > 0) await sleep(early);
    sent.push(one(request).catch((/** @type {unknown} */ error) => error));
  }
  const wrong = (await Promise.all(sent)).find((outcome) => outcome !== undefined);
  if (wrong !== undefined) throw wrong;
}
