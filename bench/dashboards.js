/** `npm run bench -- dashboards`: throughput while dashboards are open, against none, in turns on one router. */
import { cpuMicros } from "./cpu-time.js";
import { readOptions } from "./options.js";
import { startHelper } from "./processes.js";
import { machine } from "./report.js";
import { rate, warmUp, withRouter } from "./round.js";
import { OPERATOR_PAGE, cell, writeSection } from "./section.js";
import { logIn } from "./session.js";
import { prepare, sides } from "./sides.js";
import { withStage } from "./stage.js";

/** @typedef {Awaited<ReturnType<typeof withOpen>>} Watched */
/** @typedef {Pick<Watched, "eventsPerSecond" | "cpuMicros">} Unwatched */
/** @typedef {{ watched: Watched, unwatched: Unwatched }} Round */

/** @param {readonly string[]} args */
export async function run(args) {
  const options = readOptions(args, {
    numbers: { rounds: 5, events: 12_000, warm: 40, open: 50, connections: 32 },
    out: OPERATOR_PAGE,
  });
  prepare();
  const where = machine();
  const { rounds, version } = await withStage(options, (bench) =>
    withRouter(sides.signalbox, bench, { role: "all" }, async (open) => {
      const clients = startHelper("open-dashboards.js");
      const cookie = await logIn(open);
      await warmUp(open, bench, options.warm);
      /** @type {Round[]} */
      const rounds = [];
      for (let number = 1; number <= options.rounds; number += 1) {
        const measured = /** @type {Round} */ ({});
        // What comes first changes with each round: the history grows, and the machine drifts.
        const turns = /** @type {const} */ (["watched", "unwatched"]);
        for (const turn of number % 2 === 0 ? turns : turns.toReversed()) {
          if (turn === "unwatched") measured.unwatched = await rate(open, bench, options.events);
          else measured.watched = await withOpen(open, bench, clients, { ...options, cookie });
        }
        rounds.push(measured);
        console.log(`round ${number}/${options.rounds}  ${line(measured)}`);
      }
      await clients.stop();
      return { rounds, version: open.redis.version };
    }),
  );
  const more = `Redis ${version}`;
  writeSection(options.out, "What open dashboards cost", text(rounds, options), { ...where, more });
}

/**
 * @param {import("./round.js").Open} open @param {import("./round.js").Bench} bench @param {import("./round.js").Helper} clients
 * @param {{ cookie: string, open: number, events: number }} options
 */
async function withOpen(open, bench, clients, { cookie, open: count, events }) {
  await clients.ask({ admin: open.admin, cookie, count });
  const before = cpuMicros([clients.pid]);
  const startedAt = process.hrtime.bigint();
  const { eventsPerSecond, cpuMicros: cpu } = await rate(open, bench, events);
  const seconds = Number(process.hrtime.bigint() - startedAt) / 1e9;
  const clientMicros = (cpuMicros([clients.pid]) - before) / events;
  const { calls, answeredBytes, streamedBytes, least } = await clients.ask({ close: true });
  if (!(calls > 0) || !(least > 0)) throw new Error("A dashboard heard nothing.");
  return {
    ...{ eventsPerSecond, cpuMicros: cpu, clientMicros },
    callsPerSecond: calls / seconds,
    kilobytesPerSecond: (answeredBytes + streamedBytes) / seconds / 1_000,
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
    `${slower(round).toFixed(1)} % slower, ${dearer(round).toFixed(1)} % more CPU, clients ${round.watched.clientMicros.toFixed(0)} µs`
  );
}

/** @param {readonly Round[]} rounds @param {{ open: number, events: number, warm: number, connections: number }} options */
function text(rounds, { open, events, warm, connections }) {
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

- After ${warm} s to warm up, so that sealing runs, ${events} events a turn over ${connections} connections; which turn comes first changes with each round.
- A dashboard is what the overview asks (\`/overview\` and \`/events?limit=8\` 5 s after each answer, \`/dead-letters\` 15 s after) under a session's cookie, and besides the stream that the list of events follows (\`/changes\`, nothing filtered): more than any one page asks. [bench/open-dashboards.js](open-dashboards.js) reads over raw sockets and draws nothing.
- Not measured: browsers, pages with filters of their own, searches, a workspace of many targets, an idle router.`;
}
