/** `npm run bench`: the workload against Signalbox and a naive stack, interleaved; writes bench/results.md. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readOptions } from "./options.js";
import { machine, page, roundLine, table } from "./report.js";
import { measure } from "./round.js";
import { prepare, sides } from "./sides.js";
import { withStage } from "./stage.js";
import { root } from "./workload.js";

/** @param {readonly string[]} args */
export async function run(args) {
  const { out, ...numbers } = readOptions(args, {
    numbers: { rounds: 5, events: 8_000, connections: 32 },
    out: join(root, "bench/results.md"),
  });
  const { rounds, events, connections } = numbers;
  prepare();
  const where = machine();
  const results = await withStage({ events, connections }, async (bench) => {
    const results = [];
    for (let number = 1; number <= rounds; number += 1) {
      const naive = await measure(sides.naive, bench);
      const round = { naive, signalbox: await measure(sides.signalbox, bench, naive.eventsPerSecond) };
      results.push(round);
      console.log(`round ${number}/${rounds}  ${roundLine(round)}`);
    }
    return results;
  });
  writeFileSync(out, page(results, where, { events, connections }));
  console.log(`\n${table(results)}\n\nWritten to ${out}`);
}
