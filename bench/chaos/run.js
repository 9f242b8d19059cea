/** `npm run chaos -- [scenario …] [--seed N] [--events N]`: breaks things under load and checks that nothing acknowledged is lost. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { prepare } from "../sides.js";
import { root } from "../workload.js";
import { check, slowRecovery } from "./checker.js";
import { enterNamespace, missingOf } from "./needs.js";
import { PAGE, tableOf, writeTable } from "./page.js";
import { showProgress } from "./progress.js";
import { BRIEF, scenarios } from "./scenarios.js";
import { makeWorld, seedOf, seeded } from "./world.js";

const help = `npm run chaos -- [scenario … | ci] [--seed N] [--events N] [--rate N] [--slow N] [--write] [--keep]
  all scenarios where none is named, whose table goes into docs/reliability.md; \`ci\` are those of every change, in brief
  --seed     what is broken when; the same seed does the same (by default another one each time, which is told)
  --events   requests of a scenario (2000)      --rate   requests a second (250)
  --slow     things may take so many times as long (1): for a machine that does something else besides
  --write    the table of the named ones goes into the page too      --keep   leaves the logs of what does not hold

${Object.entries(scenarios)
  .map(([name, { why }]) => `  ${name.padEnd(18)} ${why}`)
  .join("\n")}
`;

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
const [seed, events, perSecond, slow] = [values.seed, values.events, values.rate, values.slow].map(Number);
const brief = positionals[0] === "ci";
const chosen = brief ? BRIEF : positionals.length === 0 ? Object.keys(scenarios) : positionals;
const unknown = chosen.find((name) => !Object.hasOwn(scenarios, name));
if (
  values.help ||
  unknown !== undefined ||
  !(events > 0) ||
  !(perSecond > 0) ||
  !(slow > 0) ||
  !Number.isInteger(seed)
) {
  process.stdout.write(unknown === undefined ? help : `There is no scenario \`${unknown}\`.\n${help}`);
  process.exit(values.help ? 0 : 2);
}
// The seed is told to the run in the namespace as well.
if (values.seed && !process.argv.includes("--seed")) process.argv.push("--seed", String(seed));
enterNamespace();
process.on("SIGINT", () => process.exit(130));
process.on("SIGTERM", () => process.exit(143));
mkdirSync(join(root, "bench/tmp"), { recursive: true });
prepare();

/** @type {import("./page.js").Row[]} */
const rows = [];
const began = Date.now();
for (const [nth, name] of chosen.entries()) {
  const scenario = /** @type {import("./drive.js").Scenario} */ (scenarios[name]);
  const skipped = missingOf(scenario.needs);
  console.log(`${nth + 1}/${chosen.length} ${name}: ${scenario.why} (seed ${seed}, ${events} events)`);
  const row =
    skipped === undefined ? await attempt(name, scenario) : { skipped, broken: [], figures: {}, seconds: 0 };
  if (skipped !== undefined) console.log(`  skipped: needs ${skipped}`);
  rows.push({ name, why: scenario.why, ...row });
}
const broken = rows.filter((row) => row.broken.length > 0);
const held = rows.filter((row) => row.broken.length === 0 && row.skipped === undefined).length;
if ((positionals.length === 0 || values.write) && !brief) writeTable(PAGE, tableOf(rows, { seed, events }));
console.log(
  `${held} hold, ${broken.length} broken, ${rows.length - held - broken.length} skipped; seed ${seed}, ${Math.round((Date.now() - began) / 1_000)} s`,
);
broken.forEach((row) =>
  console.log(`  ${row.name}: npm run chaos -- ${row.name} --seed ${seed} --events ${events}`),
);
process.exit(broken.length > 0 ? 1 : 0);

/** @param {string} name @param {import("./drive.js").Scenario} scenario */
async function attempt(name, { plan, expected, kills, run }) {
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
    const { expected: found, broken = [], ...measured } = await run(world, how);
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
