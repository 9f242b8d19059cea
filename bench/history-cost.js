/** `npm run bench -- history-cost`: a router whose history can be searched against the one before it, in turns. */
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readOptions } from "./options.js";
import { machine } from "./report.js";
import { driveFor, passing, withRouter } from "./round.js";
import { OPERATOR_PAGE, cell, writeSection } from "./section.js";
import { prepare, program, startProgram } from "./sides.js";
import { withStage } from "./stage.js";
import { root } from "./workload.js";

/** The last commit with a record of hashes alone: no tags, results, ledger, index or segments, and nothing counted by the minute. */
const BEFORE = "a1d0dc7a945351078d9e3f6221e18ba7bcafa629";
const TAGS = "\ntags: { repository: repository.full_name }\n";

/** @typedef {{ eventsPerSecond: number, cpuMicros: number, segments: number }} Side */
/** @typedef {{ before: Side, now: Side }} Round */

/** @param {readonly string[]} args */
export async function run(args) {
  const options = readOptions(args, {
    numbers: { rounds: 4, seconds: 25, warm: 45, connections: 32 },
    texts: { now: "" },
    out: OPERATOR_PAGE,
  });
  prepare();
  const built = {
    before: build(BEFORE, "before"),
    now: options.now === "" ? program : build(options.now, "now"),
  };
  const where = machine();
  let version = "";
  /** @type {{ before: import("./round.js").Start, now: import("./round.js").Start }} */
  const starts = {
    before: (place) => startProgram(built.before, place),
    now: (place) => startProgram(built.now, place, TAGS),
  };
  const rounds = await withStage({ ...options, events: 0 }, async (bench) => {
    /** @param {keyof typeof starts} name @returns {Promise<Side>} */
    const side = (name) =>
      withRouter(starts[name], bench, { role: "all" }, async (open) => {
        const { client } = open.redis;
        version = open.redis.version;
        return driveFor(open.url, bench, options.warm + options.seconds + 1, async () => {
          await sleep(options.warm * 1_000);
          const before = Number(await client.get("sb:segments"));
          const measured = await passing(open, bench, options.seconds);
          return { ...measured, segments: Number(await client.get("sb:segments")) - before };
        });
      });
    /** @type {Round[]} */
    const rounds = [];
    for (let number = 1; number <= options.rounds; number += 1) {
      const measured = /** @type {Round} */ ({});
      const turns = /** @type {const} */ (["before", "now"]);
      for (const name of number % 2 === 1 ? turns : turns.toReversed()) measured[name] = await side(name);
      rounds.push(measured);
      console.log(`round ${number}/${options.rounds}  ${line(measured)}`);
    }
    return rounds;
  });
  const more = `Redis ${version}`;
  writeSection(options.out, "What history and search cost", text(rounds, options), { ...where, more });
}

/** Builds the router of a commit in a folder of its own, with the libraries of this checkout. Returns its program. @param {string} commit @param {string} name */
function build(commit, name) {
  const folder = join(root, "bench/tmp", name);
  mkdirSync(folder, { recursive: true });
  try {
    const packed = execFileSync("git", ["archive", commit], { cwd: root, maxBuffer: 1e9 });
    execFileSync("tar", ["-x", "-C", folder], { input: packed });
  } catch (cause) {
    throw new Error(`Commit ${commit.slice(0, 10)} is needed; a whole clone has it.`, { cause });
  }
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  execFileSync(process.execPath, [compiler, "-p", "tsconfig.build.json"], { cwd: folder, stdio: "inherit" });
  return join(folder, "bin/signalbox.js");
}

/** @param {Round} round */
const slower = ({ before, now }) => 100 * (1 - now.eventsPerSecond / before.eventsPerSecond);
/** @param {Round} round */
const dearer = ({ before, now }) => 100 * (now.cpuMicros / before.cpuMicros - 1);

/** @param {Round} round */
function line(round) {
  const side = (/** @type {Side} */ { eventsPerSecond, cpuMicros }) =>
    `${eventsPerSecond.toFixed(0)}/s ${cpuMicros.toFixed(0)} µs`;
  const { before, now } = round;
  return (
    `before ${side(before)} · now ${side(now)}, ${now.segments} segments sealed · ` +
    `${slower(round).toFixed(1)} % slower, ${dearer(round).toFixed(1)} % more CPU`
  );
}

/** @param {readonly Round[]} rounds @param {{ seconds: number, warm: number, connections: number, now: string }} options */
function text(rounds, { seconds, warm, connections, now }) {
  const all = (/** @type {(round: Round) => number} */ of, /** @type {number} */ digits) =>
    cell(rounds.map(of), digits);
  return `Written by \`npm run bench -- history-cost\`. Workload W through ${now === "" ? "this router" : `the router of commit ${now.slice(0, 10)}`}, and through that of commit ${BEFORE.slice(0, 10)}, whose
record was hashes that could be read by id and listed by time.

| measure | before | now | cost |
|---|---|---|---|
| end to end, events/s | ${all(({ before }) => before.eventsPerSecond, 0)} | ${all(({ now }) => now.eventsPerSecond, 0)} | **${all(slower, 1)} %** |
| CPU µs an event, router and Redis | ${all(({ before }) => before.cpuMicros, 0)} | ${all(({ now }) => now.cpuMicros, 0)} | **${all(dearer, 1)} %** |
| segments sealed meanwhile | | ${all(({ now }) => now.segments, 0)} | |

Medians of ${rounds.length} rounds, least and greatest in brackets; the cost is the median of the rounds' own.

- A fresh Redis and a fresh router each, and one flow of events over ${connections} connections, at most 500 on their way at a time, that never pauses; after ${warm} s of it, so that as much is sealed as comes in, ${seconds} s count. Which side comes first changes with each round.
- One tag is declared on the source of the later router, and the result of the transform is kept. Both sides run on the libraries of this checkout.
- The cost is that of all that came since: besides tags, results, index, ledger, causes and segments also counts by the minute, verdicts, heartbeats, replays and pauses. What history and search alone cost is less.
- Not measured: events that are kept long enough to be forgotten, queries meanwhile, several routes an event.`;
}
