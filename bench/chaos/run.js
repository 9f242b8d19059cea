/** `npm run chaos -- [scenario …] [--seed N] [--events N]`: breaks things under load and checks that nothing acknowledged is lost. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { machine } from "../report.js";
import { prepare } from "../sides.js";
import { root } from "../workload.js";
import { slowRecovery } from "./bounds.js";
import { check } from "./checker.js";
import { enterNamespace, missingOf } from "./needs.js";
import { noteRow, rowsOf } from "./ledger.js";
import { PAGE, tableOf, writeTable } from "./page.js";
import { showProgress } from "./progress.js";
import { BRIEF, scenarios } from "./scenarios.js";
import { makeWorld, seedOf, seeded } from "./world.js";

const help = `npm run chaos -- [scenario … | ci | page] [--seed N,…] [--events N] [--rate N] [--slow N] [--write] [--keep]
  all scenarios where none is named, whose table goes into docs/reliability.md; \`ci\` are those of every change, in brief;
  \`page\` runs nothing: it writes the table of all runs that bench/tmp/chaos.ndjson has by now
  --seed     what is broken when; the same seed does the same (by default another one each time, which is told); several by commas
  --events   requests of a scenario (2000)      --rate   requests a second (250)
  --slow     things may take so many times as long (1): for a machine that does something else besides
  --write    the table goes into the page too where scenarios were named      --keep   leaves the logs of what does not hold

${Object.entries(scenarios)
  .map(([name, { why }]) => `  ${name.padEnd(18)} ${why}`)
  .join("\n")}
`;

/** Beside ten times what the load itself takes. */
const END_MS = 600_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    events: { type: "string", default: "2000" },
    rate: { type: "string", default: "250" },
    slow: { type: "string", default: "1" },
    write: { type: "boolean", default: false },
    keep: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
const seeds = values.seed.split(",").map(Number);
const [events, perSecond, slow] = [values.events, values.rate, values.slow].map(Number);
if (positionals[0] === "page") {
  writeTable(PAGE, tableOf(rowsOf(), scenarios));
  process.exit(0);
}
const brief = positionals[0] === "ci";
const chosen = brief ? BRIEF : positionals.length === 0 ? Object.keys(scenarios) : positionals;
const unknown = chosen.find((name) => !Object.hasOwn(scenarios, name));
if (
  values.help ||
  unknown !== undefined ||
  !(events > 0) ||
  !(perSecond > 0) ||
  !(slow > 0) ||
  !seeds.every(Number.isInteger)
) {
  process.stdout.write(unknown === undefined ? help : `There is no scenario \`${unknown}\`.\n${help}`);
  process.exit(values.help ? 0 : 2);
}
// The seed is told to the run in the namespace as well.
if (values.seed && !process.argv.includes("--seed")) process.argv.push("--seed", values.seed);
enterNamespace();
process.on("SIGINT", () => process.exit(130));
process.on("SIGTERM", () => process.exit(143));
mkdirSync(join(root, "bench/tmp"), { recursive: true });
prepare();

/** @type {import("./ledger.js").Row[]} */
const rows = [];
const began = Date.now();
const { commit } = machine();
const turns = seeds.flatMap((seed) => chosen.map((name) => ({ seed, name })));
for (const [nth, { seed, name }] of turns.entries()) {
  const scenario = /** @type {import("./drive.js").Scenario} */ (scenarios[name]);
  const skipped = missingOf(scenario.needs);
  console.log(`${nth + 1}/${turns.length} ${name}: ${scenario.why} (seed ${seed}, ${events} events)`);
  if (skipped !== undefined) console.log(`  skipped: needs ${skipped}`);
  const found =
    skipped === undefined
      ? await attempt(name, seed, scenario)
      : { skipped, broken: [], figures: {}, seconds: 0 };
  const row = { name, seed, events, slow, brief, at: new Date().toISOString(), commit, ...found };
  rows.push(row);
  noteRow(row);
}
const broken = rows.filter((row) => row.broken.length > 0);
const held = rows.filter((row) => row.broken.length === 0 && row.skipped === undefined).length;
if ((positionals.length === 0 || values.write) && !brief) writeTable(PAGE, tableOf(rows, scenarios));
console.log(
  `${held} hold, ${broken.length} broken, ${rows.length - held - broken.length} skipped; seed ${values.seed}, ${Math.round((Date.now() - began) / 1_000)} s`,
);
broken.forEach((row) =>
  console.log(`  ${row.name}: npm run chaos -- ${row.name} --seed ${row.seed} --events ${events}`),
);
process.exit(broken.length > 0 ? 1 : 0);

/** @param {string} name @param {number} seed @param {import("./drive.js").Scenario} scenario */
async function attempt(name, seed, { plan, expected, kills, run }) {
  const started = Date.now();
  const world = await makeWorld(plan);
  const done = showProgress(name, world);
  /** @type {string[]} */
  const faults = [];
  /** @type {Record<string, unknown>} */
  let figures = {};
  try {
    const how = {
      ...{ events, perSecond, slow, brief, random: seeded(seedOf(seed, name)) },
      note: (/** @type {string} */ what) => console.log(`  ${what}`),
    };
    const { expected: found, broken = [], ...measured } = await inTime(run(world, how));
    const checked = await check(world, { ...expected, ...found, slow });
    figures = { ...checked.figures, ...measured };
    faults.push(...broken, ...checked.broken, ...(kills ? slowRecovery(checked.figures, slow) : []));
  } catch (error) {
    faults.push(error instanceof Error ? error.message : String(error));
  }
  done();
  const seconds = Math.round((Date.now() - started) / 1_000);
  console.log(`  ${seconds} s ${JSON.stringify(figures)}`);
  faults.forEach((sentence) => console.log(`  BROKEN: ${sentence}`));
  await world.close(values.keep && faults.length > 0);
  if (values.keep && faults.length > 0) console.log(`  kept: ${world.folder}`);
  return { broken: faults, figures, seconds };
}

/** What never ends is a fault as well: nothing waits for it longer than for the slowest that does. @template T @param {Promise<T>} running @returns {Promise<T>} */
async function inTime(running) {
  const ms = slow * (END_MS + 10 * (events / perSecond) * 1_000);
  const late = sleep(ms, undefined, { ref: false }).then(() => {
    throw new Error(`It has not ended after ${Math.round(ms / 1_000)} s.`);
  });
  return Promise.race([running, late]);
}
