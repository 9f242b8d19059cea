/** Generated expressions, of almost everything in the language but chance, and bodies for them. */
import fc from "fast-check";

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

/** @param {string} names */
const named = (names) => fc.constantFrom(...names.split(" "));

/** Names of functions of one argument, by what it is. */
const ofAnything = named(
  "count string boolean not exists keys distinct type reverse spread append sort merge clone",
);
const ofText = named(
  "length uppercase lowercase trim base64encode base64decode encodeUrlComponent encodeUrl decodeUrl number",
);
const ofNumber = named("abs floor ceil sqrt round string number");
const ofNumbers = named("sum max min average count sort reverse distinct");
const unary = fc.oneof(ofAnything, ofText, ofNumber, ofNumbers);
const onTexts = named("contains split join substringBefore substringAfter zip append match");
const onNumbers = named("power round formatBase zip append");
const binary = fc.oneof(onTexts, onNumbers, named("append lookup zip"));
const texts = fc.constantFrom('"a"', '"b"', '""', '"ab b7"', '"x, y"', '"ÀÉ 😀"', '"1.50"', '"a-b_c"');
const numbers = fc.constantFrom("0", "1", "2", "-1", "1.5", "10", "1234.567", "-0.5", "3");
const infix = fc.constantFrom(..."+ - * / % & = != < <= > >= and or in ?? ?:".split(" "));

/** Expressions: half of them yield a value. */
export const expression = fc.letrec((tie) => {
  const e = /** @type {fc.Arbitrary<string>} */ (tie("expression"));
  const p = /** @type {fc.Arbitrary<string>} */ (tie("path"));
  const f = /** @type {fc.Arbitrary<string>} */ (tie("lambda"));
  const s = /** @type {fc.Arbitrary<string>} */ (tie("text"));
  const n = /** @type {fc.Arbitrary<string>} */ (tie("number"));
  const l = /** @type {fc.Arbitrary<string>} */ (tie("list"));
  const step = /** @type {fc.Arbitrary<string>} */ (tie("step"));
  const deep = /** @type {fc.Arbitrary<string>} */ (tie("deep"));
  return {
    // Mostly of the type that is wanted: what is not ends most expressions with an error.
    text: fc.oneof(
      { maxDepth: 2, depthSize: "small" },
      texts,
      t("$string({0})", e),
      t("({0} & {1})", p, s),
      t("({0} & {1} & {2})", s, n, e),
      t("$join({0}.$string(), {1})", l, s),
      t("$substring({0}, {1})", s, n),
      t("$substringBefore({0}, {1})", s, s),
      t("$uppercase({0})", s),
      t("$pad({0}, {1}, {2})", s, n, s),
      e,
    ),
    number: fc.oneof(
      { maxDepth: 2, depthSize: "small" },
      numbers,
      t("$count({0})", p),
      t("$length({0})", s),
      t("({0} {1} {2})", n, fc.constantFrom("+", "-", "*", "/", "%"), n),
      t("$sum([{0}, {1}])", n, n),
      t("$round({0}, {1})", n, numbers),
      t("-{0}", numbers),
      e,
    ),
    list: fc.oneof(
      { maxDepth: 2, depthSize: "small" },
      fc.constantFrom("[1,2,3]", '["b","a","b"]', "[3,1,2,1]", "a", "$$.a", "[]", "[1..4]"),
      t("[{0}, {1}]", n, n),
      t("[{0}, {1}]", s, s),
      t('[{ "a": {0}, "b": {1} }, { "a": {2} }]', n, s, n),
      t("$append({0}, {1})", l, e),
      t("$map({0}, {1})", l, f),
      p,
    ),
    deep: fc.oneof(
      { maxDepth: 3, depthSize: "small" },
      step,
      fc.constantFrom("%.a", "%", "%.%.b", "%.*"),
      t("{0}[%.{1} = {2}]", name, name, e),
      t('{ "x": %.{0}, "y": {1} }', name, e),
      t("({0}.%.{1})", name, name),
      t("{0}^(%.{1})", name, name),
    ),
    step: fc.oneof(
      { maxDepth: 4, depthSize: "small" },
      name,
      name,
      fc.constantFrom("*", "**", "$", "$v", '"a"'),
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
      t("{0}.{1}", name, step),
      t("{0}.{1}.{2}", name, name, deep),
      t("a.b.{0}", deep),
      t("a.{0}", step),
      t("a.{0}.{1}", step, step),
      t("$.{0}", step),
      t("$$.{0}", step),
      t("$v.{0}", name),
      t("({0}).{1}", e, step),
      t("({0}).{1}.{2}", e, step, step),
      t("{0}.{1}{ {2}: {3} }", name, step, e, e),
      t("{0}{ $string({1}): {2} }", name, e, e),
      t("{0}.{1}.{2}{ $string({3}): $ }", name, step, step, e),
      t("{0}@$v.{1}@$w[$v.{2} = $w.{2}].{3}", name, name, name, step),
      t('$$.{0}@$v.{1}#$i.{ "v": $v.{2}, "i": $i, "x": {3} }', name, name, name, e),
      t("{0}.{1}.%.{2}", name, name, step),
      t("{0}.{1}.{2}.%.%.{3}", name, name, name, step),
      t('{0}{ $string({1}): $count($), "n": $sum({2}) }', name, name, name),
      t("{0}.{1}^(%.{2})", name, name, name),
      t('{0}.{1}[0]{ $string({2}): { "k": {3} } }', name, step, name, e),
      t("{0}.{1}[]", name, step),
      t("{0}@$v.{1}{ $string($v.{2}): $.{3} }", name, step, name, name),
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
      { maxDepth: 3, depthSize: "small", withCrossShrink: true },
      p,
      literal,
      t("({0}) {1} ({2})", e, infix, e),
      t("({0}) {1} ({2})", n, fc.constantFrom("<", ">=", "+", "*", "=", "!="), n),
      t("({0}) {1} ({2})", s, fc.constantFrom("<", ">=", "&", "=", "in"), s),
      t("({0}) {1} ({2})", e, fc.constantFrom("&", "=", "!=", "and", "or", "in", "??", "?:"), e),
      t("{0} {1} {2}", p, infix, p),
      s,
      n,
      l,
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
      t("${0}({1})", ofAnything, e),
      t("${0}({1})", ofText, s),
      t("${0}({1})", ofNumber, n),
      t("${0}([{1}, {2}])", ofNumbers, n, n),
      t("${0}({1}, {2})", onTexts, s, s),
      t("${0}({1}, {2})", onNumbers, n, n),
      t("${0}({1}, {2})", binary, e, e),
      t("$map({0}, {1})", l, f),
      t("$filter({0}, {1})", l, f),
      t("$single({0}, {1})", l, f),
      t("$reduce({0}, function($v, $i) { {1} })", l, e),
      t("$reduce({0}, $append, {1})", l, e),
      t("$sift({0}, {1})", e, f),
      t("$each({0}, {1})", e, f),
      t("$sort({0}, function($v, $i) { {1} })", l, e),
      t("$sort({0}, function($l, $r) { $l > $r })", p),
      t(
        "$replace($string({0}), {1}, {2})",
        e,
        regex,
        fc.constantFrom('"<$0>"', '"$1$2"', "function($m) { $m.match & '!' }"),
      ),
      t("$replace({0}, {1}, {2})", s, texts, s),
      t("$match({0}, {1})", s, regex),
      t("$split({0}, {1})", s, fc.oneof(regex, texts)),
      t("$contains({0}, {1})", s, regex),
      t("$substring({0}, {1}, {2})", s, n, n),
      t("$formatNumber({0}, {1})", n, fc.constantFrom('"#,##0.00"', '"00"', '"#0.#%"', '"x"')),
      t("$formatInteger({0}, {1})", n, fc.constantFrom('"w"', '"I"', '"001"', '"A"', '"1;o"')),
      t(
        "$fromMillis({0}, {1})",
        e,
        fc.constantFrom('"[Y0001]-[M01]-[D01]"', '"[D1o] [MNn]"', '"[H01]:[m01]"', '"[[x"'),
      ),
      t("$toMillis({0})", fc.oneof(e, timeText)),
      t('$formatNumber({0}, "{1}")', n, numberPicture),
      t(
        '$formatNumber({0}, "{1}", { "decimal-separator": ",", "grouping-separator": "{2}" })',
        n,
        numberPicture,
        fc.constantFrom(".", "'", "x"),
      ),
      t(
        '$formatInteger({0}, "{1}")',
        fc.oneof(n, fc.constantFrom("1999", "-21", "1234567", "0.5")),
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
      t("$match({0}, {1}, {2})", s, regex, numbers),
      t("$split({0}, {1}, {2})", s, regex, numbers),
      t("$replace({0}, {1}, {2}, {3})", s, regex, texts, numbers),
      t("$replace({0}, {1}, function($m) { $m.groups[0] & $m.start & $m.match })", s, regex),
      t("{0}({1}).next().match", regex, s),
      t("($f := {0}; $g := $f ~> {1}; $g({2}))", f, f, e),
      t("($f := {0}; {1}.$f($))", f, p),
      t("$zip({0}, {1}, {2})", l, l, l),
      t("$reduce({0}, function($v, $i, $w, $x) { $v & $w & {1} }, {2})", p, e, literal),
      t("$each({0}, function($v, $i, $w) { $i & {1} })", e, e),
      t("$sift({0}, function($v, $i, $w) { {1} })", e, e),
      t('$merge([{0}, { "a": {1} }])', e, e),
      t('$assert({0} = {1}, "no")', e, e),
      t('({0} = {1}) ? $error("no") : {1}', e, e),
      t("($x := {0}; $y := function($v) { ($x := $v; $x & {1}) }; [$y({2}), $x])", e, e, e),
      t("($g := function($v, $i) { $v <= 0 ? $i : $g($v - 1, {0}) }; $g(3, {1}))", e, e),
      t("$distinct({0})^($string($))", p),
      t("$sort({0}, function($v, $i) { $string($v) > $string($i) })", p),
      t("[{0}..{1}].({2})", fc.constantFrom("1", "-1", "a"), fc.constantFrom("3", "2", "d"), e),
      t("({0}; {1}){ $string({2}): {3} }", e, p, e, e),
      t("({0})[[{1}, {2}]]", p, literal, literal),
      t("{0}[{1}][{2}]", p, e, literal),
      t("$lookup({0}, {1})", e, fc.constantFrom('"a"', '"b"')),
      t("$type({0}) & $string({0}, true)", e),
      t("/* {0} */ {1}", name, e),
      t("({0}) ~> ${1}", e, unary),
      t("({0}) ~> ${1}({2})", e, binary, e),
      t("({0}) ~> {1}", e, f),
      t("({0})^({1})", p, e),
      t("({0})[{1}]", e, e),
      t("({0})[{1}]", l, n),
      t("({0})[]", e),
      t("-({0})", n),
    ),
  };
}).expression;
