/** What is broken, scenario by scenario: each gets a world, breaks it while events come in, and mends it. */
import { setTimeout as sleep } from "node:timers/promises";
import { missing } from "./checker.js";

/**
 * @typedef {import("./world.js").World} World
 * @typedef {{ events: number, random: () => number, note: (what: string) => void }} How
 * @typedef {{ why: string, routes?: Readonly<Record<string, string>>, run: (world: World, how: How) => Promise<Record<string, number>> }} Scenario
 */

const CONNECTIONS = 16;
const PER_SECOND = 250;

/** Sends all events to an ingest, or several in turn; resolves when each is acknowledged. @param {World} world @param {How} how @param {readonly import("./world.js").Member[]} ingests */
async function sendAll(world, { events }, ingests, from = 0) {
  const sender = world.sender();
  const url = ingests.map((one) => `${one.hooks()}/hooks/chaos`);
  const { acknowledged } = await sender.ask({
    url,
    secret: world.secret,
    from,
    count: events,
    connections: CONNECTIONS,
    perSecond: PER_SECOND,
    log: world.sent,
  });
  await sender.stop();
  if (acknowledged < events)
    throw new Error(`${events - acknowledged} of ${events} requests were never answered 2xx.`);
}

/** Breaks something again and again until the work is over. @param {Promise<unknown>} work @param {number} everyMs @param {() => Promise<void> | void} breakIt */
async function meanwhile(work, everyMs, breakIt) {
  let over = false;
  const ended = work.finally(() => (over = true));
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

/** Until all that was acknowledged has arrived; how long that took, s. @param {World} world */
async function settle(world, withinMs = 120_000) {
  const began = Date.now();
  while (missing(world.sent, world.arrived) > 0 && Date.now() - began < withinMs) await sleep(200);
  // What arrived is also to be written down.
  await sleep(2_000);
  return { settledSeconds: Math.round((Date.now() - began - 2_000) / 100) / 10 };
}

/** One ingest and so many workers on a Redis. @param {World} world @param {number} workers */
async function aFleet(world, workers) {
  world.startRedis();
  const ingest = world.start("ingest", "ingest");
  const others = Array.from({ length: workers }, (_, nth) => world.start(`worker-${nth}`, "worker"));
  await Promise.all([ingest, ...others].map((member) => member.serves()));
  return { ingest, workers: others };
}

/** @type {Readonly<Record<string, Scenario>>} */
export const scenarios = {
  "workers-killed": {
    why: "a worker is killed with -9 every 2 s",
    async run(world, how) {
      const { ingest, workers } = await aFleet(world, 2);
      const kills = await meanwhile(sendAll(world, how, [ingest]), 2_000, () => {
        const victim = workers[Math.floor(how.random() * workers.length)];
        victim?.kill("SIGKILL");
      });
      return { kills, ...(await settle(world)) };
    },
  },
  "redis-killed": {
    why: "Redis is killed with -9 every 7 s, and back after up to a second",
    async run(world, how) {
      const { ingest } = await aFleet(world, 1);
      const kills = await meanwhile(sendAll(world, how, [ingest]), 7_000, async () => {
        world.killRedis();
        await sleep(how.random() * 1_000);
        world.startRedis();
      });
      return { kills, ...(await settle(world)) };
    },
  },
  "redis-frozen": {
    why: "Redis hangs for 30 s: connections stay open, nothing is answered",
    async run(world, how) {
      const { ingest } = await aFleet(world, 1);
      const sending = sendAll(world, how, [ingest]);
      await sleep(2_000);
      world.signalRedis("SIGSTOP");
      await sleep(30_000);
      world.signalRedis("SIGCONT");
      const thawedAt = Date.now();
      await sending;
      const settled = await settle(world);
      return { ...settled, sinceThawSeconds: Math.round((Date.now() - thawedAt) / 1_000) };
    },
  },
  "cold-start": {
    why: "the router starts without Redis, and Redis comes later",
    async run(world, how) {
      const router = world.start("all", "all");
      await router.serves();
      await sendAll(world, { ...how, events: Math.ceil(how.events / 2) }, [router]);
      world.startRedis();
      await sendAll(
        world,
        { ...how, events: Math.floor(how.events / 2) },
        [router],
        Math.ceil(how.events / 2),
      );
      return settle(world);
    },
  },
  sigterm: {
    why: "an ingest and a worker are told to end every 5 s under load, by SIGTERM",
    async run(world, how) {
      world.startRedis();
      const ingests = ["a", "b"].map((name) => world.start(`ingest-${name}`, "ingest"));
      const workers = ["a", "b"].map((name) => world.start(`worker-${name}`, "worker"));
      await Promise.all([...ingests, ...workers].map((member) => member.serves()));
      let turn = 0;
      // The sender has the addresses of the first start: an ingest that comes back has another port, so only one is ended.
      const stops = await meanwhile(sendAll(world, how, ingests), 5_000, () => {
        turn += 1;
        workers[turn % 2]?.kill("SIGTERM");
        if (turn === 1) ingests[1]?.kill("SIGTERM");
      });
      return { stops, ...(await settle(world)) };
    },
  },
  "hung-target": {
    why: "one target of three never answers",
    routes: { one: "/one", two: "/two", hung: "/hang" },
    async run(world, how) {
      const { ingest } = await aFleet(world, 1);
      await sendAll(world, how, [ingest]);
      const began = Date.now();
      // What the hung one has not been sent yet waits for its turn.
      while (missing(world.sent, world.arrived) > how.events && Date.now() - began < 60_000) await sleep(200);
      return { healthySeconds: Math.round((Date.now() - began) / 100) / 10 };
    },
  },
};
