/** One side's part of a round: fresh Redis, fresh process, every measure, and proof that each event arrived exactly once. */
import { deepStrictEqual } from "node:assert";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cpuMicros } from "./cpu-time.js";
import { startRedis } from "./redis.js";
import { quantile } from "./statistics.js";
import { expectedResult, root } from "./workload.js";

/** @import { Place } from "./sides.js" */
/** @typedef {(place: Place) => ReturnType<typeof import("./processes.js").startRouter>} Start */
/** @typedef {ReturnType<typeof import("./processes.js").startHelper>} Helper */
/** @typedef {{ load: Helper, target: Helper, targetUrl: string, secret: string, events: number, connections: number }} Bench */

const WARM_UP = 1_000;
/** Enough for the router's scripts, caches and connections to be there before memory is read. */
const FILLED_BEFORE = 100;

/** How much is sent in which way, besides `--events`. */
export const PACED = { perSecond: 200, count: 400 };
export const WAITING = 1_000;

/**
 * Opens a Redis and a router on it for the time of `use`.
 * @template T
 * @param {Start} start
 * @param {Bench} bench
 * @param {Pick<Place, "role" | "nodeArguments">} how
 * @param {(open: { url: string, redis: Awaited<ReturnType<typeof startRedis>>, pid: number }) => Promise<T>} use
 * @returns {Promise<T>}
 */
export async function withRouter(start, bench, how, use) {
  const folder = join(root, "bench/tmp", String(process.hrtime.bigint()));
  mkdirSync(folder, { recursive: true });
  const redis = await startRedis(folder);
  try {
    const { targetUrl, secret } = bench;
    const router = await start({ redisUrl: redis.url, targetUrl, folder, secret, ...how });
    try {
      return await use({ url: `${router.hooks}/hooks/bench`, redis, pid: router.pid });
    } finally {
      await router.stop();
    }
  } finally {
    await redis.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Posts so many events and waits for them at the target; throws unless each arrived exactly once and rewritten as expected.
 * @param {string} url @param {Bench} bench @param {number} count @param {number} [perSecond]
 */
export async function drive(url, { load, target, secret, connections }, count, perSecond) {
  const arriving = target.ask({ expected: count });
  const posting = load.ask({ url, secret, count, connections, perSecond });
  const [posted, arrived] = await Promise.all([posting, arriving]);
  const seen = new Set(arrived.keys);
  const missing = posted.keys.filter((/** @type {string} */ key) => !seen.has(key)).length;
  if (missing > 0) throw new Error(`${missing} of ${count} events never arrived at the target.`);
  if (posted.keys.length !== count || arrived.keys.length !== count)
    throw new Error(
      `Of ${count} events ${posted.keys.length} were accepted and ${arrived.keys.length} arrived.`,
    );
  if (arrived.differing > 0)
    throw new Error(`${arrived.differing} of ${count} results differ from the first one.`);
  deepStrictEqual(
    JSON.parse(arrived.body),
    expectedResult(),
    "The result is not the one in transforms/workload.yaml.",
  );
  const { millis, startedAt } = posted;
  return { millis, startedAt: BigInt(startedAt), lastAt: BigInt(arrived.lastAt) };
}

/** Every measure of one side, once. @param {Start} start @param {Bench} bench */
export async function measure(start, bench) {
  const running = await withRouter(start, bench, { role: "all" }, async ({ url, redis, pid }) => {
    await drive(url, bench, WARM_UP);
    const before = cpuMicros([pid, redis.pid]);
    const flooded = await drive(url, bench, bench.events);
    const cpu = cpuMicros([pid, redis.pid]) - before;
    const paced = await drive(url, bench, PACED.count, PACED.perSecond);
    return {
      eventsPerSecond: bench.events / (Number(flooded.lastAt - flooded.startedAt) / 1e9),
      cpuMicros: cpu / bench.events,
      floodP50: quantile(flooded.millis, 0.5),
      floodP99: quantile(flooded.millis, 0.99),
      pacedP50: quantile(paced.millis, 0.5),
      pacedP99: quantile(paced.millis, 0.99),
      redisVersion: redis.version,
    };
  });
  const bytesWaiting = await withRouter(start, bench, { role: "ingest" }, async ({ url, redis }) => {
    const { load, secret, connections } = bench;
    const fill = (/** @type {number} */ count) => load.ask({ url, secret, count, connections });
    await fill(FILLED_BEFORE);
    const before = await redis.usedBytes();
    await fill(WAITING);
    return ((await redis.usedBytes()) - before) / WAITING;
  });
  return { ...running, bytesWaiting };
}
