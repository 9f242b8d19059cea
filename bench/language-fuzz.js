/** Generated expressions and bodies, evaluated by the engine and by the jsonata package: the same result, or both an error. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { isDeepStrictEqual } from "node:util";
import { runInThisContext } from "node:vm";
import fc from "fast-check";
import { compileExpression } from "../dist/language/expression.js";

const RECEIVED = "2026-11-23T10:20:30.456Z";

/** @type {typeof import("jsonata")} */
const jsonata = referenceThatDoesNotWrite();

/**
 * The package, but for two lines: it writes into an empty array that is grouped, which the engine never does
 * (docs/language.md), and its time is the clock's, where the engine's is the event's.
 */
function referenceThatDoesNotWrite() {
  const path = createRequire(import.meta.url).resolve("jsonata");
  let source = readFileSync(path, "utf8");
  for (const [line, instead] of /** @type {const} */ ([
    ["input.push(undefined);", "input = focus.createSequence(undefined);"],
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
  // Rows of one shape: what joins, groups and orders are made for.
  row: fc.record({ a: scalar, b: fc.oneof(scalar, tie("cells")), c: scalar }, { requiredKeys: ["a"] }),
  cells: fc.array(fc.record({ a: scalar, d: fc.oneof(scalar, fc.array(scalar, { maxLength: 2 })) }), {
    maxLength: 3,
  }),
  root: fc.oneof(
    fc.record({ a: fc.array(tie("row"), { maxLength: 4 }), b: tie("cells"), d: scalar }),
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
const regex = fc.constantFrom(
  ..."/a/ /[a-z]+/ /(a)(b)?/ /b/i /\\d/ /^a|b$/ /(\\w)(\\d*)/ /[^a]/i /a.b/ /b*/ /\\s+/ /./ /x{2,3}/ /a+?/ /(?:b )+/ /^/m /\\bb/ /(x)|(\\d)/ /[\\w-]+/"
    .split(" /")
    .map((one) => (one.startsWith("/") ? one : `/${one}`)),
);
/** What lambdas declare; also types that do not fit what they are given. */
const signature = fc.constantFrom(
  ..."<x:x> <s-:s> <n-:n> <a<n>:n> <a:x> <(sn)-:x> <b?:x> <o-:x> <a<s>-:x> <j-:x> <f:x> <l:x> <s-n?:x> <n-n:x> <x-x?:x> <a<o>s?:x>".split(
    " ",
  ),
);
const numberPicture = fc.constantFrom(
  ..."#,##0.00 00 0.#% x #0.#% 0.00;(0.00) 0.0e0 #,##0 000.000 #.# $0 0‰ ##,##,#0.0# 12 0.0.0".split(" "),
);
const integerPicture = fc.constantFrom(..."w W Ww I i 001 A a 1;o w;o #,##0 0;o Ww;o 000,000 ①".split(" "));
const datePicture = fc.constantFrom(
  "[Y0001]-[M01]-[D01]",
  "[D1o] [MNn]",
  "[H01]:[m01]",
  "[[x",
  "[D#1] [MNn,*-3] [Y]",
  "[h]:[m01] [P]",
  "[FNn], [D1o] [MN] [Y,2-2]",
  "[X]-W[W01]-[F1]",
  "[W]/[w] [xNn]",
  "[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z01:01t]",
  "[z] [Z] [C]",
  "[dwo] [YI]",
  "[Y]-[d001]",
  "[Mw]",
);
const zone = fc.constantFrom('"+0530"', '"-0800"', '"0000"', '"x"', "a");
const times = fc.constantFrom(
  "0",
  "1510067557121",
  "-1",
  "86400000",
  "1.5",
  "a",
  "$millis()",
  "253402300800000",
);
const timeText = fc.constantFrom(
  '"2017-10-30"',
  '"2018-02-29T10:20:30Z"',
  '"2018-12-31T23:59:59.999+02:00"',
  '"2018"',
  '"12/3/2019"',
  '"3rd March 2019"',
  '"10:20 pm"',
  "a",
);

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
      t("$substring({0})", literal),
      t("$contains({0})", fc.oneof(regex, literal)),
      t("$number()"),
      t("{0}[%.{1} = {2}]", name, name, e),
      t('{ "x": %.{0}, "y": {1} }', name, e),
      t("({0}.%.{1})", name, name),
      t("{0}@$v#$i", name),
      t("{0}#$i@$w", name),
      t("{0}@$w[$w.{1} = $v.{2}]", name, name, name),
      t('{ "v": $v, "w": $w.{0}, "i": $i }', name),
      t("{0}^(>{1}, {2})", name, name, e),
      t("{0}^({1})[0]", name, name),
      t("({0})#$i[$i > 0]", name),
      t("{0}.[$, $i]", name),
      t("*[{0}]", e),
      t("**[{0}]", e),
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
      t("{0}@$v.{1}@$w[$v.{2} = $w.{2}].{3}", name, name, name, tie("step")),
      t('$$.{0}@$v.{1}#$i.{ "v": $v.{2}, "i": $i, "x": {3} }', name, name, name, e),
      t("{0}.{1}.%.{2}", name, name, tie("step")),
      t("{0}.{1}.{2}.%.%.{3}", name, name, name, tie("step")),
      t('{0}{ $string({1}): $count($), "n": $sum({2}) }', name, name, name),
      t("{0}.{1}^(%.{2})", name, name, name),
      t('{0}.{1}[0]{ $string({2}): { "k": {3} } }', name, tie("step"), name, e),
      t("{0}.{1}[]", name, tie("step")),
      t("{0}@$v.{1}{ $string($v.{2}): $.{3} }", name, tie("step"), name, name),
    ),
    lambda: fc.oneof(
      { maxDepth: 3, depthSize: "small" },
      t("function($v) { {0} }", e),
      t("function($v, $i) { {0} }", e),
      t("function($v, $i, $w) { {0} }", e),
      t("function($v)<x:x> { {0} }", e),
      t("function($v)<n-:n> { {0} }", e),
      t("function($v, $i)<a?n?:x> { {0} }", e),
      t("function($v){0} { {1} }", signature, e),
      t("function($v, $i){0} { {1} }", signature, e),
      t("function($v, $i) { $i = 0 ? $v : ({0}) }", e),
      t("function($v) { function($i) { {0} } }", e),
      t(
        "({0})(?, {1})",
        fc.constantFrom("function($v, $i) { [$v, $i] }", "function($v, $i)<x-x:x> { $v = $i }"),
        e,
      ),
      t("({0})({1}, ?)", fc.constantFrom("function($v, $i) { [$v, $i] }", "$append"), e),
      t("function($v, $i, $w, $x) { [$v, $i, $w, $x, {0}] }", literal),
      t("function() { {0} }", e),
      t("${0}", unary),
      t("$append(?, {0})", e),
      t("({0})(?)", fc.constantFrom("function($v) { [$v] }", "function($v, $i) { $i ? $i : $v }")),
      t("({0} ~> {1})", f, f),
      t('| {0} | { "z": {1} } |', p, e),
      t('| {0} | { "a": {1} }, ["b", "c"] |', p, e),
      t("| {0} | {1}, {2} |", p, e, fc.constantFrom('"a"', '["a", "b"]', "a", "[]", "1")),
      t('| **[{0}] | { "z": {1} } |', name, e),
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
      t("$toMillis({0})", fc.oneof(e, timeText)),
      t('$formatNumber({0}, "{1}")', fc.oneof(e, literal), numberPicture),
      t(
        '$formatNumber({0}, "{1}", { "decimal-separator": ",", "grouping-separator": "{2}" })',
        literal,
        numberPicture,
        fc.constantFrom(".", "'", "x"),
      ),
      t(
        '$formatInteger({0}, "{1}")',
        fc.oneof(e, literal, fc.constantFrom("1999", "-21", "1234567", "0.5")),
        integerPicture,
      ),
      t(
        '$parseInteger({0}, "{1}")',
        fc.constantFrom('"twelve"', '"MCM"', '"007"', '"c"', '"3rd"', '"1,234"', "a"),
        integerPicture,
      ),
      t('$fromMillis({0}, "{1}")', times, datePicture),
      t('$fromMillis({0}, "{1}", {2})', times, datePicture, zone),
      t('$toMillis({0}, "{1}")', timeText, datePicture),
      t('$toMillis($fromMillis({0}, "{1}"), "{1}")', times, datePicture),
      t("$match({0}, {1}, {2})", e, regex, literal),
      t("$split({0}, {1}, {2})", e, regex, literal),
      t("$replace({0}, {1}, {2}, {3})", e, regex, literal, literal),
      t("$replace({0}, {1}, function($m) { $m.groups[0] & $m.start & $m.match })", p, regex),
      t("{0}({1}).next().match", regex, e),
      t("($f := {0}; $g := $f ~> {1}; $g({2}))", f, f, e),
      t("($f := {0}; {1}.$f($))", f, p),
      t("$zip({0}, {1}, {2})", e, e, e),
      t("$reduce({0}, function($v, $i, $w, $x) { $v & $w & {1} }, {2})", p, e, literal),
      t("$each({0}, function($v, $i, $w) { $i & {1} })", e, e),
      t("$sift({0}, function($v, $i, $w) { {1} })", e, e),
      t('$merge([{0}, { "a": {1} }])', e, e),
      t('$assert({0}, "no")', e),
      t('{0} ? $error("no") : {1}', e, e),
      t("($x := {0}; $y := function($v) { $x := $v; $x & {1} }; [$y({2}), $x])", e, e, e),
      t("($g := function($v, $i) { $v <= 0 ? $i : $g($v - 1, {0}) }; $g(3, {1}))", e, e),
      t("$distinct({0})^($string($))", p),
      t("$sort({0}, function($v, $i) { $string($v) > $string($i) })", p),
      t("[{0}..{1}].({2})", fc.constantFrom("1", "-1", "a"), fc.constantFrom("3", "2", "d"), e),
      t("({0}; {1}){ $string({2}): {3} }", e, p, e, e),
      t("({0})[[{1}, {2}]]", p, literal, literal),
      t("{0}[{1}][{2}]", p, e, literal),
      t("$lookup({0}, {1})", e, literal),
      t("$type({0}) & $string({0}, true)", e),
      t("/* {0} */ {1}", name, e),
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
