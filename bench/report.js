/** What a run found, as `bench/results.md`: the ratios first, then what they were measured on, how, and what was not. */
import { execFileSync } from "node:child_process";
import { availableParallelism, cpus, loadavg, release, totalmem } from "node:os";
import { ACCEPTED_BEFORE, FILLED_BEFORE, OF_LIMIT, PACED, WAITING, WARM_UP } from "./round.js";
import { spread } from "./statistics.js";
import { CONCURRENCY, readText, root } from "./workload.js";

/** @typedef {Awaited<ReturnType<typeof import("./round.js").measure>>} Measured */
/** @typedef {{ naive: Measured, signalbox: Measured }} Round */

/** @type {readonly { key: Exclude<keyof Measured, "redisVersion">, name: string, better: "more" | "less", digits: number }[]} */
const measures = [
  { key: "eventsPerSecond", name: "end to end, events/s", better: "more", digits: 0 },
  { key: "cpuMicros", name: "CPU µs an event, router and Redis", better: "less", digits: 0 },
  { key: "acceptedPerSecond", name: "ingest alone, events/s", better: "more", digits: 0 },
  {
    key: "throughP99",
    name: `end to end p99 at ${OF_LIMIT.share} of naive's limit, ms`,
    better: "less",
    digits: 1,
  },
  {
    key: "throughP50",
    name: `end to end p50 at ${OF_LIMIT.share} of naive's limit, ms`,
    better: "less",
    digits: 1,
  },
  { key: "floodP50", name: "ingest p50 under that load, ms", better: "less", digits: 1 },
  { key: "floodP99", name: "ingest p99 under that load, ms", better: "less", digits: 1 },
  { key: "pacedP50", name: `ingest p50 at ${PACED.perSecond}/s, ms`, better: "less", digits: 2 },
  { key: "pacedP99", name: `ingest p99 at ${PACED.perSecond}/s, ms`, better: "less", digits: 2 },
  { key: "bytesWaiting", name: "Redis bytes a waiting event", better: "less", digits: 0 },
];

/** How many times better Signalbox did in one round. @param {Round} round @param {(typeof measures)[number]} measure */
function times({ naive, signalbox }, { key, better }) {
  return better === "more" ? signalbox[key] / naive[key] : naive[key] / signalbox[key];
}

/** One line about one round. @param {Round} round */
export function roundLine(round) {
  const side = (/** @type {Measured} */ { eventsPerSecond, cpuMicros }) =>
    `${eventsPerSecond.toFixed(0)}/s ${cpuMicros.toFixed(0)} µs`;
  const [speed, cpu, ingest, p99] = measures.map((measure) => times(round, measure).toFixed(2));
  return (
    `naive ${side(round.naive)} · signalbox ${side(round.signalbox)} · ${speed}× the events, ${cpu}× less CPU, ` +
    `${ingest}× the ingest, p99 ${p99}× less`
  );
}

/** The table, in Markdown. @param {readonly Round[]} rounds */
export function table(rounds) {
  const cell = (/** @type {readonly number[]} */ values, /** @type {number} */ digits) => {
    if (values.some(Number.isNaN)) return "Linux only";
    const [median, min, max] = Object.values(spread(values)).map((value) => value.toFixed(digits));
    return `${median} (${min}–${max})`;
  };
  const rows = measures.map((measure) => {
    const { key, name, digits } = measure;
    const [naive, signalbox] = /** @type {const} */ (["naive", "signalbox"]).map((side) =>
      cell(
        rounds.map((round) => round[side][key]),
        digits,
      ),
    );
    return `| ${name} | **${cell(
      rounds.map((round) => times(round, measure)),
      2,
    )}** | ${signalbox} | ${naive} |`;
  });
  return ["| measure | times better | Signalbox | naive stack |", "|---|---|---|---|", ...rows].join("\n");
}

function commit() {
  const git = (/** @type {string[]} */ ...args) =>
    execFileSync("git", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  try {
    const dirty =
      git("status", "--porcelain", "--", "src", "bench/*.js", "bench/naive") === ""
        ? ""
        : ", with changes that are not committed";
    return git("rev-parse", "--short=10", "HEAD") + dirty;
  } catch {
    return "unknown";
  }
}

/** What the machine was like; call it before the load. */
export function machine() {
  const version = (/** @type {string} */ name) =>
    JSON.parse(readText(`node_modules/${name}/package.json`)).version;
  const libraries = ["express", "bullmq", "jsonata", "ajv", "undici"].map(
    (name) => `${name} ${version(name)}`,
  );
  return {
    processor: `${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, ${(totalmem() / 2 ** 30).toFixed(1)} GB`,
    system: `${process.platform} ${release()}, load before the run ${loadavg()[0]?.toFixed(2)}`,
    libraries: libraries.join(", "),
    commit: commit(),
  };
}

/** The whole page. @param {readonly Round[]} rounds @param {ReturnType<typeof machine>} where @param {{ events: number, connections: number }} options */
export function page(rounds, { processor, system, libraries, commit }, { events, connections }) {
  return `# What a webhook costs

Written by \`npm run bench\`. Workload W: a signed GitHub push of 8,745 bytes comes in, is verified, stored, validated,
rewritten by a 26-line JSONata rule, validated again and posted to a target. Medians of ${rounds.length} rounds, least and greatest
in brackets; *times better* is the median of the rounds' own ratios. Trust the ratios: the machine's speed drifts, and
both sides of a round meet the same weather.

${table(rounds)}

| | |
|---|---|
| machine | ${processor} |
| system | ${system} |
| versions | Node ${process.versions.node}, Redis ${rounds[0]?.signalbox.redisVersion}, ${libraries} |
| commit | ${commit} |
| date | ${new Date().toISOString().slice(0, 10)} |

## How
- ${rounds.length} rounds, naive stack then Signalbox in each. Each side is one process with a fresh Redis of its own (append-only file, fsync every second, no eviction), ${CONCURRENCY} attempts at a time; one load generator and one target, in processes of their own, serve both; what they have made before a measure they collect before it begins.
- The naive stack is [bench/naive/router.js](naive/router.js): Express with \`express.raw\`, an HMAC check, \`await queue.add\`, a BullMQ Worker, jsonata compiled once, Ajv in and out, \`fetch\`. Signalbox runs as \`signalbox start\` with the \`NODE_OPTIONS\` of its image and its unit for systemd (\`--max-semi-space-size=32 --v8-pool-size=0\`), with everything that it does besides: record, dedupe, history, reconciler.
- End to end: after ${WARM_UP.toLocaleString("en")} events to warm up, ${events} events over ${connections} connections, as fast as these permit; from the first request to the last arrival at the target. Latency is what the sender sees until the 202. CPU is user and system time of router and Redis over the same span and 0.3 s after it, from /proc.
- At ${PACED.perSecond}/s: ${PACED.count} events, sent on time whether or not the earlier ones were answered. At ${OF_LIMIT.share} of naive's limit: likewise, ${OF_LIMIT.seconds} s at that share of the events/s that the naive stack took in the same round, on both sides; from the request to the arrival at the target. Ingest alone: ${events} events on a router that accepts and does not deliver, after ${ACCEPTED_BEFORE.toLocaleString("en")}. Bytes waiting: growth of \`used_memory\` over ${WAITING} more, where ${FILLED_BEFORE.events.toLocaleString("en")} wait already: Signalbox deflates from 15,000 or 128 MB on.
- Every event has its own delivery id, body and signature. A run ends without a result unless each event arrived exactly once and became what transforms/workload.yaml says.

## What is not measured
Generator, target, router and Redis share the machine's cores, so events/s would be higher with a machine for each. Not
measured: TLS, a network between them, more than one process a side, several targets or routes, targets that are slow or
fail, retries, bodies of other sizes, logs below \`warn\`, Redis with \`appendfsync always\`, rewrites of its append-only file,
hours of running.
`;
}
