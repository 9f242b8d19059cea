/** `npm run bench -- dashboards`: throughput while dashboards are open, against none, in turns on one router. */
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { cpuMicros } from "./cpu-time.js";
import { readOptions } from "./options.js";
import { startHelper } from "./processes.js";
import { machine } from "./report.js";
import { driveFor, passing, withRouter } from "./round.js";
import { OPERATOR_PAGE, cell, writeSection } from "./section.js";
import { logIn } from "./session.js";
import { prepare, sides } from "./sides.js";
import { withStage } from "./stage.js";

/** @typedef {{ eventsPerSecond: number, cpuMicros: number }} Unwatched */
/** @typedef {Awaited<ReturnType<typeof withOpen>>} Watched */
/** @typedef {{ watched: Watched, unwatched: Unwatched }} Round */

/** After dashboards were opened or closed, so long passes before what comes counts. */
const SETTLES_MS = 1_500;

/** No turn spends more on opening and closing them. */
const OPENS_MS = 2_000;

/** @param {readonly string[]} args */
export async function run(args) {
  const options = readOptions(args, {
    numbers: { rounds: 15, seconds: 6, warm: 45, open: 50, connections: 32 },
    out: OPERATOR_PAGE,
  });
  prepare();
  const where = machine();
  const { rounds, version } = await withStage({ ...options, events: 0 }, (bench) =>
    withRouter(sides.signalbox, bench, { role: "all" }, async (open) => {
      const clients = startHelper("open-dashboards.js");
      const cookie = await logIn(open);
      const turn = options.seconds * 1_000 + SETTLES_MS + OPENS_MS;
      const seconds = options.warm + (options.rounds * 2 * turn) / 1_000;
      const rounds = await driveFor(open.url, bench, seconds, async () => {
        await sleep(options.warm * 1_000);
        return turns(open, bench, clients, { ...options, cookie });
      });
      await clients.stop();
      return { rounds, version: open.redis.version };
    }),
  );
  const more = `Redis ${version}`;
  writeSection(options.out, "What open dashboards cost", text(rounds, options), { ...where, more });
}

/** @typedef {{ cookie: string, open: number, seconds: number, rounds: number }} Options */

/**
 * @param {import("./round.js").Open} open @param {import("./round.js").Bench} bench @param {import("./round.js").Helper} clients
 * @param {Options} options
 */
async function turns(open, bench, clients, options) {
  /** @type {Round[]} */
  const rounds = [];
  for (let number = 1; number <= options.rounds; number += 1) {
    const measured = /** @type {Round} */ ({});
    // What comes first changes with each round: the history grows, and the machine drifts.
    const order = /** @type {const} */ (["watched", "unwatched"]);
    for (const turn of number % 2 === 0 ? order : order.toReversed()) {
      if (turn === "watched") measured.watched = await withOpen(open, bench, clients, options);
      else measured.unwatched = await settled(open, bench, options.seconds);
    }
    rounds.push(measured);
    console.log(`round ${number}/${options.rounds}  ${line(measured)}`);
  }
  return rounds;
}

/** What goes through in so many seconds, after what came before has settled. @param {import("./round.js").Open} open @param {import("./round.js").Bench} bench @param {number} seconds */
async function settled(open, bench, seconds) {
  await sleep(SETTLES_MS);
  return passing(open, bench, seconds);
}

/**
 * @param {import("./round.js").Open} open @param {import("./round.js").Bench} bench @param {import("./round.js").Helper} clients
 * @param {Options} options
 */
async function withOpen(open, bench, clients, { cookie, open: count, seconds }) {
  const before = cpuMicros([clients.pid]);
  const startedAt = performance.now();
  await clients.ask({ admin: open.admin, cookie, count });
  const measured = await settled(open, bench, seconds);
  const took = (performance.now() - startedAt) / 1_000;
  const { calls, answeredBytes, streamedBytes, least } = await clients.ask({ close: true });
  if (!(calls > 0) || !(least > 0)) throw new Error("A dashboard heard nothing.");
  return {
    ...measured,
    clientMicros: (cpuMicros([clients.pid]) - before) / (measured.eventsPerSecond * took),
    callsPerSecond: calls / took,
    kilobytesPerSecond: (answeredBytes + streamedBytes) / took / 1_000,
  };
}

/** @param {Round} round */
const slower = ({ watched, unwatched }) => 100 * (1 - watched.eventsPerSecond / unwatched.eventsPerSecond);
/** @param {Round} round */
const dearer = ({ watched, unwatched }) => 100 * (watched.cpuMicros / unwatched.cpuMicros - 1);

/** @param {Round} round */
function line(round) {
  const side = (/** @type {Unwatched} */ { eventsPerSecond, cpuMicros }) =>
    `${eventsPerSecond.toFixed(0)}/s ${cpuMicros.toFixed(0)} µs`;
  return (
    `none open ${side(round.unwatched)} · open ${side(round.watched)} · ` +
    `${slower(round).toFixed(1)} % slower, ${dearer(round).toFixed(1)} % more CPU`
  );
}

/** @param {readonly Round[]} rounds @param {{ open: number, seconds: number, warm: number, connections: number }} options */
function text(rounds, { open, seconds, warm, connections }) {
  const all = (/** @type {(round: Round) => number} */ of, /** @type {number} */ digits) =>
    cell(rounds.map(of), digits);
  return `Written by \`npm run bench -- dashboards\`. ${open} dashboards are open, or none, while workload W goes through one router as fast as
it can.

| measure | none open | ${open} open | cost |
|---|---|---|---|
| end to end, events/s | ${all(({ unwatched }) => unwatched.eventsPerSecond, 0)} | ${all(({ watched }) => watched.eventsPerSecond, 0)} | **${all(slower, 1)} %** |
| CPU µs an event, router and Redis | ${all(({ unwatched }) => unwatched.cpuMicros, 0)} | ${all(({ watched }) => watched.cpuMicros, 0)} | **${all(dearer, 1)} %** |
| CPU µs an event, all clients together | | ${all(({ watched }) => watched.clientMicros, 0)} | |
| calls a second that the router answered | | ${all(({ watched }) => watched.callsPerSecond, 1)} | |
| kB a second that the router told | | ${all(({ watched }) => watched.kilobytesPerSecond, 0)} | |

Medians of ${rounds.length} rounds, least and greatest in brackets; the cost is the median of the rounds' own. The clients share the machine's
cores with router, Redis, generator and target, so what they take themselves is part of the cost in events/s, and not of that in CPU.

- One flow of events over ${connections} connections, at most 500 on their way at a time, that never pauses, so that sealing goes on evenly; after ${warm} s dashboards are opened and closed in turns. Of each turn ${seconds} s count, the ${SETTLES_MS / 1_000} s before them do not; which comes first changes with each round.
- A dashboard is what the overview asks (\`/overview\`, 5 s after each answer) under a session's cookie, and besides the stream that the list of events follows (\`/changes\`, nothing filtered): more than any one page asks. [bench/open-dashboards.js](open-dashboards.js) reads over raw sockets and draws nothing.
- Not measured: browsers, pages with filters of their own, searches, a workspace of many targets, an idle router.`;
}
