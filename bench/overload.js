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
const PEAK_SECONDS = 10;
/** As it is by default: other benches turn it off. */
const SHED_SECONDS = "5";
/** The second half of the time is looked at: by then what comes in is what gets done. */
const LOOKED_AT = 0.5;

const start = (/** @type {import("./sides.js").Place} */ place) =>
  startSignalbox({ ...place, environment: { SIGNALBOX_SHED_SECONDS: SHED_SECONDS } });

/** @param {readonly string[]} args */
export async function run(args) {
  const numbers = { rounds: 3, seconds: 40, connections: 64, times: 2 };
  const options = readOptions(args, { numbers, out: RELIABILITY_PAGE });
  prepare();
  const where = machine();
  /** @type {{ peak: number, goodput: number, share: number, p99: number, refused: number, calmSeconds: number }[]} */
  const rounds = [];
  let version = "";
  for (let round = 1; round <= options.rounds; round += 1) {
    const found = await withStage({ events: 0, connections: options.connections }, (bench) =>
      withRouter(start, bench, { role: "all" }, async (open) => {
        version = open.redis.version;
        await driveFor(open.url, bench, WARM_UP_SECONDS, () => Promise.resolve());
        const peak = await driveFor(open.url, bench, PEAK_SECONDS + 2, async () => {
          await sleep(1_500);
          return (await passing(open, bench, PEAK_SECONDS)).eventsPerSecond;
        });
        const { load, secret, connections } = bench;
        const offered = Math.round(options.times * peak);
        const posting = load.ask({ url: open.url, secret, connections, offered, seconds: options.seconds });
        await sleep(options.seconds * (1 - LOOKED_AT) * 1_000);
        const { eventsPerSecond } = await passing(open, bench, options.seconds * LOOKED_AT - 0.5);
        const { millis, statuses } = await posting;
        const ended = Date.now();
        await bench.target.ask({ expected: statuses["202"] ?? 0 });
        const asked = Object.values(statuses).reduce((sum, count) => sum + count, 0);
        return {
          ...{ peak, goodput: eventsPerSecond, share: (100 * eventsPerSecond) / peak, statuses },
          p99: quantile(millis, 0.99),
          refused: (100 * (asked - (statuses["202"] ?? 0))) / asked,
          calmSeconds: (Date.now() - ended) / 1_000,
        };
      }),
    );
    rounds.push(found);
    console.log(`round ${round}/${options.rounds}  ${JSON.stringify(found)}`);
  }
  writeSection(options.out, "More than it can take", text(rounds, options), {
    ...where,
    more: `Redis ${version}`,
  });
}

/** @param {readonly Record<string, any>[]} rounds @param {{ rounds: number, seconds: number, connections: number, times: number }} options */
function text(rounds, { rounds: count, seconds, connections, times }) {
  const of = (/** @type {string} */ name, digits = 0) =>
    cell(
      rounds.map((round) => round[name]),
      digits,
    );
  return `One process accepts and delivers. At most: as much as goes through it while at most 500 events are on their way. Then ${times} times that is offered for ${seconds} s,
whatever the answers, over ${connections} connections. ${count} rounds, medians (least–greatest).

| | |
|---|---|
| delivered at most, events/s | ${of("peak")} |
| delivered at ${times} times the load, events/s | ${of("goodput")} |
| that is, % | ${of("share", 1)} |
| refused with 429 or 503, % | ${of("refused", 1)} |
| answer p99, ms | ${of("p99")} |
| until all that was taken is delivered, s | ${of("calmSeconds", 1)} |

Every event that was answered 202 arrived. \`npm run bench -- overload\``;
}
