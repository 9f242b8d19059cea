/**
 * A child process that evaluates hostile rules one after the other, in a heap of 64 MB: prints a JSON line for each with
 * its outcome, the CPU time of the best of three runs and how much the process grew; and whether a good rule still runs.
 */
import { readFileSync } from "node:fs";
import { compileExpression } from "../dist/language/expression.js";

/** @type {string[]} */
const rules = JSON.parse(readFileSync(0, "utf8"));
const context = {
  id: /** @type {const} */ ("evt_01jd3v0000000000000000000a"),
  source: "github",
  type: "push",
  receivedAt: "2026-11-23T10:20:30.456Z",
  headers: {},
  query: {},
  method: "POST",
  path: "/hooks/github",
};

/** @param {string} rule */
function outcome(rule) {
  try {
    const compiled = compileExpression(rule);
    if (!compiled.ok) return String(compiled.problems[0]?.code);
    const result = compiled.expression.evaluateNow({ a: 1 }, context);
    return `value ${String(JSON.stringify(result)).slice(0, 60)}`;
  } catch (error) {
    const { code, detail } = /** @type {{ code?: string, detail?: string }} */ (error);
    return `${code} ${detail}`;
  }
}

/** @param {string} rule */
function measured(rule) {
  const before = process.memoryUsage().rss;
  let ms = Infinity;
  let told = "";
  for (let time = 0; time < 3; time += 1) {
    const start = process.cpuUsage();
    told = outcome(rule);
    const { user, system } = process.cpuUsage(start);
    ms = Math.min(ms, (user + system) / 1000);
  }
  const grownMb = (process.memoryUsage().rss - before) / 2 ** 20;
  return {
    rule: rule.slice(0, 100),
    told,
    ms,
    grownMb,
    stillWell: outcome("$sum([1..1000])") === "value 500500",
  };
}

outcome("$sum([1..1000])");
for (const rule of rules) console.log(JSON.stringify(measured(rule)));
console.log(JSON.stringify({ polluted: "polluted" in {} }));
