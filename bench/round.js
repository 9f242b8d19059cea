/** One side's part of a round: fresh Redis, fresh process, every measure, and proof that each event arrived exactly once. */
import { deepStrictEqual } from "node:assert";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { cpuMicros } from "./cpu-time.js";
import { startRedis } from "./redis.js";
import { quantile } from "./statistics.js";
import { expectedResult, root } from "./workload.js";

/** @import { Place } from "./sides.js" */
/** @typedef {(place: Place) => ReturnType<typeof import("./processes.js").startRouter>} Start */
/** @typedef {ReturnType<typeof import("./processes.js").startHelper>} Helper */
/** @typedef {{ url: string, redis: Awaited<ReturnType<typeof startRedis>>, pid: number, admin: string, setup: string }} Open a router that serves */
/** @typedef {{ load: Helper, target: Helper, targetUrl: string, secret: string, events: number, connections: number }} Bench */

/** V8 has compiled what is hot on either side by then; after a thousand, compiling was a fifth of what was measured. */
export const WARM_UP = 5_000;
/** So many are accepted before ingest is timed: scripts, caches and connections are there by then. */
export const ACCEPTED_BEFORE = 3_000;
/** So many wait before memory is read, and so long, that a router knows about it. */
export const FILLED_BEFORE = { events: 20_000, millis: 2_000 };

/** How much is sent in which way, besides `--events`. */
export const PACED = { perSecond: 200, count: 400 };
/** Both sides get this share of what the naive stack can take at most. */
export const OF_LIMIT = { share: 0.75, seconds: 12 };
export const WAITING = 1_000;

/**
 * Opens a Redis and a router on it for the time of `use`.
 * @template T
 * @param {Start} start
 * @param {Bench} bench
 * @param {Pick<Place, "role" | "nodeArguments" | "files">} how
 * @param {(open: Open) => Promise<T>} use
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
      const { pid, admin, setup } = router;
      return await use({ url: `${router.hooks}/hooks/bench`, redis, pid, admin, setup });
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
  return judged(count, ...(await Promise.all([posting, arriving])));
}

/**
 * The same without a pause for so many seconds; `meanwhile` may look at what goes on.
 * @template T @param {string} url @param {Bench} bench @param {number} seconds @param {() => Promise<T>} meanwhile
 */
export async function driveFor(url, { load, target, targetUrl, secret, connections }, seconds, meanwhile) {
  const posting = load.ask({ url, secret, connections, seconds, targetUrl });
  const [seen, posted] = await Promise.all([meanwhile(), posting]);
  judged(posted.keys.length, posted, await target.ask({ expected: posted.keys.length }));
  return seen;
}

/** @param {number} count @param {any} posted @param {any} arrived */
function judged(count, posted, arrived) {
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
  /** @type {Map<string, number>} */
  const arrivedAt = new Map(
    arrived.keys.map((/** @type {string} */ key, /** @type {number} */ at) => [key, arrived.arrivedAt[at]]),
  );
  // From the request to the arrival at the target, in ms.
  const throughMillis = posted.keys.map(
    (/** @type {string} */ key, /** @type {number} */ at) =>
      ((arrivedAt.get(key) ?? NaN) - posted.sentAt[at]) / 1_000,
  );
  return { millis, throughMillis, startedAt: BigInt(startedAt), lastAt: BigInt(arrived.lastAt) };
}

/**
 * Events a second and CPU µs an event while so many events go through. CPU is that of router and Redis.
 * @param {Open} open @param {Bench} bench @param {number} count
 */
export async function rate({ url, redis, pid }, bench, count) {
  const before = cpuMicros([pid, redis.pid]);
  const driven = await drive(url, bench, count);
  const cpu = cpuMicros([pid, redis.pid]) - before;
  const seconds = Number(driven.lastAt - driven.startedAt) / 1e9;
  return { eventsPerSecond: count / seconds, cpuMicros: cpu / count, millis: driven.millis };
}

/**
 * Events a second and CPU µs an event of a flow that goes on, over so many seconds of it.
 * @param {Open} open @param {Bench} bench @param {number} seconds
 */
export async function passing({ pid, redis }, { targetUrl }, seconds) {
  const pids = [pid, redis.pid];
  const look = async () => {
    const arrived = Number(await (await globalThis.fetch(targetUrl)).text());
    return { at: performance.now(), cpu: cpuMicros(pids), arrived };
  };
  const from = await look();
  await sleep(seconds * 1_000);
  const to = await look();
  const events = to.arrived - from.arrived;
  return {
    eventsPerSecond: (events * 1_000) / (to.at - from.at),
    cpuMicros: (to.cpu - from.cpu) / events,
  };
}

/**
 * Every measure of one side, once. `limit` is what the naive stack takes at most, events/s; without it, this side is the naive one.
 * @param {Start} start @param {Bench} bench @param {number} [limit]
 */
export async function measure(start, bench, limit) {
  const running = await withRouter(start, bench, { role: "all" }, async (open) => {
    const { url, redis } = open;
    await drive(url, bench, WARM_UP);
    const flooded = await rate(open, bench, bench.events);
    const paced = await drive(url, bench, PACED.count, PACED.perSecond);
    const perSecond = OF_LIMIT.share * (limit ?? flooded.eventsPerSecond);
    const pressed = await drive(url, bench, Math.ceil(perSecond * OF_LIMIT.seconds), perSecond);
    return {
      eventsPerSecond: flooded.eventsPerSecond,
      cpuMicros: flooded.cpuMicros,
      floodP50: quantile(flooded.millis, 0.5),
      floodP99: quantile(flooded.millis, 0.99),
      pacedP50: quantile(paced.millis, 0.5),
      pacedP99: quantile(paced.millis, 0.99),
      throughP50: quantile(pressed.throughMillis, 0.5),
      throughP99: quantile(pressed.throughMillis, 0.99),
      redisVersion: redis.version,
    };
  });
  const accepting = await withRouter(start, bench, { role: "ingest" }, async ({ url, redis }) => {
    const { load, secret, connections, events } = bench;
    const fill = (/** @type {number} */ count) => load.ask({ url, secret, count, connections });
    await fill(ACCEPTED_BEFORE);
    const { startedAt, endedAt } = await fill(events);
    await fill(Math.max(1, FILLED_BEFORE.events - events - ACCEPTED_BEFORE));
    await sleep(FILLED_BEFORE.millis);
    const before = await redis.usedBytes();
    await fill(WAITING);
    const bytesWaiting = ((await redis.usedBytes()) - before) / WAITING;
    return { bytesWaiting, acceptedPerSecond: events / (Number(BigInt(endedAt) - BigInt(startedAt)) / 1e9) };
  });
  return { ...running, ...accepting };
}
