import { describe, expect, it } from "vitest";
import { compileExpression } from "../../src/language/expression.ts";
import { problemsOf } from "./evaluate.ts";

describe("compiling an expression", () => {
  it.each([
    ['{"a":1,}', "1:7 RULE_SYNTAX_INVALID This comma is one too many. Remove the comma."],
    ['{\n  "a": 1,\n  "b": 2,\n}', "3:9 RULE_SYNTAX_INVALID This comma is one too many. Remove the comma."],
    ["[1,,2]", "1:3 RULE_SYNTAX_INVALID A value is missing between two commas. Remove the comma."],
    [
      "$f := 1; $f",
      "1:8 RULE_SYNTAX_INVALID Several statements stand here without parentheses. Put them into parentheses: `( $x := 1; $x + 1 )`.",
    ],
    [
      'a & "abc',
      "1:5 RULE_SYNTAX_INVALID This text has no closing quote. Close it with the quote that opens it.",
    ],
    [
      "a.\n  b +\n",
      "2:5 RULE_SYNTAX_INVALID Nothing follows this `+`. Complete the expression, or remove it.",
    ],
    [
      '{\n  "text": "a",\n  "more": \n}',
      "3:9 RULE_SYNTAX_INVALID Nothing follows this `:`. Complete the expression, or remove it.",
    ],
    ["", "1:1 RULE_SYNTAX_INVALID The expression is empty. Write `$` for the body as it is."],
    ["(a; b", "1:1 RULE_SYNTAX_INVALID This `(` is never closed. Close it with `)`."],
    [
      "{'a': [1, (2}",
      "1:13 RULE_SYNTAX_INVALID Expected `)`, got `}`. Separate by a comma, or close with `)`.",
    ],
    ['{"a" 1}', "1:6 RULE_SYNTAX_INVALID Expected `:`, got `1`. Put a colon between key and value."],
    ["(a, b)", "1:3 RULE_SYNTAX_INVALID Expected `)`, got `,`. Separate the statements of a block by `;`."],
    ["a b", "1:3 RULE_SYNTAX_INVALID `b` follows a complete value. Put an operator between them."],
    ["a == b", "1:4 RULE_SYNTAX_INVALID There is no operator `==`. Equality is a single `=`."],
    ["a && b", "1:4 RULE_SYNTAX_INVALID There is no operator `&&`. Write `and`."],
    [
      "a || b",
      "1:3 RULE_SYNTAX_INVALID There is no operator `|` between values. Write `or`, or `&` to join texts.",
    ],
    ["!a", "1:1 RULE_SYNTAX_INVALID There is no operator `!`. Write `$not(…)`; unequal is `!=`."],
    ["if (a) then b", "1:8 RULE_SYNTAX_INVALID JSONata has no `if`. Write `condition ? value : other`."],
    [
      "x := 1",
      "1:1 RULE_SYNTAX_INVALID The left side of `:=` is not a variable. Begin the name with `$`: `$x := …`.",
    ],
    [
      "function(x){1}",
      "1:10 RULE_SYNTAX_INVALID The parameter `x` is not a variable name. Begin it with `$`: `$x`.",
    ],
    [
      "$map(x, function($i) $i)",
      "1:22 RULE_SYNTAX_INVALID Expected `{`, got `$i`. The body of a function stands in `{ }`.",
    ],
    [
      "a.1",
      "1:3 RULE_SYNTAX_INVALID A literal value cannot be a step of a path. Pick an item with brackets: `a[1]`; quote a name with backquotes.",
    ],
    [
      '"a\\q"',
      '1:3 RULE_SYNTAX_INVALID There is no escape `\\q`. Write `\\\\` for a backslash; there are \\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX.',
    ],
    ["`x", "1:1 RULE_SYNTAX_INVALID This quoted name has no closing backquote. Close it with a backquote."],
    ["a /* x", "1:3 RULE_SYNTAX_INVALID This comment is never closed. Close it with `*/`."],
    [
      "$contains(a, /abc)",
      "1:14 RULE_SYNTAX_INVALID This regular expression has no closing slash. Close it with `/`; in it, escape slashes and single brackets by a backslash.",
    ],
    ["$contains(a, /+/)", "1:14 RULE_REGEX_INVALID The regular expression is broken: nothing to repeat."],
    ["1 + 1e999", "1:5 RULE_SYNTAX_INVALID This number is out of range. Write it as text, or smaller."],
    ["$uper(a)", "1:1 RULE_FUNCTION_UNKNOWN There is no function `$uper`. Did you mean `$uppercase`?"],
    ["$lenght(a)", "1:1 RULE_FUNCTION_UNKNOWN There is no function `$lenght`. Did you mean `$length`?"],
    [
      "$toLowerCase(a)",
      "1:1 RULE_FUNCTION_UNKNOWN There is no function `$toLowerCase`. Did you mean `$lowercase`?",
    ],
    ["a ~> $trm", "1:6 RULE_FUNCTION_UNKNOWN There is no function `$trm`. Did you mean `$trim`?"],
    ["$frobnicate(?, 1)", "1:1 RULE_FUNCTION_UNKNOWN There is no function `$frobnicate`."],
    ["$map(a, $nope)", "1:9 RULE_FUNCTION_UNKNOWN There is no function `$nope`."],
    [
      "uppercase(a)",
      "1:1 RULE_FUNCTION_UNKNOWN `uppercase` is a field of the body, not a function. Did you mean `$uppercase`?",
    ],
    [
      "($helper := function($x){ $x }; $helpr(1))",
      "1:33 RULE_FUNCTION_UNKNOWN There is no function `$helpr`. Did you mean `$helper`?",
    ],
    ["(($inner := function(){ 1 }); $inner())", "1:31 RULE_FUNCTION_UNKNOWN There is no function `$inner`."],
    [
      'a & $eval("b")',
      "1:5 RULE_EVAL_REFUSED `$eval` does not exist here: a rule does not run text. Write the expression out.",
    ],
    [
      "$map(a, $eval)",
      "1:9 RULE_EVAL_REFUSED `$eval` does not exist here: a rule does not run text. Write the expression out.",
    ],
    [
      "$match(a, /(?=b)c/i)",
      '1:11 RULE_REGEX_INVALID In the regular expression, lookahead "(?=" is not supported: RE2 syntax, which is safe on any text, has none. Write it without, or look for the parts one by one.',
    ],
    [
      "$match(a, /(b)\\1/)",
      '1:11 RULE_REGEX_INVALID In the regular expression, the backreference "\\1" is not supported: RE2 syntax has none. Write it without, or look for the parts one by one.',
    ],
  ])("%j tells where, what and how to mend it", (source, problem) => {
    expect(problemsOf(source)).toEqual([problem]);
  });

  it("finds all mistakes in one pass, in the order of the text", () => {
    const source = [
      "(",
      "  $x := $uper(name);",
      '  $y := $eval("1") & $match(a, /(?!b)c/);',
      "  $z := a == b;",
      "  $helper := function($v) { $v };",
      "  $w := [1, 2",
      "  ;",
      "  $helper(1); $v(2)",
      ")",
    ].join("\n");
    expect(problemsOf(source).map((problem) => problem.split(" ").slice(0, 2).join(" "))).toEqual([
      "2:9 RULE_FUNCTION_UNKNOWN",
      "3:9 RULE_EVAL_REFUSED",
      "3:32 RULE_REGEX_INVALID",
      "4:12 RULE_SYNTAX_INVALID",
      "7:3 RULE_SYNTAX_INVALID",
    ]);
  });

  it.each<[string, string[]]>([
    ['{"a": 1,, "b": [1,], "c": {"d": 2,}}', ["1:8", "1:18", "1:34"]],
    ['{"a": x == 1 && y || !z, "b": p == q}', ["1:10", "1:15", "1:19", "1:22", "1:34"]],
    ['{\n  "a" 1,\n  "b": 2\n  "c": "x\\q"\n  "d": 1e999\n}', ["2:7", "4:3", "4:10", "5:3", "5:8"]],
    ["$x := $uper(a); $y := [1,]; $x & $y", ["1:7", "1:15", "1:25"]],
    ["(\n  total := 1;\n  $f := function(v, $w) { v };\n  $f(1)), 2", ["2:3", "3:18", "4:9"]],
    ["(\n  $x := 1\n  $y := $nope(2);\n  $map(a, /+/) & $map(b, /(/)\n)", ["3:3", "3:9", "4:11", "4:26"]],
    ["$uppercase(a b) & a.1 & `c d` e", ["1:14", "1:21", "1:31"]],
    ["{'a': [1, (2}", ["1:13"]],
    ['{"a": 1, "b": (2, 3; 4, "c": 5}', ["1:17", "1:23", "1:28"]],
  ])("%j has all of its mistakes told of, each once and at its place", (source, places) => {
    expect(problemsOf(source).map((problem) => problem.split(" ")[0])).toEqual(places);
  });

  it("tells of no more than twenty syntax errors", () => {
    expect(problemsOf(`[${"1 == 2, ".repeat(50)}1]`)).toHaveLength(20);
  });

  it.each<[string, string[]]>([
    ["first-name", ["1:1 `first-name`", "`first - name`"]],
    ["$event.headers.x-request-id", ["1:16 `x-request-id`", "`x - request - id`"]],
    ['{ "a": order.unit-price * 2 }', ["1:14 `unit-price`"]],
    ["a - b", []],
    ["total -tax", []],
    ["$a-$b", []],
    ["a-1", []],
    ["count(a)-b", []],
    ["`first-name`", []],
    ['"a-b" & c', []],
    ["/a-b/ ~> $string", []],
  ])("%j is warned of where a name with a hyphen is read as a subtraction", (source, pieces) => {
    const compiled = compileExpression(source);
    const warnings = compiled.ok ? compiled.warnings : [];
    const told = warnings.map(
      ({ line, column, message, fix }) => `${line}:${column} ${message} ${fix ?? ""}`,
    );
    expect(told).toHaveLength(pieces.length === 0 ? 0 : 1);
    for (const piece of pieces) expect(told[0]).toContain(piece);
  });

  it.each([
    "($f := function($n) { $n < 2 ? 1 : $n * $f($n - 1) }; $f(5))",
    "($later := function() { $early() }; $early := function() { 1 }; $later())",
    "($twice := function($g, $x) { $g($g($x)) }; $twice(function($y) { $y + 1 }, 1))",
    "($add := function($a) { function($b) { $a + $b } }; $add(1)(2))",
    "($first := $substring(?, 0, 1); names.$first($))",
    "($clean := $trim ~> $uppercase; a ~> $clean)",
    "a ~> $uppercase ~> $trim()",
    "a ~> (function($x) { $x })",
    "(a ? $f := $sum : $f := $max; $f([1, 2]))",
    "$f := $sum",
    "[$g := $count, $g([1])]",
    "items@$i.others@$o[$o.id = $i.id].{ 'x': $i.f }",
    "items#$n.$string($n)",
    "($lib := { 'double': function($x) { $x * 2 }, 'sum': function($x) { $x } }; $lib.double(2) + $lib.sum(1) + $lib.(sum(1)))",
    "$reduce([1, 2], function($sum, $next) { $sum + $next })",
    "$each({'a': 1}, function($v, $k) { $k & $v })",
    "$sort(a, function($l, $r) { $l.x > $r.x })",
    "$sift(function($v) { $v > 1 })",
    "$(1) or $$(1)",
    "λ($x) { $x($x) }(function($y) { $y })",
    "$unbound",
    "$unbound.field",
    "payload ~> |a.b|{'c': $string(d)}, ['e']|",
    "a^(>b, <$string(c)){type: $count($)}",
    "(/* $uper(a) */ 'say $uper(a)')",
    "$contains(a, /[a-z]+\\/(x|y){2,3}$/i) and b / 2 / 3 > 1",
    "$uuid() & $event.id & $now() & $random()",
  ])("%j is fine: nothing is found where nothing is wrong", (source) => {
    expect(problemsOf(source)).toEqual([]);
  });

  it("refuses a text of more than 64 KB and what is nested too deeply, without falling over", () => {
    expect(problemsOf(`"${"x".repeat(64 * 1024)}"`)).toEqual([expect.stringContaining("longer than 64 KB")]);
    const nested = `${"(".repeat(30_000)}1${")".repeat(30_000)}`;
    expect(problemsOf(nested)).toEqual([
      expect.stringContaining("1:1 RULE_SYNTAX_INVALID The expression is nested too deeply"),
    ]);
    expect(problemsOf(`1${"+1".repeat(20_000)}`)).toEqual([expect.stringContaining("nested too deeply")]);
  });

  it("counts lines and columns as editors do, after comments and texts of several lines", () => {
    const source = '/* one\n two */ "three\nfour" & $nofn(1) & "😀" & $nofn(2)\r\n& $nofn(3)';
    expect(problemsOf(source).map((problem) => problem.split(" ")[0])).toEqual(["3:9", "3:27", "4:3"]);
  });
});
