/**
 * `npm run bench -- floor`: how fast a webhook can be accepted on this machine at all, with this generator: a front that does one
 * step more each time, up to what no router that keeps what it accepts can leave out, and both stacks beside it.
 */
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { cpuMicros } from "./cpu-time.js";
import { readOptions } from "./options.js";
import { startHelper, startRouter } from "./processes.js";
import { machine } from "./report.js";
import { ACCEPTED_BEFORE, withRouter } from "./round.js";
import { prepare, sides } from "./sides.js";
import { spread } from "./statistics.js";
import { root } from "./workload.js";

/** @import { Start } from "./round.js" */

/** What is done with a push, by the name of the row. */
const STEPS = {
  "Node's own server reads the body and answers": "plain",
  "Express does, with `express.raw`": "express",
  "… and verifies": "express+hmac",
  "… and appends the body to a stream in Redis": "express+hmac+store",
  "… and parses it": "express+hmac+parse+store",
  "the same, with Express's prototypes preset": "express+preset+hmac+parse+store",
};

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
  /** @type {Readonly<Record<string, Start>>} */
  const rows = {
    ...Object.fromEntries(Object.entries(STEPS).map(([name, steps]) => [name, front(steps)])),
    "the naive stack": sides.naive,
    Signalbox: sides.signalbox,
  };
  /** @type {Record<string, { perSecond: number, router: number, redis: number }[]>} */
  const found = Object.fromEntries(Object.keys(rows).map((name) => [name, []]));
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const [name, start] of Object.entries(rows)) found[name]?.push(await accepting(start, bench));
    console.log(`round ${round}/${options.rounds}`);
  }
  await Promise.all([load.stop(), target.stop()]);
  const text = page(found, where, options);
  writeFileSync(options.out, text);
  console.log(`${text}\nWritten to ${options.out}`);
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

/** @param {Start} start @param {Parameters<typeof withRouter>[1]} bench */
function accepting(start, bench) {
  const { load, secret, connections, events } = bench;
  return withRouter(start, bench, { role: "ingest" }, async ({ url, redis, pid }) => {
    await load.ask({ url, secret, count: ACCEPTED_BEFORE, connections });
    const [router, store] = [cpuMicros([pid]), cpuMicros([redis.pid])];
    const { startedAt, endedAt } = await load.ask({ url, secret, count: events, connections });
    return {
      perSecond: events / (Number(BigInt(endedAt) - BigInt(startedAt)) / 1e9),
      router: (cpuMicros([pid]) - router) / events,
      redis: (cpuMicros([redis.pid]) - store) / events,
    };
  });
}

/** @param {Record<string, { perSecond: number, router: number, redis: number }[]>} found @param {ReturnType<typeof machine>} where @param {{ rounds: number, events: number, connections: number }} options */
function page(found, { processor, system, libraries, commit }, { rounds, events, connections }) {
  const naive = found["the naive stack"] ?? [];
  const rows = Object.entries(found).map(([name, all]) => {
    const of = (/** @type {"perSecond" | "router" | "redis"} */ key) =>
      spread(all.map((one) => one[key])).median.toFixed(0);
    const times = spread(all.map(({ perSecond }, at) => perSecond / (naive[at]?.perSecond ?? NaN)));
    return `| ${name} | ${of("perSecond")} | **${times.median.toFixed(2)}** (${times.min.toFixed(2)}–${times.max.toFixed(2)}) | ${of("router")} | ${of("redis")} |`;
  });
  return `# What accepting costs at least

Written by \`npm run bench -- floor\`. A front that does one step more each time, then both stacks, one after the other in each round:
${events.toLocaleString("en")} signed pushes of 8,745 bytes over ${connections} connections after ${ACCEPTED_BEFORE.toLocaleString("en")}, nothing is delivered. Medians of ${rounds} rounds; *times* is
by the naive stack in the same round. The generator and Redis share the two cores with whoever accepts.

| who accepts | events/s | times naive | CPU µs an event | and of Redis |
|---|---|---|---|---|
${rows.join("\n")}

| | |
|---|---|
| machine | ${processor} |
| system | ${system} |
| versions | Node ${process.versions.node}, ${libraries} |
| commit | ${commit} |
| date | ${new Date().toISOString().slice(0, 10)} |

Signalbox does besides, before it answers: integers beyond 2^53 are looked for, the source's rules and each route's \`when\` are asked,
duplicates are known by the provider's id, event, deliveries, queue entries, ledger and index are written by one script.
`;
}
