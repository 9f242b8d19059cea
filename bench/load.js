/**
 * Posts signed pushes, in a process of its own. Asked `{ url, secret, count, connections }` it posts as fast as so many
 * connections permit, asked `{ …, perSecond }` at that pace without waiting for answers. Answers `{ startedAt, millis,
 * keys }`: ns of the machine's monotonic clock at the first request, each request's latency, and the id under which each
 * is delivered. Anything but 202 is an answer `{ wrong }`.
 */
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "undici";
import { signedPushes } from "./workload.js";

/** @type {Pool | undefined} */
let pool;
let origin = "";

process.on("disconnect", () => process.exit());
process.on(
  "message",
  (
    /** @type {{ url: string, secret: string, count: number, connections: number, perSecond?: number }} */ question,
  ) => {
    post(question).then(
      (answer) => process.send?.(answer),
      (/** @type {unknown} */ error) => process.send?.({ wrong: `Posting failed: ${String(error)}` }),
    );
  },
);

/** @param {{ url: string, secret: string, count: number, connections: number, perSecond?: number }} question */
async function post({ url, secret, count, connections, perSecond }) {
  const { origin: asked, pathname } = new URL(url);
  if (asked !== origin) {
    await pool?.close();
    pool = new Pool(asked, { connections });
    origin = asked;
  }
  const requests = signedPushes(count, secret);
  /** @type {number[]} */
  const millis = [];
  /** @type {string[]} */
  const keys = [];
  const one = async (/** @type {(typeof requests)[number]} */ request) => {
    const started = performance.now();
    const { statusCode, body } = await /** @type {Pool} */ (pool).request({
      method: "POST",
      path: pathname,
      ...request,
    });
    const text = await body.text();
    millis.push(performance.now() - started);
    if (statusCode !== 202) throw new Error(`${url} answered ${statusCode}: ${text.slice(0, 500)}`);
    const answer = JSON.parse(text);
    keys.push(...(answer.deliveries ?? [answer.id]));
  };
  const startedAt = String(process.hrtime.bigint());
  await (perSecond === undefined ? flood(requests, connections, one) : pace(requests, perSecond, one));
  return { startedAt, millis, keys };
}

/** @template T @param {readonly T[]} requests @param {number} connections @param {(request: T) => Promise<void>} one */
async function flood(requests, connections, one) {
  const rest = requests.values();
  const line = async () => {
    for (const request of rest) await one(request);
  };
  await Promise.all(Array.from({ length: connections }, line));
}

/** @template T @param {readonly T[]} requests @param {number} perSecond @param {(request: T) => Promise<void>} one */
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
