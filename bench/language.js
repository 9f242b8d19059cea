/** `npm run bench -- language`: the engine against the jsonata package, interleaved, and where the time of rule W goes. */
import { existsSync, readFileSync } from "node:fs";
import { Session } from "node:inspector/promises";
import { join } from "node:path";
import jsonata from "jsonata";
import { selfTimes } from "./cpu-profile.js";
import { readOptions } from "./options.js";
import { machine } from "./report.js";
import { LANGUAGE_PAGE, cell, writeSection } from "./section.js";
import { prepare } from "./sides.js";
import { root } from "./workload.js";

const ROUNDS = 5;
/** @type {typeof import("../dist/language/expression.js").compileExpression} */
let compileExpression;

/** @param {readonly string[]} args */
export async function run(args) {
  const options = readOptions(args, {
    numbers: {},
    texts: { suite: join(root, "../shared/jsonata-test-suite") },
    out: LANGUAGE_PAGE,
  });
  prepare();
  ({ compileExpression } = await import("../dist/language/expression.js"));
  const where = machine();
  const rows = [...(await workload()), ...(await suite(options.suite))];
  const table = ["| | engine | jsonata package | times as fast |", "|---|---|---|---|", ...rows].join("\n");
  writeSection(options.out, "The engine and the jsonata package", `${HOW}\n\n${table}`, where);
  writeSection(options.out, "Where the time of rule W goes", await profile(), where);
}

const HOW = `Written by \`npm run bench -- language\`. CPU of one process, both sides in turns; medians of ${ROUNDS} rounds, least and
greatest in brackets; of a round's figures the ratio is that round's own. Rule W is transforms/workload.jsonata on its first case.`;

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
 * Interleaved rounds of both sides, with their ratios.
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
  return rounds;
}

/** @param {string} source */
function compiled(source) {
  const found = compileExpression(source);
  if (!found.ok) return undefined;
  return found.expression;
}

/** @param {string} name @param {Awaited<ReturnType<typeof compare>>} rounds */
function row(name, rounds) {
  const of = (/** @type {"mine" | "other" | "ratio"} */ which, /** @type {number} */ digits) =>
    cell(
      rounds.map((round) => round[which]),
      digits,
    );
  return `| ${name} | ${of("mine", 1)} | ${of("other", 1)} | **${of("ratio", 1)}** |`;
}

function ruleW() {
  const source = readFileSync(join(root, "transforms/workload.jsonata"), "utf8");
  const body = JSON.parse(readFileSync(join(root, "transforms/cases/workload.json"), "utf8"));
  const expression = /** @type {import("../dist/language/expression.js").Expression} */ (compiled(source));
  return { source, body, evaluate: () => expression.evaluateNow(body, context) };
}

async function workload() {
  const { source, body, evaluate } = ruleW();
  const reference = jsonata(source);
  reference.assign("event", context);
  const evaluated = await compare(evaluate, () => reference.evaluate(body), 4000);
  const read = await compare(
    () => compileExpression(source),
    () => jsonata(source),
    300,
  );
  const rows = [row("rule W, µs", evaluated), row("compiling it (the package: parsing it), µs", read)];
  console.log(rows.join("\n"));
  return rows;
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

/** Cases of some size that read something and have a result. @param {string} folder */
async function suite(folder) {
  if (!existsSync(folder)) throw new Error(`There is no suite in ${folder}.`);
  /** @param {string} name */
  const read = (name) => JSON.parse(readFileSync(join(folder, name), "utf8"));
  const datasets = read("datasets.json");
  const ratios = [];
  for (const each of read("cases.json")) {
    if (!("result" in each) || each.timelimit !== undefined || !readsSomething(each)) continue;
    if (Object.keys(each.bindings ?? {}).length > 0 || /^performance/.test(each.id)) continue;
    const expression = compiled(each.expr);
    if (expression === undefined || size(jsonata(each.expr).ast()) < NODES) continue;
    const data = "dataset" in each ? datasets[String(each.dataset)] : each.data;
    const reference = jsonata(each.expr);
    const rounds = await compare(
      () => expression.evaluateNow(data, context),
      () => reference.evaluate(data),
      100,
    );
    ratios.push(median(rounds.map(({ ratio }) => ratio)));
  }
  const sorted = ratios.sort((a, b) => a - b);
  const at = (/** @type {number} */ share) =>
    (sorted[Math.floor(share * (sorted.length - 1))] ?? NaN).toFixed(1);
  const line = `| ${ratios.length} cases of the official suite with ${NODES} nodes and more: median (a tenth is below, a tenth above) | | | **${at(0.5)} (${at(0.1)}, ${at(0.9)})** |`;
  console.log(line);
  return [line];
}

const PROFILED = 300_000;

/** Self times of rule W by file, each with what its first line says of it. */
async function profile() {
  const { evaluate } = ruleW();
  for (let time = 0; time < 20_000; time += 1) evaluate();
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.setSamplingInterval", { interval: 200 });
  await session.post("Profiler.start");
  for (let time = 0; time < PROFILED; time += 1) evaluate();
  const { profile } = await session.post("Profiler.stop");
  session.disconnect();
  const span = { fromMicros: 0, toMicros: Infinity };
  const { functions } = selfTimes(/** @type {import("./cpu-profile.js").CpuProfile} */ (profile), span);
  /** @type {Map<string, number>} */
  const files = new Map();
  for (const { name, micros } of functions) {
    const file = /dist\/([\w/-]+)\.js/.exec(name)?.[1] ?? (/garbage/.test(name) ? "garbage" : "other");
    files.set(file, (files.get(file) ?? 0) + micros);
  }
  const all = [...files.values()].reduce((sum, micros) => sum + micros, 0);
  const rows = [...files]
    .sort(([, a], [, b]) => b - a)
    .slice(0, 14)
    .map(([file, micros]) => `| ${((100 * micros) / all).toFixed(1)} % | ${subject(file)} |`);
  return `Written by \`npm run bench -- language\`: self time by file over ${PROFILED.toLocaleString("en")} evaluations, of V8's profiler. What V8 inlines
counts for the function that it is inlined into.

| share | file |
|---|---|
${rows.join("\n")}`;
}

/** @param {string} file */
function subject(file) {
  const path = join(root, "src", `${file}.ts`);
  if (file === "garbage") return "the garbage collector";
  if (!existsSync(path)) return "all else";
  const [, says = ""] = /^\/\*\*\s*(?:\*\s*)?(.*?)\s*(?:\*\/)?$/m.exec(readFileSync(path, "utf8")) ?? [];
  const [first] = /^(?:`[^`]*`|[^`.:])*/.exec(says) ?? [says];
  return `\`${file}.ts\`: ${first}`;
}
