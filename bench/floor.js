/**
 * `npm run bench -- floor`: how fast a webhook can be accepted, and how fast it can go through, on this machine at all, with this
 * generator: a front that does one step more each time, up to what no router that keeps what it accepts can leave out; a router
 * without a memory, on the cheapest queues there are; and both stacks beside them.
 */
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { cpuMicros } from "./cpu-time.js";
import { readOptions } from "./options.js";
import { startHelper, startRouter } from "./processes.js";
import { machine } from "./report.js";
import { ACCEPTED_BEFORE, WARM_UP, drive, withRouter } from "./round.js";
import { prepare, shipped, sides } from "./sides.js";
import { spread } from "./statistics.js";
import { root } from "./workload.js";

/** @import { Bench, Start } from "./round.js" */

/** What is done with a push, by the name of the row. */
const STEPS = {
  "Node's own server reads the body and answers": "plain",
  "Express does, with `express.raw`": "express",
  "… and verifies": "express+hmac",
  "… and appends the body to a stream in Redis": "express+hmac+store",
  "… and parses it": "express+hmac+parse+store",
  "the same, with Express's prototypes preset": "express+preset+hmac+parse+store",
  "… and without `express.raw`": "express+preset+own+hmac+parse+store",
};

/** How an event comes from the sender to the target, by the name of the row. */
const WAYS = {
  "Express takes it, a rule rewrites it, undici posts it: nothing is kept": "nothing",
  "… and it waits in a Redis stream": "stream",
  "… or as a job of BullMQ, as that comes": "jobs",
  "… the same, with what comes in one turn of the loop in one `addBulk`": "groups",
};

/** @typedef {{ perSecond: number, router: number, redis: number }} Found */

/** @param {readonly string[]} args */
export async function run(args) {
  const numbers = { rounds: 5, events: 8_000, connections: 32 };
  const options = readOptions(args, { numbers, out: join(root, "bench/results-floor.md") });
  prepare();
  const where = machine();
  const load = startHelper("load.js");
  const target = startHelper("target.js");
  const { url: targetUrl } = await target.ask({ listen: true });
  const { connections, events } = options;
  const bench = { load, target, targetUrl, secret: randomBytes(16).toString("hex"), events, connections };
  const both = { "the naive stack": sides.naive, Signalbox: sides.signalbox };
  const accepted = tableOf({ ...started(STEPS, front), ...both }, (start) => accepting(start, bench));
  const through = tableOf({ ...started(WAYS, router), ...both }, (start) => passing(start, bench));
  for (let round = 1; round <= options.rounds; round += 1) {
    await accepted.round();
    await through.round();
    console.log(`round ${round}/${options.rounds}`);
  }
  await Promise.all([load.stop(), target.stop()]);
  const text = page(accepted.rows(), through.rows(), where, options);
  writeFileSync(options.out, text);
  console.log(`${text}\nWritten to ${options.out}`);
}

/** @param {Readonly<Record<string, string>>} names @param {(what: string) => Start} start @returns {Record<string, Start>} */
function started(names, start) {
  return Object.fromEntries(Object.entries(names).map(([name, what]) => [name, start(what)]));
}

/** @param {string} steps @returns {Start} */
function front(steps) {
  return ({ redisUrl, secret }) =>
    startRouter([join(root, "bench/naive/front.js")], {
      STEPS: steps,
      REDIS_URL: redisUrl,
      WEBHOOK_SECRET: secret,
    });
}

/** @param {string} keeps @returns {Start} */
function router(keeps) {
  return ({ redisUrl, targetUrl, secret }) =>
    startRouter([join(root, "bench/naive/through.js")], {
      ...shipped,
      KEEPS: keeps,
      REDIS_URL: redisUrl,
      TARGET_URL: targetUrl,
      WEBHOOK_SECRET: secret,
    });
}

/** One measure of several, a row each. @param {Readonly<Record<string, Start>>} starts @param {(start: Start) => Promise<Found>} measure */
function tableOf(starts, measure) {
  /** @type {Map<string, Found[]>} */
  const found = new Map(Object.keys(starts).map((name) => [name, []]));
  return {
    async round() {
      for (const [name, start] of Object.entries(starts)) found.get(name)?.push(await measure(start));
    },
    rows() {
      const naive = found.get("the naive stack") ?? [];
      return [...found].map(([name, all]) => rowOf(name, all, naive)).join("\n");
    },
  };
}

/** @param {string} name @param {readonly Found[]} all @param {readonly Found[]} naive */
function rowOf(name, all, naive) {
  const of = (/** @type {(one: Found) => number} */ value) => spread(all.map(value)).median.toFixed(0);
  const times = spread(all.map(({ perSecond }, at) => perSecond / (naive[at]?.perSecond ?? NaN)));
  const cells = [
    of(({ perSecond }) => perSecond),
    of(({ router, redis }) => router + redis),
    of(({ redis }) => redis),
  ];
  return `| ${name} | ${cells[0]} | **${times.median.toFixed(2)}** (${times.min.toFixed(2)}–${times.max.toFixed(2)}) | ${cells[1]} | ${cells[2]} |`;
}

/** @param {Start} start @param {Bench} bench @returns {Promise<Found>} */
function accepting(start, bench) {
  const { load, secret, connections, events } = bench;
  return withRouter(start, bench, { role: "ingest" }, (open) => {
    const fill = (/** @type {number} */ count) => load.ask({ url: open.url, secret, count, connections });
    return costs(open, events, ACCEPTED_BEFORE, async (count) => {
      const { startedAt, endedAt } = await fill(count);
      return Number(BigInt(endedAt) - BigInt(startedAt));
    });
  });
}

/** @param {Start} start @param {Bench} bench @returns {Promise<Found>} */
function passing(start, bench) {
  return withRouter(start, bench, { role: "all" }, (open) =>
    costs(open, bench.events, WARM_UP, async (count) => {
      const { startedAt, lastAt } = await drive(open.url, bench, count);
      return Number(lastAt - startedAt);
    }),
  );
}

/** @param {import("./round.js").Open} open @param {number} events @param {number} before @param {(count: number) => Promise<number>} go takes ns */
async function costs({ pid, redis }, events, before, go) {
  await go(before);
  const [router, store] = [cpuMicros([pid]), cpuMicros([redis.pid])];
  const seconds = (await go(events)) / 1e9;
  return {
    perSecond: events / seconds,
    router: (cpuMicros([pid]) - router) / events,
    redis: (cpuMicros([redis.pid]) - store) / events,
  };
}

/** @param {string} accepted @param {string} through @param {ReturnType<typeof machine>} where @param {{ rounds: number, events: number, connections: number }} options */
function page(accepted, through, { processor, system, libraries, commit }, { rounds, events, connections }) {
  return `# What accepting and delivering cost at least

Written by \`npm run bench -- floor\`. One after the other in each round, ${events.toLocaleString("en")} signed pushes of 8,745 bytes over ${connections} connections.
Medians of ${rounds} rounds; *times* is by the naive stack in the same round; CPU is of the router and Redis. The generator, the target and
Redis share the two cores with the router.

## Accepting

A front that does one step more each time, then both stacks; after ${ACCEPTED_BEFORE.toLocaleString("en")} pushes; nothing is delivered.

| who accepts | events/s | times naive | CPU µs an event | of which Redis |
|---|---|---|---|---|
${accepted}

Signalbox does besides, before it answers: integers beyond 2^53 are looked for, the source's rules and each route's \`when\` are asked,
duplicates are known by the provider's id, event, deliveries, queue entries, ledger and index are written by one script.

## End to end

[A router without a memory](naive/through.js), on Express with its prototypes preset, Signalbox's engine for rules, Ajv and undici: it verifies,
asks \`when\`, checks, rewrites, checks and posts, ten at a time, and has neither history nor retries, limits, guards or a dashboard. After
${WARM_UP.toLocaleString("en")} pushes.

| how it goes through | events/s | times naive | CPU µs an event | of which Redis |
|---|---|---|---|---|
${through}

| | |
|---|---|
| machine | ${processor} |
| system | ${system} |
| versions | Node ${process.versions.node}, ${libraries} |
| commit | ${commit} |
| date | ${new Date().toISOString().slice(0, 10)} |
`;
}
