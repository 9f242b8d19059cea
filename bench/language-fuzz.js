/** Generated expressions and bodies, evaluated by the engine and by the jsonata package: the same result, or both an error. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { isDeepStrictEqual } from "node:util";
import { runInThisContext } from "node:vm";
import fc from "fast-check";
import { body, expression } from "./language-cases.js";
import { compileExpression } from "../dist/language/expression.js";

const RECEIVED = "2026-11-23T10:20:30.456Z";

/** An infinite number is an error. */
const REFUSES = 'if (Math.abs(value) === Infinity) throw { code: "D1001" };';

const jsonata = changedReference();

/**
 * The package, but for five lines: it writes into an empty array that is grouped, looks for a regular expression in a function's
 * code, and formats infinite numbers, which the engine never does (docs/language.md); and its time is the clock's, where the engine's
 * is the event's.
 * @returns {typeof import("jsonata")}
 */
function changedReference() {
  const path = createRequire(import.meta.url).resolve("jsonata");
  let source = readFileSync(path, "utf8");
  for (const [line, instead] of /** @type {const} */ ([
    ["input.push(undefined);", "input = focus.createSequence(undefined);"],
    [
      "re.lastIndex = fromIndex || 0;",
      'if (typeof str === "function") str = {};\nre.lastIndex = fromIndex || 0;',
    ],
    [
      "function formatNumber(value, picture, options) {",
      `function formatNumber(value, picture, options) {${REFUSES}`,
    ],
    ["function formatInteger(value, picture) {", `function formatInteger(value, picture) {${REFUSES}`],
    [
      "timestamp = new Date();\n                exec_env",
      `timestamp = new Date("${RECEIVED}");\n                exec_env`,
    ],
  ])) {
    if (source.split(line).length !== 2)
      throw new Error("The jsonata package is not the one that this was written for.");
    source = source.replace(line, instead);
  }
  const module = { exports: {} };
  runInThisContext(`(function (module, exports) {${source}\n})`)(module, module.exports);
  return /** @type {any} */ (module.exports);
}

const context = {
  id: /** @type {const} */ ("evt_01jd3v0000000000000000000a"),
  source: "fuzz",
  type: "case",
  receivedAt: RECEIVED,
  headers: {},
  query: {},
  method: "POST",
  path: "/hooks/fuzz",
};

/** @typedef {{ value: unknown } | { error: string } | { skipped: string }} Outcome */

/**
 * What JSON makes of the reference's result; throws for what JSON has not.
 * @param {unknown} value
 * @returns {unknown}
 */
function plain(value) {
  if (typeof value === "number" && !Number.isFinite(value))
    throw new RangeError("a number that is not finite");
  if (typeof value === "function") throw new RangeError("a function");
  if (typeof value !== "object" || value === null) return value === 0 ? 0 : value;
  const { _jsonata_lambda, _jsonata_function } = /** @type {Record<string, unknown>} */ (value);
  if (_jsonata_lambda === true || _jsonata_function === true) throw new RangeError("a function");
  if (Array.isArray(value)) return Array.from(value, (item) => (item === undefined ? null : plain(item)));
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries.map(([key, item]) => [key, plain(item)]));
}

/**
 * @param {string} source
 * @param {unknown} payload
 * @returns {Promise<Outcome>}
 */
async function byReference(source, payload) {
  const input = JSON.parse(JSON.stringify(payload));
  let result;
  try {
    const expression = jsonata(source, { timeout: 1_000 });
    expression.assign("event", context);
    result = await expression.evaluate(input);
  } catch (thrown) {
    const { code } = /** @type {{ code?: string }} */ (thrown ?? {});
    if (JSON.stringify(input) !== JSON.stringify(payload))
      return { skipped: "the reference changed the body" };
    // Not an error of the language, but of the evaluator.
    if (typeof code !== "string" || code.startsWith("S")) return { skipped: "the reference broke" };
    if (code === "D1012") return { skipped: "the reference took too long" };
    return { error: code };
  }
  // The reference writes into the body here (grouping an empty array, a transform whose pattern begins with `$$`).
  if (JSON.stringify(input) !== JSON.stringify(payload)) return { skipped: "the reference changed the body" };
  try {
    return { value: plain(result) };
  } catch {
    return { error: "result" };
  }
}

/**
 * @param {string} source
 * @param {unknown} payload
 * @returns {Outcome}
 */
function byEngine(source, payload) {
  const compiled = compileExpression(source);
  if (!compiled.ok) return { error: `problem ${compiled.problems[0]?.message}` };
  try {
    return { value: compiled.expression.evaluateNow(payload, context) };
  } catch (thrown) {
    const { code, detail } = /** @type {{ code?: string, detail?: string }} */ (thrown);
    if (code === undefined) throw thrown;
    return { error: `${code} ${detail}` };
  }
}

/**
 * A difference as a sentence; undefined where there is none.
 * @param {string} source
 * @param {unknown} given
 * @returns {Promise<string | undefined>}
 */
export async function differenceIn(source, given) {
  // Bodies are what JSON.parse makes: fast-check's objects have no prototype.
  const payload = JSON.parse(JSON.stringify(given));
  // The reference's parser loses a regular expression there: docs/language.md.
  if (/\?[:?]/.test(source) && /\/[^/]+\//.test(source)) return undefined;
  const got = byEngine(source, payload);
  // The reference has no budgets: it goes on, or ends the process.
  if ("error" in got && got.error.includes(" used up the budget ")) return undefined;
  const wanted = await byReference(source, payload);
  if ("skipped" in wanted) return undefined;
  if ("error" in wanted && "error" in got) return undefined;
  if ("value" in wanted && "value" in got && isDeepStrictEqual(wanted.value, got.value)) return undefined;
  return `${source}\n  on ${JSON.stringify(payload)}\n  jsonata: ${JSON.stringify(wanted)}\n  engine:  ${JSON.stringify(got)}`;
}

/**
 * Compares that many generated cases; prints each difference, as small as it can be made, and yields their number.
 * @param {number} count
 * @param {number} seed
 */
export async function runFuzz(count, seed) {
  /** @type {string[]} */
  const found = [];
  const batch = 2000;
  let reported = 0;
  for (let done = 0; done < count;) {
    const property = fc.asyncProperty(expression, body, async (source, payload) => {
      const difference = await differenceIn(source, payload);
      if (difference !== undefined) throw new Error(difference);
    });
    const numRuns = Math.min(batch, count - done);
    const run = await fc.check(property, { numRuns, seed: seed + done, interruptAfterTimeLimit: 120_000 });
    // A batch that took too long, or ended at a difference, counts for what it compared.
    done += Math.max(1, run.numRuns);
    if (run.failed && run.counterexample !== null) {
      const [source, payload] = run.counterexample;
      found.push(`${await differenceIn(source, payload)}`);
      console.log(found.at(-1));
    }
    if (done - reported < 10_000) continue;
    reported = done;
    console.log(`${done} compared, ${found.length} differences (seed ${seed})`);
  }
  console.log(
    `${count} generated cases compared with the jsonata package: ${found.length} differences (seed ${seed}).`,
  );
  return found.length;
}
