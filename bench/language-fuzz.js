/** Generated expressions and bodies, evaluated by the engine and by the jsonata package: the same result, or both an error. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { isDeepStrictEqual } from "node:util";
import { runInThisContext } from "node:vm";
import fc from "fast-check";
import { compileExpression } from "../dist/language/expression.js";

/** @type {typeof import("jsonata")} */
const jsonata = referenceThatDoesNotWrite();

/** The package, but for one line: it writes into an empty array that is grouped, which the engine never does (docs/language.md). */
function referenceThatDoesNotWrite() {
  const path = createRequire(import.meta.url).resolve("jsonata");
  const source = readFileSync(path, "utf8");
  const [before, after, ...more] = source.split("input.push(undefined);");
  if (after === undefined || more.length > 0)
    throw new Error("The jsonata package is not the one that this was written for.");
  const module = { exports: {} };
  const code = `(function (module, exports) {${before}input = focus.createSequence(undefined);${after}\n})`;
  runInThisContext(code)(module, module.exports);
  return /** @type {any} */ (module.exports);
}

const context = {
  id: /** @type {const} */ ("evt_01jd3v0000000000000000000a"),
  source: "fuzz",
  type: "case",
  receivedAt: "2026-11-23T10:20:30.456Z",
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
  if (/\?:/.test(source) && /\/[^/]+\//.test(source)) return undefined;
  const wanted = await byReference(source, payload);
  const got = byEngine(source, payload);
  if ("skipped" in wanted) return undefined;
  if ("error" in wanted && "error" in got) return undefined;
  if ("value" in wanted && "value" in got && isDeepStrictEqual(wanted.value, got.value)) return undefined;
  return `${source}\n  on ${JSON.stringify(payload)}\n  jsonata: ${JSON.stringify(wanted)}\n  engine:  ${JSON.stringify(got)}`;
}

const scalar = fc.oneof(
  fc.integer({ min: -3, max: 9 }),
  fc.constantFrom("", "a", "b b", "x", "7", "2017-10-30", 1.5, 0.1),
  fc.boolean(),
  fc.constant(null),
);

/** Bodies of a few names, nested a few levels. */
export const body = fc.letrec((tie) => ({
  node: fc.oneof(
    { maxDepth: 4, depthSize: "medium" },
    scalar,
    fc.array(tie("node"), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom("a", "b", "c", "d"), tie("node"), { maxKeys: 4 }),
  ),
  root: fc.oneof(
    fc.dictionary(fc.constantFrom("a", "b", "c", "d"), tie("node"), { minKeys: 1, maxKeys: 4 }),
    fc.array(tie("node"), { maxLength: 4 }),
    tie("node"),
  ),
})).root;

const name = fc.constantFrom("a", "b", "c", "d");
const literal = fc.constantFrom(
  "1",
  "0",
  "2",
  "-1",
  "1.5",
  '"a"',
  '"b"',
  '""',
  "true",
  "false",
  "null",
  "[]",
  "[1,2,3]",
  "{}",
);
const regex = fc.constantFrom("/a/", "/[a-z]+/", "/(a)(b)?/", "/b/i", "/\\d/");

/**
 * A template of texts and names of arbitraries, as in `t("$map({0}, {1})", a, b)`.
 * @param {string} pattern
 * @param {...fc.Arbitrary<string>} parts
 */
const t = (pattern, ...parts) =>
  fc
    .tuple(...parts)
    .map((texts) => pattern.replaceAll(/\{(\d)\}/g, (_, index) => texts[Number(index)] ?? ""));

/** Names of functions of one argument. */
const unary = fc.constantFrom(
  ..."count string boolean not exists keys distinct type reverse spread length uppercase lowercase trim number abs floor ceil sum max min average merge sort clone base64encode encodeUrlComponent sqrt round".split(
    " ",
  ),
);
const binary = fc.constantFrom(
  ..."append lookup contains split join substringBefore substringAfter zip pad power round substring formatBase match".split(
    " ",
  ),
);
const infix = fc.constantFrom(..."+ - * / % & = != < <= > >= and or in ?? ?:".split(" "));

/** Expressions of almost everything in the language but time and chance. */
export const expression = fc.letrec((tie) => {
  const e = /** @type {fc.Arbitrary<string>} */ (tie("expression"));
  const p = /** @type {fc.Arbitrary<string>} */ (tie("path"));
  const f = /** @type {fc.Arbitrary<string>} */ (tie("lambda"));
  return {
    step: fc.oneof(
      { maxDepth: 4, depthSize: "small" },
      name,
      fc.constantFrom("*", "**", "$", "%.a", "%", "%.%.b", "$v", '"a"'),
      t("{0}[0]", name),
      t("{0}[-1]", name),
      t("{0}[]", name),
      t("{0}[{1}]", name, e),
      t("({0})", e),
      t("({0})[{1}]", e, e),
      t('{ "p": {0} }', e),
      t("[{0}]", e),
      t("[{0}, {1}]", e, e),
      t("{0}@$v", name),
      t("{0}#$i", name),
      t("{0}#$i[{1}]", name, e),
      t("{0}@$v[{1}]", name, e),
      t("{0}[$i]", name),
      t("{0}^({1})", name, e),
      t("{0}^(<{1}, >{2})", name, e, name),
      t("$string()"),
      t("{0}[][{1}]", name, e),
      t("$uppercase({0})", name),
    ),
    path: fc.oneof(
      { maxDepth: 3, depthSize: "small" },
      name,
      t("{0}.{1}", name, tie("step")),
      t("{0}.{1}.{2}", name, tie("step"), tie("step")),
      t("$.{0}", tie("step")),
      t("$$.{0}", tie("step")),
      t("$v.{0}", tie("step")),
      t("({0}).{1}", e, tie("step")),
      t("({0}).{1}.{2}", e, tie("step"), tie("step")),
      t("{0}.{1}{ {2}: {3} }", name, tie("step"), e, e),
      t("{0}{ $string({1}): {2} }", name, e, e),
      t("{0}.{1}.{2}{ $string({3}): $ }", name, tie("step"), tie("step"), e),
    ),
    lambda: fc.oneof(
      { maxDepth: 3, depthSize: "small" },
      t("function($v) { {0} }", e),
      t("function($v, $i) { {0} }", e),
      t("function($v, $i, $w) { {0} }", e),
      t("function($v)<x:x> { {0} }", e),
      t("function($v)<n-:n> { {0} }", e),
      t("function($v, $i)<a?n?:x> { {0} }", e),
      t("function() { {0} }", e),
      t("${0}", unary),
      t("$append(?, {0})", e),
      t("({0})(?)", fc.constantFrom("function($v) { [$v] }", "function($v, $i) { $i ? $i : $v }")),
      t("({0} ~> {1})", f, f),
      t('| {0} | { "z": {1} } |', p, e),
      t('| {0} | { "a": {1} }, ["b", "c"] |', p, e),
      regex,
    ),
    expression: fc.oneof(
      { maxDepth: 4, depthSize: "medium", withCrossShrink: true },
      p,
      literal,
      t("({0}) {1} ({2})", e, infix, e),
      t("{0} {1} {2}", p, infix, p),
      t("({0}) ? ({1}) : ({2})", e, e, e),
      t("({0}) ? ({1})", e, e),
      t("[{0}, {1}]", e, e),
      t("[{0}]", e),
      t("[0..{0}]", fc.constantFrom("0", "3", "-1", "a", "$count(a)")),
      t('{ "p": {0}, "q": {1} }', e, e),
      t("{ $string({0}): {1} }", e, e),
      t("($v := {0}; {1})", e, e),
      t("($v := {0}; $i := {1}; {2})", e, e, e),
      t("($g := {0}; $g({1}))", f, e),
      t("($g := function($v) { $v > 0 ? $g($v - 1) : {0} }; $g(3))", e),
      t("({0})({1})", f, e),
      t("({0})({1}, {2})", f, e, e),
      t("${0}({1})", unary, e),
      t("${0}({1}, {2})", binary, e, e),
      t("$map({0}, {1})", e, f),
      t("$filter({0}, {1})", e, f),
      t("$single({0}, {1})", e, f),
      t("$reduce({0}, function($v, $i) { {1} })", e, e),
      t("$reduce({0}, $append, {1})", e, e),
      t("$sift({0}, {1})", e, f),
      t("$each({0}, {1})", e, f),
      t("$sort({0}, function($v, $i) { {1} })", e, e),
      t("$sort({0}, function($l, $r) { $l > $r })", p),
      t(
        "$replace($string({0}), {1}, {2})",
        e,
        regex,
        fc.constantFrom('"<$0>"', '"$1$2"', "function($m) { $m.match & '!' }"),
      ),
      t("$replace({0}, {1}, {2})", e, literal, literal),
      t("$match({0}, {1})", e, regex),
      t("$split({0}, {1})", e, fc.oneof(regex, literal)),
      t("$contains({0}, {1})", e, regex),
      t("$substring({0}, {1}, {2})", e, literal, literal),
      t("$formatNumber({0}, {1})", e, fc.constantFrom('"#,##0.00"', '"00"', '"#0.#%"', '"x"')),
      t("$formatInteger({0}, {1})", e, fc.constantFrom('"w"', '"I"', '"001"', '"A"', '"1;o"')),
      t(
        "$fromMillis({0}, {1})",
        e,
        fc.constantFrom('"[Y0001]-[M01]-[D01]"', '"[D1o] [MNn]"', '"[H01]:[m01]"', '"[[x"'),
      ),
      t("$toMillis({0})", e),
      t("({0}) ~> ${1}", e, unary),
      t("({0}) ~> ${1}({2})", e, binary, e),
      t("({0}) ~> {1}", e, f),
      t("({0})^({1})", p, e),
      t("({0})[{1}]", e, e),
      t("({0})[]", e),
      t("-({0})", e),
    ),
  };
}).expression;

/**
 * Compares that many generated cases; prints each difference, as small as it can be made, and yields their number.
 * @param {number} count
 * @param {number} seed
 */
export async function runFuzz(count, seed) {
  /** @type {string[]} */
  const found = [];
  const batch = 2000;
  for (let done = 0; done < count; done += batch) {
    const property = fc.asyncProperty(expression, body, async (source, payload) => {
      const difference = await differenceIn(source, payload);
      if (difference !== undefined) throw new Error(difference);
    });
    const numRuns = Math.min(batch, count - done);
    const run = await fc.check(property, { numRuns, seed: seed + done, interruptAfterTimeLimit: 60_000 });
    if (run.failed && run.counterexample !== null) {
      const [source, payload] = run.counterexample;
      found.push(`${await differenceIn(source, payload)}`);
      console.log(found.at(-1));
    }
    if (done % 20_000 === 0)
      console.log(`${done + numRuns} compared, ${found.length} differences (seed ${seed})`);
  }
  console.log(
    `${count} generated cases compared with the jsonata package: ${found.length} differences (seed ${seed}).`,
  );
  return found.length;
}
