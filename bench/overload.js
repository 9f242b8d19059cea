/** `npm run bench -- overload`: what is delivered while twice as much comes in as can be, against what is delivered at most. */
import { setTimeout as sleep } from "node:timers/promises";
import { readOptions } from "./options.js";
import { machine } from "./report.js";
import { driveFor, passing, withRouter } from "./round.js";
import { RELIABILITY_PAGE, cell, writeSection } from "./section.js";
import { prepare, startSignalbox } from "./sides.js";
import { withStage } from "./stage.js";
import { quantile } from "./statistics.js";

const WARM_UP_SECONDS = 6;
/** The second half of the time is looked at: by then what comes in is what gets done. */
const LOOKED_AT = 0.5;

/** What refuses what it does not manage, sooner than by default so that it has settled when it is looked at; and what takes everything. */
const sides = { refusing: "5", taking: "0" };

/**
 * @typedef {{ goodput: number, asked: number, p99: number, refused: number, restSeconds: number }} Found
 * @typedef {{ peak: number, refusing: Found, taking: Found }} Round
 * @typedef {import("./round.js").Bench} Bench
 * @typedef {import("./round.js").Open} Open
 */

/** @param {readonly string[]} args */
export async function run(args) {
  const numbers = { rounds: 3, seconds: 60, connections: 64, times: 2 };
  const options = readOptions(args, { numbers, out: RELIABILITY_PAGE });
  prepare();
  const where = machine();
  /** @type {Round[]} */
  const rounds = [];
  let version = "";
  for (let round = 1; round <= options.rounds; round += 1) {
    const found = await withStage({ events: 0, connections: options.connections }, async (bench) => {
      const peak = await withRouter(startSignalbox, bench, { role: "all" }, async (open) => {
        version = open.redis.version;
        await warmUp(open, bench);
        return driveFor(open.url, bench, options.seconds, () => inTheEnd(open, bench, options.seconds));
      });
      const offered = Math.round(options.times * peak);
      const under = (/** @type {keyof typeof sides} */ side) =>
        withRouter(startOf(side), bench, { role: "all" }, (open) =>
          flood(open, bench, offered, options.seconds),
        );
      return { peak, refusing: await under("refusing"), taking: await under("taking") };
    });
    rounds.push(found);
    console.log(`round ${round}/${options.rounds}  ${JSON.stringify(found)}`);
  }
  writeSection(options.out, "More than it can take", text(rounds, options), {
    ...where,
    more: `Redis ${version}`,
  });
}

/** @param {keyof typeof sides} side */
function startOf(side) {
  return (/** @type {import("./sides.js").Place} */ place) =>
    startSignalbox({ ...place, environment: { SIGNALBOX_SHED_SECONDS: sides[side] } });
}

/** @param {Open} open @param {Bench} bench */
async function warmUp({ url }, { load, target, secret, connections }) {
  const { statuses } = await load.ask({ url, secret, connections, offered: 300, seconds: WARM_UP_SECONDS });
  await target.ask({ expected: statuses["202"] ?? 0 });
}

/** What arrives a second in the part of the time that is looked at. @param {Open} open @param {Bench} bench @param {number} seconds */
async function inTheEnd(open, bench, seconds) {
  await sleep(seconds * (1 - LOOKED_AT) * 1_000);
  return (await passing(open, bench, seconds * LOOKED_AT - 0.5)).eventsPerSecond;
}

/** Offers so many a second for so long; all that was taken must arrive. @param {Open} open @param {Bench} bench @param {number} offered @param {number} seconds @returns {Promise<Found>} */
async function flood(open, bench, offered, seconds) {
  await warmUp(open, bench);
  const { load, target, secret, connections } = bench;
  const posting = load.ask({ url: open.url, secret, connections, offered, seconds });
  const eventsPerSecond = await inTheEnd(open, bench, seconds);
  const { millis, statuses } = await posting;
  const taken = statuses["202"] ?? 0;
  const ended = Date.now();
  const { keys } = await target.ask({ expected: taken });
  if (new Set(keys).size < taken)
    throw new Error(`${taken - new Set(keys).size} of ${taken} events never arrived.`);
  const asked = Object.values(/** @type {Record<string, number>} */ (statuses)).reduce(
    (sum, count) => sum + count,
    0,
  );
  return {
    goodput: eventsPerSecond,
    asked: asked / seconds,
    p99: quantile(millis, 0.99),
    refused: (100 * (asked - taken)) / asked,
    restSeconds: (Date.now() - ended) / 1_000,
  };
}

/** @param {readonly Round[]} rounds @param {{ rounds: number, seconds: number, connections: number, times: number }} options */
function text(rounds, { rounds: count, seconds, connections, times }) {
  const of = (/** @type {keyof typeof sides} */ side, /** @type {keyof Found} */ name, digits = 0) =>
    cell(
      rounds.map((round) => round[side][name]),
      digits,
    );
  const share = (/** @type {keyof typeof sides} */ side) =>
    cell(
      rounds.map((round) => (100 * round[side].goodput) / round.peak),
      1,
    );
  const peak = cell(
    rounds.map((round) => round.peak),
    0,
  );
  return `One process accepts and delivers. At most ${peak} events/s go through it, while at most 500 are on their way (${seconds} s, of which the second half is looked at, as in what follows). Then ${times} times that is offered
for ${seconds} s, whatever the answers, over ${connections} connections. ${count} rounds, medians (least–greatest).

| | refuses what it does not manage (\`SIGNALBOX_SHED_SECONDS=${sides.refusing}\`) | takes everything (\`SIGNALBOX_SHED_SECONDS=0\`) |
|---|---|---|
| delivered meanwhile, events/s | ${of("refusing", "goodput")} | ${of("taking", "goodput")} |
| of what is delivered at most, % | ${share("refusing")} | ${share("taking")} |
| offered, requests/s | ${of("refusing", "asked")} | ${of("taking", "asked")} |
| not taken, or not sent while 1,000 were on their way, % | ${of("refusing", "refused", 1)} | ${of("taking", "refused", 1)} |
| answer p99, ms | ${of("refusing", "p99")} | ${of("taking", "p99")} |
| until all that was taken is delivered, s | ${of("refusing", "restSeconds", 1)} | ${of("taking", "restSeconds", 1)} |

Every event that was answered 202 arrived. \`npm run bench -- overload\``;
}
