import { describe, expect, it } from "vitest";
import { defaultBudgets } from "../../src/language/budgets.ts";
import type { Budgets } from "../../src/language/budgets.ts";
import { compileExpression } from "../../src/language/expression.ts";
import { aContext } from "./context.ts";
import { evaluated, failed } from "./evaluate.ts";

/** The sentence of a rule that runs out of a budget, or its value. */
function outcome(source: string, budgets: Partial<Budgets>, payload: unknown = {}): unknown {
  const compiled = compileExpression(source, { ...defaultBudgets, ...budgets });
  if (!compiled.ok) throw new Error(compiled.problems[0]?.message);
  try {
    return compiled.expression.evaluateNow(payload, aContext());
  } catch (error) {
    return (error as Error).message;
  }
}

describe("a budget", () => {
  it.each<[keyof Budgets, string, number, number]>([
    ["steps", "$sum([1..100].($ * 2))", 100, 1_000],
    ["depth", "($f := function($n) { $n = 0 ? 0 : 1 + $f($n - 1) }; $f(20))", 50, 100],
    ["bytes", "$length($pad('x', 1000))", 1_000, 4_000],
    ["output", "$pad('x', 1000)", 1_000, 4_000],
    ["pattern", "$contains($pad('x', 1000), /[yz]/)", 500, 2_000],
  ])("of %s ends `%s` where it is %d, not where it is %d", (name, source, few, enough) => {
    expect(outcome(source, { [name]: few })).toContain(`\`${name}\``);
    expect(outcome(source, { [name]: few })).toContain(String(few));
    expect(String(outcome(source, { [name]: enough }))).not.toContain("budget");
  });

  it("is counted, so that the same rule needs the same on the same event", () => {
    const source = "$map(items, function($i) { $uppercase($i.name) & $i.name })";
    const payload = { items: Array.from({ length: 5 }, (_, index) => ({ name: `n${index}` })) };
    const needed = (): number => {
      let steps = 1;
      while (String(outcome(source, { steps }, payload)).includes("budget")) steps++;
      return steps;
    };
    expect(needed()).toBe(needed());
  });

  it("is full again in the next evaluation, after a failure too", () => {
    const compiled = compileExpression("$sum([1..n])", { ...defaultBudgets, steps: 60 });
    if (!compiled.ok) throw new Error("it compiles");
    const { expression } = compiled;
    for (let time = 0; time < 5; time++) {
      expect(() => expression.evaluateNow({ n: 10_000 }, aContext())).toThrow("`steps`");
      expect(expression.evaluateNow({ n: 10 }, aContext())).toBe(55);
    }
  });

  it("says where the rule used it up", async () => {
    const error = await failed("(\n  $a := 1;\n  [1..1000000].($ + 1)\n)");
    expect([error.code, error.detail]).toEqual([
      "TRANSFORM_LIMIT_EXCEEDED",
      expect.stringMatching(/^line 3, column \d+: .*budget `(steps|bytes)`: more than \d+ /),
    ]);
  });

  it("is enough for a fair amount of work", async () => {
    expect(await evaluated("$count($distinct([1..40000]))")).toBe(40_000);
    expect(await evaluated("$sort($map([1..20000], function($n) { 20001 - $n }))[0]")).toBe(1);
    expect(await evaluated("$length($join([1..50000].$string(), ','))")).toBe(288_893);
    expect(await evaluated("$count($keys($merge([1..10000].{ $string($): $ })))")).toBe(10_000);
    expect(await evaluated("($f := function($n) { $n = 0 ? 0 : 1 + $f($n - 1) }; $f(400))")).toBe(400);
    expect(
      await evaluated("($f := function($n, $s) { $n = 0 ? $s : $f($n - 1, $s + $n) }; $f(20000, 0))"),
    ).toBe(200_010_000);
  });
});
