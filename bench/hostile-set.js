/** Rules that want to take the process with them, each with what its outcome must be like. On the body `{ "a": 1 }`. No two yield the same value. */

const DEEP = 20_000;
/** Deeply shared values: small in memory, endless when written out. */
const SHARED = "$reduce([1..40], function($a, $i) { { 'a': $a, 'b': $a } }, { 'x': 1 })";
const SHARED_ARRAYS = "$reduce([1..40], function($a, $i) { [[$a], [$a]] }, [{ 'x': 1 }])";
/** A part that almost stands at each place of a text. */
const ALMOST = "($t := $pad('', 300000, 'a'); $p := $pad('', 50000, 'a') & 'b' & $pad('', 50000, 'a'); ";
const NESTED = "$reduce([1..20000], function($a, $i) { { 'a': $a } }, 0)";

/** @type {readonly (readonly [rule: string, outcome: RegExp])[]} */
export const hostile = [
  // recursion
  ["($f := function() { $f() }; $f())", /`steps`/],
  ["($f := function($n) { 1 + $f($n + 1) }; $f(0))", /`depth`/],
  ["($f := function($n) { $f($n) + $f($n) }; $f(0))", /`depth`/],
  ["($f := function($n) { $n > 25 ? 1 : $f($n + 1) + $f($n + 1) }; $f(0))", /`steps`/],
  ["($f := function($x) { $map([1], $f) }; $f(1))", /`depth`/],
  ["($f := function($x) { { 'a': [$f($x)] } }; $f(1))", /`depth`/],
  ["($a := function() { $b() }; $b := function() { $a() }; $a())", /`steps`/],
  ["($y := function($f) { $f($f) }; $y($y))", /`steps`/],
  [
    "($g := function($f, $n) { $n = 0 ? $f : $g($f ~> $lowercase, $n - 1) }; $g($uppercase, 5000)('a'))",
    /`depth`/,
  ],
  // ranges, arrays
  ["[1..10000000]", /`bytes`/],
  ["[1..9007199254740991]", /ten million/],
  ["[1..100000].([1..10000])", /`(bytes|steps)`/],
  ["[1..3000].[1..3000].[1..3000]", /`(bytes|steps)`/],
  ["$reduce([1..40], function($a, $i) { $append($a, $a) }, [1, 2])", /`bytes`/],
  ["$reduce([1..1000], function($a, $i) { $append($a, [1..1000]) }, [])", /`bytes`/],
  ["$shuffle([1..1000000])", /`bytes`/],
  ["[1..100000]^(>$)", /`steps`/],
  ["$sort([1..100000], function($l, $r) { true })", /`steps`/],
  [
    "$filter([1..100000], function($v) { $count($filter([1..1000], function($w) { $w = $v })) > 0 })",
    /`steps`/,
  ],
  ["$distinct([1..30000].{ 'a': $ })", /`(steps|bytes)`|value/],
  ["$distinct([1..3000].{ 'a': { 'b': $ } })", /`steps`/],
  ["[1..100000]{ $string($): $ }", /`steps`/],
  [`[1..100000].(${"1+".repeat(500)}1)`, /`steps`/],
  [`[1..100000][${"1+".repeat(500)}1 > 0]`, /`steps`/],
  [`[1..100000]^(${"1+".repeat(500)}$)`, /`steps`/],
  // texts
  ["$reduce([1..100], function($a, $i) { $a & $a }, 'x')", /`bytes`/],
  ["$pad('x', 100000000)", /`bytes`/],
  ["$pad('x', -1e300, 'ab')", /`bytes`/],
  ["($b := $pad('x', 1000000); [1..1000].$uppercase($b))", /`(bytes|steps)`/],
  ["$replace($pad('', 100000, 'a'), 'a', $pad('', 1000, 'b'))", /`bytes`/],
  ["$join([1..50000].$string(), $pad('', 1000))", /`bytes`/],
  ["$split($pad('', 8000000, 'a'), '')", /`bytes`/],
  ["$encodeUrlComponent($pad('', 3000000, 'é'))", /`bytes`/],
  [`${ALMOST} { 'found': $contains($t, $p) })`, /value \{"found":false\}/],
  [`${ALMOST} $length($replace($t, $p, '')))`, /value 300000/],
  ["($n := '1.' & $pad('', 500000, '0'); [1..50000].$number($n))", /`(bytes|steps)`/],
  ["($a := $pad('', 1000000, 'x'); $b := $a & ''; [1..50000].($a = $b))", /`steps`/],
  ["($a := $pad('', 1000000, 'x'); $b := $a & ''; [1..50000].($a < $b))", /`steps`/],
  // pictures
  ["$fromMillis(0, '[Y,10000000]')", /`picture`/],
  ["$fromMillis(0, $pad('', 2000000, '[Y]'))", /`picture`/],
  ["$formatNumber(1, $pad('', 1000000, '0'))", /`picture`/],
  ["$toMillis($pad('', 900, '1') & 'x', $pad('', 900, '[Y]1'))", /`pattern`/],
  ["$toMillis($pad('', 333, '[') & $pad('', 333, ',') & $pad('', 332, '000 '), '[M]/[D]/[Y]')", /`picture`/],
  ["$toMillis($pad('', 998, '-') & 'x', '[Dw]-[Mw]-[Yw]')", /`pattern`/],
  ["$toMillis($pad('', 300, '1') & 'x', '[Y]1[M]1[D]1[H]1[m]1[s]1[f]')", /`pattern`/],
  ["$fromMillis(0, '[Y,3 0 0 0 0 0 0 0]')", /`picture`/],
  ["[1..500].$formatNumber($, $pad('', 998, '#,') & '0')", /`steps`/],
  ["[1..50000].$formatInteger(5000000, 'I')", /`steps`/],
  ["$formatInteger(1e15, 'I')", /stack/],
  // In the reference these two never end.
  ["$formatNumber(1 / 0, '0.0e0')", /out of range/],
  ["$formatInteger(-1 / 0, 'A')", /out of range/],
  // regular expressions
  ["$match($pad('', 100000, 'a') & '!', /^(a+)+$/)", /value undefined/],
  ["$contains($pad('', 60000, 'a'), /(x+x+)+y/)", /value false/],
  ["$match($pad('', 100000, 'a'), /.*z|a/)", /`pattern`/],
  ["$match($pad('', 1000000, 'a'), /[a]{400}b/)", /`pattern`/],
  ["$match($pad('', 1000000, 'a'), /a?a?a?a?a?a?b/i)", /`pattern`/],
  ["$match(a, /((a{100}){100}){100}/)", /RULE_REGEX_INVALID/],
  [
    "($n := function($s) { { 'match': '', 'start': 0, 'end': 0, 'groups': [], 'next': $n } }; $match('a', $n))",
    /`(steps|bytes)`/,
  ],
  // signatures, which the reference reads with a pattern of its own
  [
    `(function($a)<${"s?".repeat(28)}n>{ 1 })(${"'a', ".repeat(27)}'a')`,
    /TRANSFORM_TYPE|TRANSFORM_RULE_FAILED/,
  ],
  // nesting in the text
  [`${"(".repeat(DEEP)}1${")".repeat(DEEP)}`, /RULE_SYNTAX_INVALID/],
  [`${"[".repeat(DEEP)}${"]".repeat(DEEP)}`, /RULE_SYNTAX_INVALID/],
  [`1${"+1".repeat(DEEP)}`, /RULE_SYNTAX_INVALID/],
  [`${"(a?".repeat(1000)}1${":2)".repeat(1000)}`, /RULE_SYNTAX_INVALID|value 1/],
  // shared and nested values
  [`$string(${SHARED})`, /`(steps|bytes)`/],
  [`$clone(${SHARED})`, /`(steps|bytes)`/],
  [`${SHARED} = ${SHARED}`, /`steps`/],
  [`(${SHARED}).**`, /`(steps|bytes)`/],
  [SHARED, /`output`/],
  [`$boolean($reduce([1..40], function($a, $i) { [[$a], [$a]] }, [0]))`, /`steps`/],
  [`${SHARED_ARRAYS}.x`, /`(steps|bytes)`/],
  [`$spread(${SHARED_ARRAYS})`, /`(steps|bytes)`/],
  [NESTED, /TRANSFORM_RESULT_INVALID/],
  [`($n := ${NESTED}; $n = $clone($n))`, /stack|`depth`/],
  // out of the language: the payloads of CVE-2024-27307, CVE-2026-77413 and its like
  ["{ 'f': $sum, 'g': function() { 1 } }", /TRANSFORM_RESULT_INVALID/],
  ["$ ~> | $ | { '__proto__': { 'polluted': 1 } } |", /value \{"a":1,"__proto__":/],
  ["$merge([{ '__proto__': { 'polluted': 1 } }])", /value \{"__proto__":/],
  ["$ ~> | __proto__ | { 'polluted': 1 } |", /value \{"a":1\}/],
  ["$ ~> | constructor.prototype | { 'polluted': 1 } |", /value \{"a":1\}/],
  ["$.constructor.constructor('return process')()", /TRANSFORM_RULE_FAILED|value undefined/],
  ["$toMillis.constructor('return process')()", /TRANSFORM_RULE_FAILED|value undefined/],
  ["$lookup($string, 'constructor')", /value undefined/],
  ["$sift($, function($v, $k) { $k = '__proto__' })", /value undefined/],
  ["$match('a', /a/).next.constructor", /value undefined/],
];

/** Those that compile, so that a router would load them. */
export const running = hostile.filter(([, outcome]) => !/^RULE_/.test(outcome.source));
