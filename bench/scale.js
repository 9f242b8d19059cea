/** `npm run bench -- scale`: what is accepted and delivered by one, two, three processes on one store, and what of it is the store's own work. */
import { mkdirSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { cpuMicros } from "./cpu-time.js";
import { readOptions } from "./options.js";
import { startRedis } from "./redis.js";
import { machine } from "./report.js";
import { SCALE_PAGE, cell, writeSection } from "./section.js";
import { prepare, startSignalbox } from "./sides.js";
import { withStage } from "./stage.js";
import { root } from "./workload.js";

/** @typedef {import("./round.js").Bench} Bench */
/** @typedef {Awaited<ReturnType<typeof startRedis>>} Redis */
/** @typedef {Awaited<ReturnType<typeof startSignalbox>>} Router */
/** @typedef {{ perSecond: number, router: number, store: number }} Pace events a second; CPU µs an event of the routers together and of the store */
/** @typedef {{ accepted: Pace, delivered: Pace }} Both */

/** Share of a turn's events before those that count: processes start, and compile what is hot. */
const WARM_SHARE = 0.3;
/** The last ones do not count either: not all processes have something to do until the end. */
const LAST_SHARE = 0.05;
/** A look at how many have arrived, every so many ms. */
const LOOK_MS = 10;

/** @param {readonly string[]} args */
export async function run(args) {
  const options = readOptions(args, {
    numbers: { rounds: 3, events: 20_000, connections: 64, most: 3 },
    out: SCALE_PAGE,
  });
  prepare();
  const where = machine();
  /** @type {Both[][]} by the number of processes, from 1: the rounds */
  const results = Array.from({ length: options.most }, () => []);
  let version = "";
  await withStage(options, async (bench) => {
    for (let round = 1; round <= options.rounds; round += 1) {
      // What comes first changes with each round.
      const counts = results.map((_, at) => at + 1);
      for (const processes of round % 2 === 0 ? counts.toReversed() : counts) {
        const both = await withStore(async (redis, folder) => {
          version = redis.version;
          const accepted = await accept(redis, folder, bench, processes);
          return { accepted, delivered: await deliver(redis, folder, bench, processes) };
        });
        results[processes - 1]?.push(both);
        console.log(`round ${round}/${options.rounds}  ${line(processes, both)}`);
      }
    }
  });
  writeSection(options.out, "More processes on one store", text(results, options), {
    ...where,
    more: `Redis ${version}`,
  });
}

/** @template T @param {(redis: Redis, folder: string) => Promise<T>} use */
async function withStore(use) {
  const folder = join(root, "bench/tmp", String(process.hrtime.bigint()));
  mkdirSync(folder, { recursive: true });
  const redis = await startRedis(folder);
  try {
    return await use(redis, folder);
  } finally {
    await redis.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * So many processes of a role on the store, for the time of `use`.
 * @template T @param {Redis} redis @param {string} folder @param {Bench} bench @param {"ingest" | "worker"} role @param {number} count
 * @param {(routers: readonly Router[]) => Promise<T>} use
 */
async function withProcesses(redis, folder, { targetUrl, secret }, role, count, use) {
  /** @type {Router[]} */
  const routers = [];
  try {
    for (let nth = 1; nth <= count; nth += 1) {
      const own = join(folder, `${role}-${nth}`);
      routers.push(await startSignalbox({ redisUrl: redis.url, targetUrl, folder: own, secret, role }));
    }
    return await use(routers);
  } finally {
    await Promise.all(routers.map((router) => router.stop()));
  }
}

/** Posts all events to so many ingests, one after the other in turn pieces; the last of each are measured. @param {Redis} redis @param {string} folder @param {Bench} bench @param {number} count @returns {Promise<Pace>} */
function accept(redis, folder, bench, count) {
  const { load, secret, connections, events } = bench;
  return withProcesses(redis, folder, bench, "ingest", count, async (routers) => {
    const hooks = routers.map((router) => `${router.hooks}/hooks/bench`);
    const warm = Math.ceil((events * WARM_SHARE) / count);
    for (const url of hooks) await load.ask({ url, secret, count: warm, connections });
    const measured = events - warm * count;
    const before = cpuOf(routers, redis);
    const { startedAt, endedAt } = await load.ask({
      ...{ url: hooks[0], urls: hooks, secret, connections },
      count: measured,
    });
    const after = cpuOf(routers, redis);
    return {
      perSecond: measured / (Number(BigInt(endedAt) - BigInt(startedAt)) / 1e9),
      router: (after.router - before.router) / measured,
      store: (after.store - before.store) / measured,
    };
  });
}

/** Lets so many workers deliver what waits. @param {Redis} redis @param {string} folder @param {Bench} bench @param {number} count @returns {Promise<Pace>} */
async function deliver(redis, folder, bench, count) {
  const { events, target, targetUrl } = bench;
  const arrived = async () => Number(await (await globalThis.fetch(targetUrl)).text());
  const pace = await withProcesses(redis, folder, bench, "worker", count, async (routers) => {
    const reached = async (/** @type {number} */ wanted) => {
      for (;;) {
        const seen = await arrived();
        if (seen >= wanted) return { seen, at: performance.now(), ...cpuOf(routers, redis) };
        await sleep(LOOK_MS);
      }
    };
    const from = await reached(Math.ceil(events * WARM_SHARE));
    const to = await reached(Math.floor(events * (1 - LAST_SHARE)));
    await reached(events);
    const some = to.seen - from.seen;
    return {
      perSecond: (some * 1_000) / (to.at - from.at),
      router: (to.router - from.router) / some,
      store: (to.store - from.store) / some,
    };
  });
  const { keys, differing } = await target.ask({ expected: events });
  if (keys.length !== events || new Set(keys).size !== events)
    throw new Error(`Of ${events} events ${new Set(keys).size} arrived, ${keys.length} times.`);
  if (differing > 0) throw new Error(`${differing} results differ from the first one.`);
  return pace;
}

/** @param {readonly Router[]} routers @param {Redis} redis */
function cpuOf(routers, redis) {
  return { router: cpuMicros(routers.map(({ pid }) => pid)), store: cpuMicros([redis.pid]) };
}

/** @param {number} processes @param {Both} both */
function line(processes, { accepted, delivered }) {
  const of = (/** @type {Pace} */ { perSecond, router, store }) =>
    `${perSecond.toFixed(0)}/s (${router.toFixed(0)} + ${store.toFixed(0)} µs)`;
  return `${processes} process(es): accepted ${of(accepted)} · delivered ${of(delivered)}`;
}

/** @param {readonly (readonly Both[])[]} results @param {{ events: number }} options */
function text(results, { events }) {
  const rows = (/** @type {keyof Both} */ what) =>
    results.map((rounds, at) => {
      const of = (/** @type {keyof Pace} */ which, digits = 0) =>
        cell(
          rounds.map((round) => round[what][which]),
          digits,
        );
      return `| ${at + 1} | ${of("perSecond")} | ${of("router")} | ${of("store")} |`;
    });
  const heads = (/** @type {string} */ who) =>
    `| ${who} | events/s | CPU µs an event: router | store |\n|---|---|---|---|`;
  const storeMicros = (/** @type {keyof Both} */ what) => {
    const all = results.flat().map((round) => round[what].store);
    return all.reduce((sum, one) => sum + one, 0) / all.length;
  };
  const both = storeMicros("accepted") + storeMicros("delivered");
  const ceiling = Number.isNaN(both) ? "(Linux only)" : Math.round(1e6 / both / 100) * 100;
  return `Written by \`npm run bench -- scale\`. ${events.toLocaleString("en")} events of workload W are accepted, with nobody to deliver them, and then delivered, with
nobody to accept. Sender and target are two more processes on the same machine, which has ${availableParallelism()} processors: where these are all busy, more
processes cannot bring more. What does not depend on that is the work an event takes.

${heads("ingests")}
${rows("accepted").join("\n")}

${heads("workers")}
${rows("delivered").join("\n")}

Medians of ${results[0]?.length ?? 0} rounds, least and greatest in brackets. Redis executes on one thread: at ${both.toFixed(0)} µs for accepting and delivering an event (mean over
all rounds) one store is at its limit at about **${ceiling} events/s**, however many processes there are; beyond that it takes another store.`;
}
