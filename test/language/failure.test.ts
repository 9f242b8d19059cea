import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Fault } from "../../src/language/fault.ts";
import { failureOf } from "../../src/language/failure.ts";
import { inspect } from "node:util";
import { RuleFailure, explain } from "../../src/language/rule-failure.ts";
import { evaluated, failed } from "./evaluate.ts";

const body = {
  s: "s3cret",
  n: 90210,
  o: { s3cret: 90210 },
  a: ["s3cret", 90210],
  b: true,
  t: ["s3cret", "x"],
};

describe("a failing rule", () => {
  it.each([
    ["$substring(s, 't')", "line 1, column 1: argument 2 of `$substring` must be a number, got text"],
    ["$uppercase(n)", "line 1, column 1: argument 1 of `$uppercase` must be text, got a number"],
    ["$uppercase(s, 1)", "line 1, column 1: argument 2 of `$uppercase` is one too many, got a number"],
    [
      "o.$uppercase()",
      "`$uppercase` takes argument 1 from the context here, which does not fit: it is an object",
    ],
    ["$join(a)", "argument 1 of `$join` must be an array of strings only"],
    ["$sum(t)", "argument 1 of `$sum` must be an array of numbers only"],
    ["$map(a, s)", "argument 2 of `$map` must be a function, got text"],
    ["$number(a)", "argument 1 of `$number` must be a number or text or a boolean, got an array"],
    ["(\n  $x := 1;\n  $x + s\n)", "line 3, column 6: the right side of `+` must be a number, got text"],
    ["s - 1", "line 1, column 3: the left side of `-` must be a number, got text"],
    ["s > 3", "line 1, column 3: the sides of `>` must be of one type, got text and a number"],
    ["o > 3", "the sides of `>` must be numbers or texts, got an object"],
    ["-s", "line 1, column 1: only a number can be negated, got text"],
    ["{ n: 1 }", "line 1, column 1: an object's key must be text, got a number"],
    ['{ "a": 1, s: 2, "s3cret": 3 }', "two entries of one object have the same key"],
    ["{ '_jsonata_lambda': 1 }", "keys of an object must not begin with `_jsonata_`"],
    ["[s..2]", "the left side of `..` must be a whole number, got text"],
    ["[1..s]", "the right side of `..` must be a whole number, got text"],
    ["($s3 := s; $s3(1))", "line 1, column 12: `$s3` is not a function"],
    ["s ~> n", "line 1, column 3: the right side of `~>` must be a function, got a number"],
    ["a^($)", "only values of one type can be sorted, got text and a number"],
    ["[o, o]^($)", "only numbers or texts can be sorted by, got an object"],
    ["$ ~> |o|$$.s|", "the update of a transform must be an object, got text"],
    ["$ ~> |o|{}, $$.n|", "what a transform deletes must be named by texts, got a number"],
    ["$replace(s, '', 'x')", "`$replace` cannot look for the empty text"],
    ["$replace(s, 's', 'x', -90210)", "argument 4 of `$replace` must not be negative"],
    [
      "$replace(s, /s/, function($m) { 90210 })",
      "the function given to `$replace` must return text, got a number",
    ],
    ["$match(s, /x*/)", "the regular expression matches the empty text, which would go on for ever"],
    ["$number(s)", "`$number` was given text that is not written as a number"],
    ["$reduce(a, function($x) { $x })", "`$reduce` needs a function of at least two parameters"],
    ["$sqrt(-n)", "`$sqrt` was given a negative number"],
    ["$sort(a)", "`$sort` without a function sorts only texts or only numbers"],
    ["$formatBase(n, n)", "`$formatBase` takes a base from 2 to 36"],
    ["$formatNumber(n, '')", "the picture given to `$formatNumber` is not one"],
    ["$toMillis(s)", "`$toMillis` was given a text that is not an ISO 8601 time"],
    ["$fromMillis(n, '[YN]')", "`$fromMillis` was given a picture that asks for the name of something"],
    ["$single(a)", "`$single` found more than one match"],
    ["$decodeUrl('%s3cret')", "`$decodeUrl` was given a text that cannot be a URL"],
    ["$string(n / 0)", "`$string` met a number that is not finite"],
    ["'' & (n / 0)", "`&` met a number that is not finite"],
    ["$error('no customer')", "line 1, column 1: the rule ended itself with `$error`: no customer"],
    ["$assert(s = 'x', 'must be x')", "the rule ended itself with `$assert`: must be x"],
    [
      "$error('no customer ' & s)",
      "the rule ended itself with `$error`; its text is not shown, since it may hold parts of the event",
    ],
  ])("%s says what failed where, by types, never by values", async (source, sentence) => {
    const error = await failed(source, body);
    expect(error.code).toMatch(/^TRANSFORM_(RULE_FAILED|TYPE)$/);
    expect(error.detail).toContain(sentence);
    expect(error.detail).toMatch(/^line \d+, column \d+: /);
    expect(`${error.message} ${error.stack} ${JSON.stringify(error)}`).not.toMatch(/s3cret(?!`)|90210/);
    expect(error.cause).toBeUndefined();
  });

  it("has words for every code that jsonata can throw at run time", () => {
    const code = readFileSync(new URL("../../node_modules/jsonata/jsonata.js", import.meta.url), "utf8");
    const codes = [...code.matchAll(/^ +"([TD]\d{4})":/gm)].map(([, name]) => name!);
    expect(codes.length).toBeGreaterThan(70);
    // Of $eval, one that the parser took over, and jsonata's own limits: the engine has budgets instead.
    const gone = ["D3120", "D3121", "D2005", "D1011", "D1012", "D2015"];
    for (const name of codes.filter((name) => !gone.includes(name))) {
      const value = "s3cret";
      const details = { value, value2: value, message: value, exp: value, token: "f", index: 1, position: 2 };
      const thrown = new Fault(name, details);
      const { detail } = failureOf(thrown, "$f(x)", 0, new Map());
      expect(detail, name).toMatch(/^line 1, column 1: /);
      expect(detail, name).not.toMatch(/s3cret|the rule failed \(|undefined/);
    }
  });

  it("has words for what is thrown by nobody we know", () => {
    expect(failureOf(new TypeError("s3cret"), "a", 0, new Map()).detail).toBe(
      "line 1, column 1: the rule failed (TypeError)",
    );
    expect(failureOf("s3cret", "a", 0, new Map()).detail).toBe(
      "line 1, column 1: the rule failed (unknown cause)",
    );
    expect(failureOf(undefined, "a", 0, new Map()).code).toBe("TRANSFORM_RULE_FAILED");
  });
});

describe("a failing rule, for the one who wrote it", () => {
  async function explained(source: string, payload: unknown): Promise<string[]> {
    const error = await failed(source, payload);
    if (!(error instanceof RuleFailure)) throw new Error("a RuleFailure is expected");
    return explain(error, source, "transforms/x.jsonata").split("\n");
  }

  it("is shown with its line, a caret, the value and the path that it came from, and a hint", async () => {
    const source = '(\n  $total := 1;\n  { "sum": $total + order.qty }\n)';
    expect(await explained(source, { order: { qty: "5" } })).toEqual([
      "transforms/x.jsonata:3:19 TRANSFORM_TYPE the right side of `+` must be a number, got text from `order.qty`",
      '  3 |   { "sum": $total + order.qty }',
      "    |                   ^",
      '  The value was the text "5" from `order.qty`.',
      "  Convert it: `$number(order.qty)`. Texts are joined with `&`.",
    ]);
  });

  it.each([
    ["$uppercase(items.name)", { items: [{ name: "a" }, { name: "b" }] }, "one with `[0]`"],
    ["$uppercase(n)", { n: 5 }, "`$string(n)`"],
    ["first - name", { first: "a", name: "b" }, "put it into backquotes: `first-name`"],
    ["price * 2", { price: [1, 2] }, "`price` has several values: `$sum(…)` adds them up"],
    ["{ n: 1 }", { n: 5 }, "Write `$string(…)` for the key."],
    ["s > 3", { s: "5" }, "Nothing is converted by itself"],
    ["$f(1)", {}, "bound before this line"],
  ])("%s is told how to mend it", async (source, payload, hint) => {
    const error = await evaluated(source === "$f(1)" ? "($f := a; $f(1))" : source, payload).catch(
      (thrown: unknown) => thrown,
    );
    expect((error as RuleFailure).hint).toContain(hint);
  });

  it.each<[string, unknown, string]>([
    ["($qty := order.qty; $qty + 1)", { order: { qty: "5" } }, 'the text "5" from `order.qty`'],
    ["($o := order; $q := $o.qty; $q * 2)", { order: { qty: "5" } }, 'the text "5" from `order.qty`'],
    ["($q := a; $q := b; $q + 1)", { a: 1, b: "5" }, 'the text "5" from `$q`'],
    ["$map(items, function($i) { $i.qty + 1 })", { items: [{ qty: "5" }] }, 'the text "5" from `$i.qty`'],
    ["($f := function($b) { ($a := $b; $b := $a; $a + 1) }; $f('x'))", {}, 'the text "x" from `$'],
    ["($g := $string; (($q := $q; $q ~> $g) & 1; $g := $q; $g + 1))", {}, ""],
    [
      "$sum(order.lines.qty)",
      { order: { lines: [{ qty: 1 }, { qty: "5" }] } },
      '[1,"5"] from `order.lines.qty`',
    ],
  ])("%s tells the path that the value came from, through variables too", async (source, payload, said) => {
    const thrown = await evaluated(source, payload).then(
      () => undefined,
      (error: unknown) => error as RuleFailure,
    );
    expect(thrown === undefined ? "" : explain(thrown, source, "x.jsonata")).toContain(said);
  });

  it("keeps the value out of everything that could be logged", async () => {
    const error = (await failed("order.qty + 1", { order: { qty: "s3cret" } })) as RuleFailure;
    expect(error.evidence()).toEqual({ value: "s3cret", origin: "order.qty" });
    const logged = `${String(error)} ${error.stack} ${JSON.stringify(error)} ${inspect(error, { depth: 9, showHidden: true })}`;
    expect(logged).not.toContain("s3cret");
  });

  it("shows the part of a long line that matters", async () => {
    const source = `[${"1, ".repeat(60)}a + 1, ${"1, ".repeat(60)}1]`;
    const [, line, caret] = await explained(source, { a: "x" });
    expect(line?.length).toBeLessThan(120);
    expect(line?.charAt(caret?.indexOf("^") ?? -1)).toBe("+");
  });
});
