/** `npm run bench -- coverage`: what a delivery's rule costs where one in so many counts its parts, beside none that does. */
import { readOptions } from "./options.js";
import { machine } from "./report.js";
import { AUTHORING_PAGE, cell, writeSection } from "./section.js";
import { prepare } from "./sides.js";
import { root } from "./workload.js";

/** CPU of a whole event of workload W, µs, as bench/results.md has it: what a share is of. */
const EVENT_MICROS = 400;
const EVENTS = 20_000;

/** @param {readonly string[]} args */
export async function run(args) {
  const options = readOptions(args, { numbers: { rounds: 9, one: 200 }, out: AUTHORING_PAGE });
  prepare();
  const where = machine();
  const { loadWorkspace } = await import("../dist/rules/load.js");
  const { applyRoute } = await import("../dist/rules/apply.js");
  const { caseContext } = await import("../dist/rules/cases.js");
  const { createLiveCoverage } = await import("../dist/rules/live-coverage.js");
  const { workspace } = await loadWorkspace(root, {});
  if (workspace === undefined) throw new Error("The shipped workspace has errors.");
  const payload = workspace.transforms.get("workload")?.cases[0]?.payload;
  const context = caseContext({ event: {} }, workspace.routes.get("workload"));
  /** @param {() => import("../dist/rules/workspace.js").Workspace} next */
  const cost = async (next) => {
    const before = process.cpuUsage();
    for (let event = 0; event < EVENTS; event += 1) {
      const route = next().routes.get("workload");
      if (route === undefined) throw new Error("There is no route of the workload.");
      await applyRoute(route, payload, context);
    }
    const { user, system } = process.cpuUsage(before);
    return (user + system) / EVENTS;
  };
  const coverage = createLiveCoverage(options.one);
  const off = () => workspace;
  const on = () => coverage.turn(workspace);
  await cost(off);
  await cost(on);
  const rounds = [];
  for (let round = 0; round < options.rounds; round += 1) {
    const without = await cost(off);
    const counted = await cost(on);
    const share = ((counted - without) / EVENT_MICROS) * 100;
    rounds.push({ without, counted, share });
    console.log(
      `round ${round + 1}/${options.rounds}  off ${without.toFixed(2)} µs · on ${counted.toFixed(2)} µs`,
    );
  }
  const of = (/** @type {"without" | "counted" | "share"} */ key, /** @type {number} */ digits) =>
    cell(
      rounds.map((round) => round[key]),
      digits,
    );
  const text = `Written by \`npm run bench -- coverage\`. Condition, schemas and rule of workload W, ${EVENTS.toLocaleString("en")} events a turn, without counting and with
\`SIGNALBOX_COVERAGE_ONE_IN=${options.one}\`, in turns; CPU of one process.

| µs an event | |
|---|---|
| without | ${of("without", 2)} |
| one in ${options.one} counted | ${of("counted", 2)} |
| the difference, % of the ${EVENT_MICROS} µs that an event takes in all | **${of("share", 2)}** |

Medians of ${rounds.length} rounds, least and greatest in brackets. Where the setting is 0, which it is by default, nothing is looked at for it.`;
  writeSection(options.out, "Coverage on live traffic", text, where);
}
