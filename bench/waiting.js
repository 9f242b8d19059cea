/** `npm run bench -- waiting`: how fast events are added and drained while many wait, against few, in turns on two stores. */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { readOptions } from "./options.js";
import { startRedis } from "./redis.js";
import { machine } from "./report.js";
import { SCALE_PAGE, cell, writeSection } from "./section.js";
import { prepare, startSignalbox } from "./sides.js";
import { withStage } from "./stage.js";
import { root } from "./workload.js";

/** @typedef {{ redis: Awaited<ReturnType<typeof startRedis>>, folder: string, waiting: number }} Store */
/** @typedef {{ added: number, drained: number }} Rates */
/** @typedef {{ few: Rates, many: Rates }} Round */

/** Events before those that count, in each turn. */
const WARM_UP = 2_000;
/** Filled by so many at a time, since their requests are made beforehand. */
const PIECE = 20_000;

/** @param {readonly string[]} args */
export async function run(args) {
  const options = readOptions(args, {
    numbers: { rounds: 5, events: 1_000_000, few: 10_000, turn: 6_000, connections: 32 },
    out: SCALE_PAGE,
  });
  prepare();
  const where = machine();
  const results = await withStage(options, async (bench) => {
    const few = await open("few");
    const many = await open("many");
    try {
      await fill(few, bench, options.few);
      await fill(many, bench, options.events);
      const rounds = [];
      for (let number = 1; number <= options.rounds; number += 1) {
        const round = /** @type {Round} */ ({ few: {}, many: {} });
        // What comes first changes with each round.
        const order = /** @type {const} */ (["few", "many"]);
        const stores = { few, many };
        for (const which of number % 2 === 0 ? order : order.toReversed())
          round[which].added = await add(stores[which], bench, options.turn);
        for (const which of number % 2 === 0 ? order : order.toReversed())
          round[which].drained = await drain(stores[which], bench, options.turn);
        rounds.push(round);
        console.log(`round ${number}/${options.rounds}  ${line(round)}`);
      }
      return { rounds, bytes: await many.redis.usedBytes(), version: few.redis.version };
    } finally {
      await Promise.all([few, many].map(close));
    }
  });
  const more = `Redis ${results.version}`;
  writeSection(options.out, "A million waiting", text(results, options), { ...where, more });
}

/** A store of its own; without an append-only file, which would be several GB on the disk. @param {string} name @returns {Promise<Store>} */
async function open(name) {
  const folder = join(root, "bench/tmp", `${process.hrtime.bigint()}-${name}`);
  mkdirSync(folder, { recursive: true });
  return { redis: await startRedis(folder, { appendonly: "no" }), folder, waiting: 0 };
}

/** @param {Store} store */
async function close({ redis, folder }) {
  await redis.stop();
  rmSync(folder, { recursive: true, force: true });
}

/**
 * @template T @param {Store} store @param {import("./round.js").Bench} bench @param {"ingest" | "worker"} role
 * @param {(url: string) => Promise<T>} use
 */
async function withRole({ redis, folder }, { targetUrl, secret }, role, use) {
  const own = join(folder, String(process.hrtime.bigint()));
  const place = { redisUrl: redis.url, targetUrl, folder: own, secret, role };
  const router = await startSignalbox(place);
  try {
    return await use(`${router.hooks}/hooks/bench`);
  } finally {
    await router.stop();
  }
}

/** @param {Store} store @param {import("./round.js").Bench} bench @param {number} count */
function fill(store, bench, count) {
  const { load, secret, connections } = bench;
  return withRole(store, bench, "ingest", async (url) => {
    while (store.waiting < count) {
      const some = Math.min(PIECE, count - store.waiting);
      await load.ask({ url, secret, count: some, connections });
      store.waiting += some;
      process.stdout.write(`${store.waiting.toLocaleString("en")} of ${count.toLocaleString("en")} wait\n`);
    }
  });
}

/** Events a second that are accepted. @param {Store} store @param {import("./round.js").Bench} bench @param {number} count */
function add(store, bench, count) {
  const { load, secret, connections } = bench;
  return withRole(store, bench, "ingest", async (url) => {
    await load.ask({ url, secret, count: WARM_UP, connections });
    const { startedAt, endedAt } = await load.ask({ url, secret, count, connections });
    store.waiting += WARM_UP + count;
    return count / (Number(BigInt(endedAt) - BigInt(startedAt)) / 1e9);
  });
}

/** Events a second that arrive at the target. @param {Store} store @param {import("./round.js").Bench} bench @param {number} count */
async function drain(store, bench, count) {
  const arrived = async () => Number(await (await globalThis.fetch(bench.targetUrl)).text());
  const reached = async (/** @type {number} */ wanted) => {
    for (;;) {
      const events = await arrived();
      if (events >= wanted) return { events, at: performance.now() };
      await sleep(5);
    }
  };
  const perSecond = await withRole(store, bench, "worker", async () => {
    const from = await reached(WARM_UP);
    const to = await reached(WARM_UP + count);
    return ((to.events - from.events) * 1_000) / (to.at - from.at);
  });
  const { keys, differing } = await bench.target.ask({ expected: 0 });
  if (new Set(keys).size !== keys.length) throw new Error("An event arrived twice.");
  if (differing > 0) throw new Error(`${differing} results differ from the first one.`);
  store.waiting -= keys.length;
  return perSecond;
}

/** @param {Round} round @param {keyof Rates} what */
const ratio = ({ few, many }, what) => many[what] / few[what];

/** @param {Round} round */
function line(round) {
  const of = (/** @type {keyof Rates} */ what) =>
    `${what} ${round.few[what].toFixed(0)}/s with few, ${round.many[what].toFixed(0)}/s with many (${ratio(round, what).toFixed(2)})`;
  return `${of("added")} · ${of("drained")}`;
}

/** @param {{ rounds: readonly Round[], bytes: number }} results @param {{ events: number, few: number, turn: number }} options */
function text({ rounds, bytes }, { events, few, turn }) {
  const row = (/** @type {string} */ name, /** @type {keyof Rates} */ what) => {
    const side = (/** @type {"few" | "many"} */ which) =>
      cell(
        rounds.map((round) => round[which][what]),
        0,
      );
    return `| ${name} | ${side("few")} | ${side("many")} | **${cell(
      rounds.map((round) => ratio(round, what)),
      2,
    )}** |`;
  };
  const many = events.toLocaleString("en");
  return `Written by \`npm run bench -- waiting\`. Two stores, one with ${few.toLocaleString("en")} events of workload W that wait for their target and one with ${many}.

| events/s | ${few.toLocaleString("en")} wait | ${many} wait | ratio |
|---|---|---|---|
${row("added", "added")}
${row("drained", "drained")}

Medians of ${rounds.length} rounds, least and greatest in brackets; the ratio is the median of the rounds' own. In each turn a fresh process
accepts, or delivers, ${turn.toLocaleString("en")} events after ${WARM_UP.toLocaleString("en")} to warm up; what comes first changes with each round. The greater store held
${(bytes / 2 ** 30).toFixed(2)} GB. Neither has an append-only file: it would be several GB on the disk, and is part of the other figures.`;
}
