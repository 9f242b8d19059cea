/** `node bench/language.js [--suite <folder>]`: the engine against the jsonata package, interleaved; prints ratios. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import jsonata from "jsonata";
import { compileExpression } from "../dist/language/expression.js";
import { root } from "./workload.js";

const ROUNDS = 5;
const options = /** @type {const} */ ({
  suite: { type: "string", default: join(root, "../shared/jsonata-test-suite") },
});
const { values } = parseArgs({ options });

const context = {
  id: "evt_01jd3v0000000000000000000a",
  source: "github",
  type: "push",
  receivedAt: "2026-11-23T10:20:30.456Z",
  headers: {},
  query: {},
  method: "POST",
  path: "/hooks/github",
};

/** @param {number[]} numbers */
const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;

/**
 * µs of CPU an evaluation takes.
 * @param {() => unknown} once
 * @param {number} count
 */
async function cost(once, count) {
  const before = process.cpuUsage();
  for (let index = 0; index < count; index += 1) {
    const result = once();
    if (result instanceof Promise) await result;
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}

/**
 * Medians of interleaved rounds for both sides, and of their ratios.
 * @param {() => unknown} ours
 * @param {() => unknown} theirs
 * @param {number} count
 */
async function compare(ours, theirs, count) {
  await cost(ours, count * 4);
  await cost(theirs, Math.ceil(count / 4));
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const mine = await cost(ours, count * 4);
    const other = await cost(theirs, Math.ceil(count / 4));
    rounds.push({ mine, other, ratio: other / mine });
  }
  return {
    mine: median(rounds.map(({ mine }) => mine)),
    other: median(rounds.map(({ other }) => other)),
    ratio: median(rounds.map(({ ratio }) => ratio)),
  };
}

/** @param {string} source */
function compiled(source) {
  const found = compileExpression(source);
  if (!found.ok) return undefined;
  return found.expression;
}

async function workload() {
  const source = readFileSync(join(root, "transforms/workload.jsonata"), "utf8");
  const body = JSON.parse(readFileSync(join(root, "transforms/cases/workload.json"), "utf8"));
  const expression = /** @type {import("../dist/language/expression.js").Expression} */ (compiled(source));
  const reference = jsonata(source);
  reference.assign("event", context);
  const { mine, other, ratio } = await compare(
    () => expression.evaluateNow(body, context),
    () => reference.evaluate(body),
    4000,
  );
  console.log(
    `rule W: ${mine.toFixed(1)} µs, jsonata ${other.toFixed(0)} µs: ${ratio.toFixed(1)} times as fast`,
  );
  const parse = await compare(
    () => compileExpression(source),
    () => jsonata(source),
    300,
  );
  console.log(
    `  to compile: ${parse.mine.toFixed(0)} µs, of which jsonata's parser ${parse.other.toFixed(0)} µs`,
  );
}

/** Nodes of a syntax tree from which a case is not trivial: `$count(a.b)` has five. */
const NODES = 8;

/** @param {unknown} node @returns {number} */
function size(node) {
  if (typeof node !== "object" || node === null || node instanceof RegExp) return 0;
  const own = "type" in node ? 1 : 0;
  return Object.values(node).reduce((/** @type {number} */ sum, child) => sum + size(child), own);
}

/** @param {{ data?: unknown, dataset?: string | null }} each */
const readsSomething = ({ data, dataset }) => (dataset ?? data ?? undefined) !== undefined;

/** Cases of some size that read something and have a result. */
async function suite() {
  if (!existsSync(values.suite)) return console.log(`(no suite in ${values.suite})`);
  /** @param {string} name */
  const read = (name) => JSON.parse(readFileSync(join(values.suite, name), "utf8"));
  const datasets = read("datasets.json");
  const ratios = [];
  for (const each of read("cases.json")) {
    if (!("result" in each) || each.timelimit !== undefined || !readsSomething(each)) continue;
    if (Object.keys(each.bindings ?? {}).length > 0 || /^performance/.test(each.id)) continue;
    const expression = compiled(each.expr);
    if (expression === undefined || size(jsonata(each.expr).ast()) < NODES) continue;
    const data = "dataset" in each ? datasets[String(each.dataset)] : each.data;
    const reference = jsonata(each.expr);
    const { ratio } = await compare(
      () => expression.evaluateNow(data, context),
      () => reference.evaluate(data),
      100,
    );
    ratios.push(ratio);
  }
  const sorted = ratios.sort((a, b) => a - b);
  const at = (/** @type {number} */ share) =>
    (sorted[Math.floor(share * (sorted.length - 1))] ?? NaN).toFixed(1);
  console.log(
    `${ratios.length} cases of the suite with ${NODES} nodes and more: median ${at(0.5)} times as fast (tenth ${at(0.1)}, ninetieth ${at(0.9)})`,
  );
  return undefined;
}

await workload();
await suite();
