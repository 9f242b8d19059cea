/** `npm run bench -- order`: events a second through a route without a line, and through the same route ordered over many keys, in turns. */
import { readOptions } from "./options.js";
import { machine } from "./report.js";
import { WARM_UP, rate, drive, withRouter } from "./round.js";
import { SCALE_PAGE, cell, writeSection } from "./section.js";
import { prepare, startSignalbox } from "./sides.js";
import { withStage } from "./stage.js";
import { readText } from "./workload.js";

/** @typedef {{ eventsPerSecond: number, cpuMicros: number }} Measured */
/** @typedef {{ unordered: Measured, ordered: Measured, one: Measured }} Round */

/** @param {readonly string[]} args */
export async function run(args) {
  const options = readOptions(args, {
    numbers: { rounds: 5, events: 8_000, connections: 32, keys: 1_000, warm: WARM_UP },
    out: SCALE_PAGE,
  });
  prepare();
  const where = machine();
  let version = "";
  const rounds = await withStage(options, async (bench) => {
    const through = (/** @type {string} */ line) => {
      const files = { "routes/workload.yaml": `${readText("routes/workload.yaml")}${line}` };
      return withRouter(startSignalbox, bench, { role: "all", files }, async (open) => {
        version = open.redis.version;
        await drive(open.url, bench, options.warm);
        const { eventsPerSecond, cpuMicros } = await rate(open, bench, options.events);
        return { eventsPerSecond, cpuMicros };
      });
    };
    // `before` is 40 random hex digits: four of them are spread over the keys.
    const key = (/** @type {number} */ keys) =>
      `order: $floor($number("0x" & $substring(before, 0, 4)) * ${keys} / 65536)\n`;
    const rounds = [];
    for (let number = 1; number <= options.rounds; number += 1) {
      const sides = {
        unordered: () => through(""),
        ordered: () => through(key(options.keys)),
        one: () => through(key(1)),
      };
      const round = /** @type {Round} */ ({});
      const names = /** @type {(keyof Round)[]} */ (Object.keys(sides));
      // What comes first changes with each round.
      for (const name of number % 2 === 0 ? names.toReversed() : names) round[name] = await sides[name]();
      rounds.push(round);
      console.log(`round ${number}/${options.rounds}  ${line(round)}`);
    }
    return rounds;
  });
  writeSection(options.out, "Order", text(rounds, options), { ...where, more: `Redis ${version}` });
}

/** @param {Round} round */
function line({ unordered, ordered, one }) {
  const share = (ordered.eventsPerSecond / unordered.eventsPerSecond).toFixed(2);
  const each = [unordered, ordered, one].map(({ eventsPerSecond }) => eventsPerSecond.toFixed(0));
  return `unordered ${each[0]}/s, ordered ${each[1]}/s (${share}), one key ${each[2]}/s`;
}

/** @param {readonly Round[]} rounds @param {{ events: number, connections: number, keys: number }} options */
function text(rounds, { events, connections, keys }) {
  const row = (/** @type {string} */ name, /** @type {keyof Round} */ which) => {
    const of = (/** @type {keyof Measured} */ what) => rounds.map((round) => round[which][what]);
    const share = rounds.map((round) => round[which].eventsPerSecond / round.unordered.eventsPerSecond);
    return `| ${name} | ${cell(of("eventsPerSecond"), 0)} | **${cell(share, 2)}** | ${cell(of("cpuMicros"), 0)} |`;
  };
  return `Written by \`npm run bench -- order\`. Workload W through a route as it is shipped, and through the same route with \`order\`.

| route | events/s | of unordered | CPU µs an event |
|---|---|---|---|
${row("unordered", "unordered")}
${row(`ordered, ${keys.toLocaleString("en")} keys`, "ordered")}
${row("ordered, one key", "one")}

Medians of ${rounds.length} rounds, least and greatest in brackets; the share is the median of the rounds' own. ${events.toLocaleString("en")} events over ${connections} connections
from the first post to the last arrival, each side in a fresh process on a fresh Redis, warmed up; what comes first changes with each round. With
one key all deliveries go one after another: its rate is the time of one round through worker, target and store.`;
}
