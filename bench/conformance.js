/** `npm run conformance -- <folder of the JSONata project's suite>`: holds the engine against the published cases. */
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { runCase } from "../dist/language/conformance.js";

const help = `npm run conformance -- <folder with cases.json and datasets.json> [--fuzz <cases>] [--seed <number>]
Ends with 1 where a case differs. With --fuzz, generated expressions are compared with the jsonata package too.
`;

/** Ends the process where the options make no sense. */
function readOptions() {
  const options = /** @type {const} */ ({
    fuzz: { type: "string" },
    seed: { type: "string", default: String(Date.now() % 1e9) },
    help: { type: "boolean", default: false },
  });
  try {
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    if (values.help || (positionals.length === 0 && values.fuzz === undefined)) {
      process.stdout.write(help);
      return process.exit(values.help ? 0 : 2);
    }
    const fuzz = Number(values.fuzz ?? 0);
    if (!Number.isInteger(fuzz) || fuzz < 0) throw new Error("--fuzz must be a whole number");
    return { folder: positionals[0], fuzz, seed: Number(values.seed) };
  } catch (error) {
    process.stderr.write(`${/** @type {Error} */ (error).message}\n${help}`);
    return process.exit(2);
  }
}

/**
 * Runs the suite and prints its totals; the number of cases that differ.
 * @param {string} given
 */
function suite(given) {
  const folder = resolve(process.env["INIT_CWD"] ?? "", given);
  if (!existsSync(join(folder, "cases.json"))) throw new Error(`There is no cases.json in ${folder}.`);
  /** @param {string} name */
  const read = (name) => JSON.parse(readFileSync(join(folder, name), "utf8"));
  const cases = read("cases.json");
  const datasets = read("datasets.json");
  /** @type {Record<string, number>} */
  const totals = { same: 0, differs: 0, "differs by design": 0 };
  for (const each of cases) {
    const { id, verdict, got } = runCase(each, datasets);
    totals[verdict] = (totals[verdict] ?? 0) + 1;
    if (verdict === "differs") console.log(`${id}: ${each.expr}\n  got ${JSON.stringify(got)}`);
  }
  console.log(
    `${cases.length} cases: ${totals["same"]} as published, ${totals["differs by design"]} differ by design ` +
      `(docs/language.md), ${totals["differs"]} differ. Evaluated by another engine: 0.`,
  );
  return totals["differs"] ?? 0;
}

const { folder, fuzz, seed } = readOptions();
let differing = folder === undefined ? 0 : suite(folder);
if (fuzz > 0) {
  const { runFuzz } = await import("./language-fuzz.js");
  differing += await runFuzz(fuzz, seed);
}
process.exitCode = differing > 0 ? 1 : 0;
