/** `npm run bench -- history-cost`: the router against itself without what makes its record a history, in turns. */
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readOptions } from "./options.js";
import { machine } from "./report.js";
import { driveFor, passing, withRouter } from "./round.js";
import { OPERATOR_PAGE, cell, writeSection } from "./section.js";
import { prepare, program, startProgram } from "./sides.js";
import { withStage } from "./stage.js";
import { root } from "./workload.js";

/** What makes a history of the record, and what is left when it is taken out: file in dist, its text, the text instead. */
const PARTS = [
  ["adapters/upkeep.js", "await history.seal()", "0"],
  [
    "adapters/record/scripts.js",
    "local of = counted[ledger] or {}\n",
    "if true then return end\n  local of = {}\n",
  ],
  ["adapters/record/settle.js", 'made?.text ?? ""', '""'],
];
const TAGS = "\ntags: { repository: repository.full_name }\n";

/** @typedef {{ eventsPerSecond: number, cpuMicros: number, segments: number }} Side */
/** @typedef {{ without: Side, whole: Side }} Round */

/** @param {readonly string[]} args */
export async function run(args) {
  const options = readOptions(args, {
    numbers: { rounds: 4, seconds: 25, warm: 45, connections: 32 },
    out: OPERATOR_PAGE,
  });
  prepare();
  const bare = stripped();
  const where = machine();
  let version = "";
  /** @type {{ without: import("./round.js").Start, whole: import("./round.js").Start }} */
  const starts = {
    without: (place) => startProgram(bare, place),
    whole: (place) => startProgram(program, place, TAGS),
  };
  const rounds = await withStage({ ...options, events: 0 }, async (bench) => {
    /** @param {keyof typeof starts} name @returns {Promise<Side>} */
    const side = (name) =>
      withRouter(starts[name], bench, { role: "all" }, async (open) => {
        const { client } = open.redis;
        version = open.redis.version;
        return driveFor(open.url, bench, options.warm + options.seconds + 1, async () => {
          await sleep(options.warm * 1_000);
          const before = Number(await client.hlen("{sb}:dir"));
          const measured = await passing(open, bench, options.seconds);
          return { ...measured, segments: Number(await client.hlen("{sb}:dir")) - before };
        });
      });
    /** @type {Round[]} */
    const rounds = [];
    for (let number = 1; number <= options.rounds; number += 1) {
      const measured = /** @type {Round} */ ({});
      const turns = /** @type {const} */ (["without", "whole"]);
      for (const name of number % 2 === 1 ? turns : turns.toReversed()) measured[name] = await side(name);
      rounds.push(measured);
      console.log(`round ${number}/${options.rounds}  ${line(measured)}`);
    }
    return rounds;
  });
  const more = `Redis ${version}`;
  writeSection(options.out, "What history and search cost", text(rounds, options), { ...where, more });
}

/** A copy of the built router with the history's parts taken out. Returns its program. */
function stripped() {
  const folder = join(root, "bench/tmp/without-history");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const part of ["dist", "bin", "package.json", "src/providers"])
    cpSync(join(root, part), join(folder, part), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  for (const [file, whole, rest] of PARTS) {
    const path = join(folder, "dist", file);
    const text = readFileSync(path, "utf8");
    if (text.split(whole).length !== 2)
      throw new Error(`dist/${file} does not hold \`${whole}\` once: mend PARTS in bench/history-cost.js.`);
    writeFileSync(
      path,
      text.replace(whole, () => rest),
    );
  }
  return join(folder, "bin/signalbox.js");
}

/** @param {Round} round */
const slower = ({ without, whole }) => 100 * (1 - whole.eventsPerSecond / without.eventsPerSecond);
/** @param {Round} round */
const dearer = ({ without, whole }) => 100 * (whole.cpuMicros / without.cpuMicros - 1);

/** @param {Round} round */
function line(round) {
  const side = (/** @type {Side} */ { eventsPerSecond, cpuMicros }) =>
    `${eventsPerSecond.toFixed(0)}/s ${cpuMicros.toFixed(0)} µs`;
  const { without, whole } = round;
  return (
    `without ${side(without)} · whole ${side(whole)}, ${whole.segments} segments sealed · ` +
    `${slower(round).toFixed(1)} % slower, ${dearer(round).toFixed(1)} % more CPU`
  );
}

/** @param {readonly Round[]} rounds @param {{ seconds: number, warm: number, connections: number }} options */
function text(rounds, { seconds, warm, connections }) {
  const all = (/** @type {(round: Round) => number} */ of, /** @type {number} */ digits) =>
    cell(rounds.map(of), digits);
  return `Written by \`npm run bench -- history-cost\`. Workload W through this router, and through a copy of it from which tags and their
index, ledger, kept results and sealing are taken out (PARTS in [bench/history-cost.js](history-cost.js)): what is left can be read by id and listed by time.

| measure | without | with | cost |
|---|---|---|---|
| end to end, events/s | ${all(({ without }) => without.eventsPerSecond, 0)} | ${all(({ whole }) => whole.eventsPerSecond, 0)} | **${all(slower, 1)} %** |
| CPU µs an event, router and Redis | ${all(({ without }) => without.cpuMicros, 0)} | ${all(({ whole }) => whole.cpuMicros, 0)} | **${all(dearer, 1)} %** |
| segments sealed meanwhile | | ${all(({ whole }) => whole.segments, 0)} | |

Medians of ${rounds.length} rounds, least and greatest in brackets; the cost is the median of the rounds' own.

- A fresh Redis and a fresh router each, and one flow of events over ${connections} connections, at most 500 on their way at a time, that never pauses; after ${warm} s of it, so that as much is sealed as comes in, ${seconds} s count. Which side comes first changes with each round.
- One tag is declared on the source of the whole router.
- Not measured: events that are kept long enough to be forgotten, queries meanwhile, several routes an event.`;
}
