/** `npm run bench`: the workload against Signalbox and a naive stack, interleaved; writes bench/results.md. */
import { randomBytes } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startHelper } from "./processes.js";
import { machine, page, roundLine, table } from "./report.js";
import { measure } from "./round.js";
import { prepare, sides } from "./sides.js";
import { root } from "./workload.js";

const help = `npm run bench -- [--rounds 5] [--events 4000] [--connections 32] [--out bench/results.md]
npm run bench -- history [--events 1000000] [--out bench/history-results.md]
About two minutes as it stands, the history's ten. Smoke run: npm run bench -- --rounds 1 --events 200 --out /dev/null
`;

/** Reads the options; ends the process where they make no sense. */
function readOptions() {
  const options = /** @type {const} */ ({
    rounds: { type: "string", default: "5" },
    events: { type: "string", default: "4000" },
    connections: { type: "string", default: "32" },
    out: { type: "string", default: join(root, "bench/results.md") },
    help: { type: "boolean", default: false },
  });
  try {
    const { rounds, events, connections, ...rest } = parseArgs({ options }).values;
    const counts = { rounds: Number(rounds), events: Number(events), connections: Number(connections) };
    const odd = Object.entries(counts).find(([, count]) => !Number.isInteger(count) || count < 1);
    if (odd !== undefined) throw new Error(`--${odd[0]} must be a whole number from 1`);
    if (!rest.help) return { ...counts, out: rest.out };
    process.stdout.write(help);
    return process.exit(0);
  } catch (error) {
    process.stderr.write(`${/** @type {Error} */ (error).message}\n${help}`);
    return process.exit(2);
  }
}

/** @param {ReturnType<typeof readOptions>} options */
async function run({ rounds, events, connections, out }) {
  prepare();
  const where = machine();
  const load = startHelper("load.js");
  const target = startHelper("target.js");
  const { url: targetUrl } = await target.ask({ listen: true });
  const bench = { load, target, targetUrl, secret: randomBytes(16).toString("hex"), events, connections };
  const results = [];
  for (let number = 1; number <= rounds; number += 1) {
    const round = {
      naive: await measure(sides.naive, bench),
      signalbox: await measure(sides.signalbox, bench),
    };
    results.push(round);
    console.log(`round ${number}/${rounds}  ${roundLine(round)}`);
  }
  writeFileSync(out, page(results, where, { events, connections }));
  console.log(`\n${table(results)}\n\nWritten to ${out}`);
  await Promise.all([load.stop(), target.stop()]);
}

if (process.argv[2] === "history") {
  await import("./history.js");
  process.exit(process.exitCode ?? 0);
}
process.on("SIGINT", () => process.exit(130));
process.on("SIGTERM", () => process.exit(143));
process.on("exit", () => rmSync(join(root, "bench/tmp"), { recursive: true, force: true }));
try {
  await run(readOptions());
} catch (error) {
  console.error(`The bench has no result: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}
