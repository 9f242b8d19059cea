import { describe, expect, it, test } from "vitest";
import { defaultBudgets } from "../../src/language/budgets.ts";
import { covered } from "../../src/language/coverage.ts";
import { compileExpression } from "../../src/language/expression.ts";
import { makerOf } from "../../src/language/makers.ts";
import { readExpression } from "../../src/language/problems.ts";
import { spansOf } from "../../src/language/spans.ts";
import { traced } from "../../src/language/trace.ts";
import { watchExpression } from "../../src/language/watched.ts";
import { pointerKeys } from "../../src/core/schema-walk.ts";
import { fileURLToPath } from "node:url";
import { caseContext } from "../../src/rules/cases.ts";
import { loadWorkspace } from "../../src/rules/load.ts";
import { aContext } from "./context.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const shipped = (await loadWorkspace(root, {})).workspace!;

/** The texts of all parts, outer before inner. */
function textsOf(source: string): string[] {
  const watched = watchExpression(source, defaultBudgets)!;
  return watched.parts.map(({ start, end }) => source.slice(start, end));
}

describe("the text of a part", () => {
  test.each([
    ["a.b[c = 1].d", ["a.b[c = 1].d", "c = 1"]],
    ["$sum(items.(price * qty))", ["$sum(items.(price * qty))", "(price * qty)", "price * qty"]],
    ["( $x := function($a) { $a + 1 }; $x(2) )", ["function($a) { $a + 1 }", "$a + 1", "$x(2)"]],
    ['{ "a": [1, b] }', ['{ "a": [1, b] }', "[1, b]", "b"]],
    ["a ?: $string(b)", ["a ?: $string(b)", "a", "$string(b)"]],
    ["items^(>price)[0]", ["items^(>price)[0]", "price"]],
    ['a ~> | b | { "c": 1 } |', ['a ~> | b | { "c": 1 } |', '| b | { "c": 1 } |']],
  ])("%s", (source, texts) => {
    expect(textsOf(source)).toEqual(expect.arrayContaining(texts));
  });

  it("lies within that of the part around it, in every shipped rule", () => {
    for (const { rule } of shipped.transforms.values()) {
      const { source } = rule;
      const { tree } = readExpression(source);
      const spans = spansOf(tree!, source);
      expect(spans.size).toBeGreaterThan(20);
      for (const { start, end } of spans.values()) {
        const text = source.slice(start, end);
        for (const [open, close] of ["()", "[]", "{}"].map((pair) => [...pair]))
          if (!/["/]/.test(text)) expect(text.split(open!).length, text).toBe(text.split(close!).length);
      }
    }
  });
});

describe("a watched expression", () => {
  it("yields what the expression itself yields, for every case of the shipped rules", () => {
    for (const { rule, cases } of shipped.transforms.values()) {
      const watched = watchExpression(rule.source, rule.budgets)!;
      for (const one of cases) {
        if (one.expected.kind !== "result") continue;
        const context = caseContext(one);
        expect(watched.expression.evaluateNow(one.payload, context)).toEqual(
          rule.evaluateNow(one.payload, context),
        );
      }
    }
  });

  it("is evaluated when its turn comes, and not folded when it is compiled", () => {
    const plain = compileExpression("1 + 2");
    expect(plain.ok && plain.expression.evaluateNow({}, aContext())).toBe(3);
    const watched = watchExpression("1 + 2", defaultBudgets)!;
    expect(watched.seenOf(watched.tree)?.count).toBe(0);
    watched.expression.evaluateNow({}, aContext());
    expect(watched.seenOf(watched.tree)?.count).toBe(1);
  });

  it("counts failures, and values up to the number that is kept", () => {
    const watched = watchExpression("items.$uppercase(name)", defaultBudgets, { keep: 2 })!;
    watched.expression.evaluateNow({ items: [{ name: "a" }, { name: "b" }, { name: "c" }] }, aContext());
    const call = watched.parts.find(({ node }) => node.type === "function")!;
    expect(call.seen).toMatchObject({ count: 3, failed: 0, values: ["A", "B"] });
    expect(() => watched.expression.evaluateNow({ items: [{ name: 7 }] }, aContext())).toThrow();
    expect(call.seen.failed).toBe(1);
  });
});

describe("coverage", () => {
  const gaps = (source: string, ...bodies: unknown[]): { parts: string[]; arms: string[] } => {
    const counted = covered(source, defaultBudgets)!;
    for (const body of bodies) counted.expression.evaluateNow(body, aContext());
    const { parts, arms } = counted.coverage();
    const textOf = ({ start, end }: { start: number; end: number }): string => source.slice(start, end);
    return {
      parts: parts.filter(({ count }) => count === 0).map(textOf),
      arms: arms.filter(({ count }) => count === 0).map(({ arm, ...span }) => `${arm} ${textOf(span)}`),
    };
  };

  it("names the arm that no evaluation took, and what lies in it", () => {
    const source = 'a > 1 ? $uppercase(b) : "small"';
    expect(gaps(source, { a: 0 })).toEqual({ parts: ["$uppercase(b)", "b"], arms: ["true $uppercase(b)"] });
    expect(gaps(source, { a: 2, b: "x" })).toEqual({ parts: [], arms: ['false "small"'] });
    expect(gaps(source, { a: 2, b: "x" }, { a: 0 })).toEqual({ parts: [], arms: [] });
  });

  it("has an arm for what is not written, and for defaults", () => {
    expect(gaps("a ? b", { a: true, b: 1 }).arms).toEqual(["false a ? b"]);
    expect(gaps('a ?: "none"', { a: 1 }).arms).toEqual(['default "none"']);
    expect(gaps('a ?? "none"', {}).arms).toEqual(["value a"]);
  });

  it("counts a function's body apart from its making, also of calls in tail position", () => {
    const source = '( $f := function($n) { $n > 3 ? $n : $f($n + 1) }; { "x": 1 } )';
    expect(gaps(source, {}).parts).toContain("$n > 3");
    expect(gaps(source.replace('{ "x": 1 }', "$f(1)"), {}).parts).toEqual([]);
  });

  it("counts what stands in filters, sorts, groups and transforms", () => {
    const source = "items[price > 1]^(name){ kind: $count($) }";
    expect(gaps(source, { items: [] }).parts).toEqual(expect.arrayContaining(["price > 1"]));
    const items = [
      { price: 2, name: "a", kind: "x" },
      { price: 3, name: "b", kind: "x" },
    ];
    expect(gaps(source, { items })).toEqual({ parts: [], arms: [] });
  });
});

describe("a trace", () => {
  it("has the values of each part, as short JSON", () => {
    const one = traced('$substringAfter(ref, "heads/") & "!"', defaultBudgets)!;
    one.expression.evaluateNow({ ref: "refs/heads/main" }, aContext());
    const values = Object.fromEntries(one.trace().parts.map(({ text, values: [value] }) => [text, value]));
    expect(values).toMatchObject({
      ref: '"refs/heads/main"',
      '$substringAfter(ref, "heads/")': '"main"',
      '$substringAfter(ref, "heads/") & "!"': '"main!"',
    });
  });

  it.each([
    [
      "repository.nam",
      { repository: { name: "x", id: 1 } },
      "nam",
      /no `nam`: there are name, id; did you mean `name`\?/,
    ],
    ["a.b.c", { a: null }, "b", /null has no `b`/],
    ["a.b.c", {}, "a", /no `a`: it has no fields/],
    ['kind = "x" ? 1', { kind: "y" }, 'kind = "x" ? 1', /the condition was not true/],
    ["$nowhere", {}, "$nowhere", /bound to nothing/],
    ['nam ?: "unknown"', { name: "x" }, "nam", /did you mean `name`\?/],
    ['nam ?? "unknown"', { name: "x" }, "nam", /did you mean `name`\?/],
  ])("of %s tells where a value became nothing", (source, body, text, why) => {
    const one = traced(source, defaultBudgets)!;
    one.expression.evaluateNow(body, aContext());
    expect(one.trace().missing).toEqual([
      expect.objectContaining({ text, why: expect.stringMatching(why) as unknown }),
    ]);
  });

  it.each([
    [
      'ref = "main" and deleted = false',
      { ref: "dev", deleted: false },
      '`ref = "main"` is false: `ref` is "dev"',
    ],
    ["a and b", { a: true }, "`b` is nothing"],
    ["total > 100", { total: 7 }, "`total > 100` is false: `total` is 7"],
    ["$contains(name, 'x')", { name: "abc" }, "`$contains(name, 'x')` is false: `name` is \"abc\""],
    ["(a = 1)", { a: 2 }, "`a = 1` is false: `a` is 2"],
  ])("of the condition %s tells the clause that was not true", (source, body, why) => {
    const one = traced(source, defaultBudgets)!;
    one.expression.evaluateNow(body, aContext());
    expect(one.whyNot()).toBe(why);
  });

  it("shows no more of a value than a line", () => {
    const one = traced("$", defaultBudgets)!;
    one.expression.evaluateNow({ text: "x".repeat(100_000), list: [1, 2] }, aContext());
    expect(one.trace().parts[0]!.values[0]!.length).toBeLessThanOrEqual(120);
  });
});

describe("the part that makes a field", () => {
  const makerText = (source: string, pointer: string): string => {
    const watched = watchExpression(source, defaultBudgets)!;
    const { node } = makerOf(watched.tree, pointerKeys(pointer));
    const part = watched.parts.find((one) => one.node === node)!;
    return source.slice(part.start, part.end);
  };

  test.each([
    ['{ "a": { "b": x } }', "/a/b", "x"],
    ['( $y := z; { "a": $y } )', "/a", "$y"],
    ['( $o := { "b": z }; { "a": $o } )', "/a/b", "z"],
    ['{ "list": [items.{ "n": name }] }', "/list/3/n", "name"],
    ['{ "list": [{ "n": p }, { "n": q }] }', "/list/1/n", "q"],
    ['$map(items, function($i) { { "n": $i.name } })', "/0/n", "$i.name"],
    ['( $f := function($x) { { "n": $x } }; { "a": $f(p) } )', "/a/n", "$x"],
    ['flag ? { "a": p } : { "b": q }', "/b", "q"],
    ['$merge([{ "a": p }, { "b": q }])', "/b", "q"],
    ['{ "a": whole }', "/a/deep/down", "whole"],
  ])("of %s at %s is %s", (source, pointer, text) => {
    expect(makerText(source, pointer)).toBe(text);
  });
});

it("a rule of 60 KB is traced and covered within seconds, as far as its parts go", () => {
  const fields = Array.from({ length: 1_500 }, (_, nth) => `"f${nth}": a.b${nth} ?: $string(c.d) & "x"`);
  const source = `{\n${fields.join(",\n")}\n}`;
  expect(source.length).toBeGreaterThan(50_000);
  const begun = performance.now();
  const one = traced(source, defaultBudgets)!;
  one.expression.evaluateNow({ a: { b1: 1 }, c: { d: "y" } }, aContext());
  const { parts, missing } = one.trace();
  expect(parts.length).toBeGreaterThan(5_000);
  expect(missing.length).toBeGreaterThan(1_000);
  const counted = covered(source, defaultBudgets)!;
  expect(counted.coverage().arms).toHaveLength(3_000);
  expect(performance.now() - begun).toBeLessThan(15_000);
});
