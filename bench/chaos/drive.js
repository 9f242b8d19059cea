/** What scenarios are made of: load, what is broken meanwhile, and how long it takes until all is well. */
import { setTimeout as sleep } from "node:timers/promises";
import { quantile, spread } from "../statistics.js";
import { until } from "./world.js";

/**
 * @typedef {import("./world.js").World} World
 * @typedef {import("./member.js").Member & { url: string }} Router
 * @typedef {object} How
 * @property {number} events @property {number} perSecond @property {() => number} random
 * @property {number} slow things may take so many times as long as on a machine that does nothing else
 * @property {boolean} brief in the tier that has three minutes
 * @property {(what: string) => void} note
 * @typedef {object} Scenario
 * @property {string} why
 * @property {readonly import("./needs.js").Need[]} [needs]
 * @property {import("./world.js").Plan} [plan]
 * @property {import("./checker.js").Expected} [expected]
 * @property {boolean} [kills] what was in hand must be back within 20 s
 * @property {(world: World, how: How) => Promise<Found>} run
 * @typedef {{ expected?: import("./checker.js").Expected, broken?: readonly string[] } & Record<string, unknown>} Found
 */

const CONNECTIONS = 16;

/**
 * Sends events to routers in turn; resolves when each is acknowledged.
 * @param {World} world @param {How} how @param {readonly Router[]} routers
 * @param {{ from?: number, source?: string, kind?: import("./body.js").Kind, perSecond?: number, connections?: number, urls?: readonly string[] }} [options]
 */
export async function send(world, { events, perSecond }, routers, options = {}) {
  const { from = 0, urls = routers.map(({ url }) => url), connections = CONNECTIONS, ...more } = options;
  const sender = world.sender();
  const question = {
    urls,
    secret: world.secrets.sender,
    log: world.sent,
    from,
    count: events,
    connections,
    perSecond,
    ...more,
  };
  const { acknowledged } = await sender.ask(question);
  await sender.stop();
  if (acknowledged < events)
    throw new Error(`${events - acknowledged} of ${events} requests were never answered 2xx.`);
}

/** Breaks something again and again until the work is over; how often. @param {Promise<unknown>} work @param {number} everyMs @param {() => Promise<void> | void} breakIt */
export async function meanwhile(work, everyMs, breakIt) {
  let over = false;
  const ended = work.finally(() => (over = true));
  ended.catch(() => undefined);
  let times = 0;
  while (!over) {
    await Promise.race([sleep(everyMs), ended.catch(() => undefined)]);
    if (over) break;
    await breakIt();
    times += 1;
  }
  await ended;
  return times;
}

/**
 * Until all that was acknowledged has been taken (those of `except` targets aside), and is written down; how long that took.
 * @param {World} world @param {{ withinMs?: number, isOver?: () => boolean | Promise<boolean> }} [options]
 */
export async function settle(
  world,
  { withinMs = 120_000, isOver = () => world.followed.missing().length === 0 } = {},
) {
  const began = Date.now();
  while (!(await isOver()) && Date.now() - began < withinMs) await sleep(200);
  const settledSeconds = Math.round((Date.now() - began) / 100) / 10;
  // What has arrived is also to be written down, and the spools are to be empty.
  const calm = async () => {
    const { taken } = world.followed.look();
    for (const state of ["pending", "retrying"]) {
      const { items } = await world.ask(`/api/v1/deliveries?state=${state}&limit=200`);
      if (items.some((/** @type {{ id: string }} */ { id }) => taken.has(id))) return false;
    }
    return true;
  };
  await until("what has arrived is written down", () => calm().catch(() => false), 40_000, 500).catch(
    () => undefined,
  );
  await sleep(1_000);
  return { settledSeconds };
}

/** One ingest and so many workers on a store. @param {World} world @param {number} workers */
export async function fleet(world, workers) {
  world.store.start();
  const ingest = await world.start("ingest", "ingest");
  const others = [];
  for (let nth = 0; nth < workers; nth += 1) others.push(await world.start(`worker-${nth}`, "worker"));
  await Promise.all([ingest, ...others].map((member) => member.serves()));
  return { ingest, workers: others };
}

/** A router of all roles on a store. @param {World} world @param {import("./member.js").Options} [options] */
export async function alone(world, options) {
  if (!world.store.isUp()) world.store.start();
  const router = await world.start("all", "all", options);
  await router.serves();
  return router;
}

/** ms from an acknowledgement to the first arrival, p99, of a path's deliveries. @param {World} world @param {(path: string) => boolean} isWanted @param {number} [from] number of the first request @param {number} [to] */
export function throughP99(world, isWanted, from = 0, to = Infinity) {
  const { answers, arrivals } = world.followed.look();
  /** @type {Map<string, number>} */
  const first = new Map();
  for (const { id, path, at } of arrivals) if (isWanted(path) && !first.has(id)) first.set(id, at);
  const waits = [];
  for (const { n, at, ms, deliveries = [] } of answers)
    if (n >= from && n < to)
      for (const id of deliveries) {
        const arrived = first.get(id);
        if (arrived !== undefined) waits.push(arrived - (at - ms));
      }
  return waits.length === 0 ? 0 : quantile(waits, 0.99);
}

/** @template T @param {readonly T[]} all @param {() => number} random */
export function oneOf(all, random) {
  return /** @type {T} */ (all[Math.floor(random() * all.length)]);
}

/** Rounds of quiet and of what is beside it: in turns, both meet the same weather of the machine. */
const ROUNDS = 3;

/**
 * Measures the same load in quiet and beside something, in turns; medians of the rounds' p99s, ms. Each round has its own numbers of requests.
 * @param {(from: number) => Promise<number>} quiet @param {(from: number) => Promise<number>} beside
 */
export async function inTurns(quiet, beside) {
  const found = { quietP99: /** @type {number[]} */ ([]), besideP99: /** @type {number[]} */ ([]) };
  for (let round = 1; round <= ROUNDS; round += 1) {
    found.quietP99.push(await quiet(round * 100_000));
    found.besideP99.push(await beside(round * 100_000 + 50_000));
  }
  return { quietP99: spread(found.quietP99).median, besideP99: spread(found.besideP99).median };
}

/** A part of the events for each round. @param {How} how @param {number} share @param {number} [least] */
export const roundOf = (how, share, least = 40) => ({
  ...how,
  events: Math.max(least, Math.ceil((how.events * share) / ROUNDS)),
});

/**
 * A sentence where something takes more than twice as long as in quiet, and longer than anybody would call quick.
 * @param {string} what @param {{ quietP99: number, besideP99: number }} found @param {number} quickMs @param {How} how
 */
export const slower = (what, { quietP99, besideP99 }, quickMs, { slow }) =>
  besideP99 > slow * Math.max(2 * quietP99, quickMs)
    ? [`${what}: p99 ${besideP99} ms, and ${quietP99} ms in quiet.`]
    : [];
