/** `npm run chaos -- [scenario …] [--seed N] [--events N]`: breaks things under load and checks that nothing acknowledged is lost. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { machine } from "../report.js";
import { prepare } from "../sides.js";
import { root } from "../workload.js";
import { check } from "./checker.js";
import { scenarios } from "./scenarios.js";
import { makeWorld, seeded } from "./world.js";

const PAGE = join(root, "bench/results-chaos.md");
const help = `npm run chaos -- [scenario …] [--seed N] [--events N] [--out page]
${Object.entries(scenarios)
  .map(([name, { why }]) => `  ${name.padEnd(16)} ${why}`)
  .join("\n")}
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    events: { type: "string", default: "2000" },
    out: { type: "string", default: PAGE },
    help: { type: "boolean", default: false },
  },
});
const [seed, events] = [Number(values.seed), Number(values.events)];
const chosen = positionals.length === 0 ? Object.keys(scenarios) : positionals;
const unknown = chosen.find((name) => !Object.hasOwn(scenarios, name));
if (values.help || unknown !== undefined || !(events > 0) || !Number.isInteger(seed)) {
  process.stdout.write(unknown === undefined ? help : `There is no scenario \`${unknown}\`.\n${help}`);
  process.exit(values.help ? 0 : 2);
}
process.on("SIGINT", () => process.exit(130));
process.on("SIGTERM", () => process.exit(143));
mkdirSync(join(root, "bench/tmp"), { recursive: true });
prepare();

const rows = [];
let isBroken = false;
for (const name of chosen) {
  const { why, routes, run } = /** @type {import("./scenarios.js").Scenario} */ (scenarios[name]);
  console.log(`${name}: ${why} (seed ${seed}, ${events} events)`);
  const world = await makeWorld(routes && { routes });
  try {
    const measured = await run(world, {
      events,
      random: seeded(seed),
      note: (what) => console.log(`  ${what}`),
    });
    const { broken, figures } = await check({ ...world, secrets: [world.secret] });
    console.log(`  ${JSON.stringify({ ...figures, ...measured })}`);
    broken.forEach((sentence) => console.log(`  BROKEN: ${sentence}`));
    isBroken ||= broken.length > 0;
    rows.push({ name, why, ...figures, ...measured, broken: broken.length });
  } catch (error) {
    console.log(`  BROKEN: ${error instanceof Error ? error.message : String(error)}`);
    isBroken = true;
    rows.push({ name, why, broken: 1 });
  } finally {
    await world.close();
  }
}
if (values.out !== "/dev/null" && positionals.length === 0) writeFileSync(values.out, page(rows));
process.exit(isBroken ? 1 : 0);

/** @param {readonly Record<string, any>[]} all */
function page(all) {
  const { processor, system, commit } = machine();
  const cell = (/** @type {unknown} */ value) => (value === undefined ? "" : String(value));
  const lines = all.map(
    (row) =>
      `| ${row.name}: ${row.why} | ${[row.acknowledged, row.lost, row.repeatedPercent, row.refused, row.answerP99Ms, row.settledSeconds, row.broken].map(cell).join(" | ")} |`,
  );
  return `# What was broken, and what came of it

Written by \`npm run chaos\`: its own sender, which tries again, its own target, and a checker that knows only their logs and the public API.
${events} requests a scenario, seed ${seed}; ${processor}, ${system}, commit ${commit}.

| scenario | acknowledged | lost | repeated % | refused | answer p99 ms | settled after s | invariants broken |
|---|---|---|---|---|---|---|---|
${lines.join("\n")}

Losing nothing in one run bounds the chance of losing something; it does not make it zero.
`;
}
