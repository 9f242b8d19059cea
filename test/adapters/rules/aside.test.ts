/** Rules that take longer than a turn of the event loop: by a real thread, with what the same rule yields here. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { running } from "../../../bench/hostile-set.js";
import { evaluateAside } from "../../../src/adapters/rules/aside.ts";
import type { SignalboxError } from "../../../src/core/errors.ts";
import { aside } from "../../../src/language/aside.ts";
import { compileExpression, type Expression } from "../../../src/language/expression.ts";
import { caseContext } from "../../../src/rules/cases.ts";

const context = caseContext({ event: {} });
const lines: string[] = [];
const log = {
  debug: () => undefined,
  warn: (fields: object, event: string) => void lines.push(`${event} ${JSON.stringify(fields)}`),
};

function compiled(source: string, budgets?: Expression["budgets"]): Expression {
  const result = compileExpression(source, budgets);
  if (!result.ok) throw new Error(result.problems[0]!.message);
  return result.expression;
}

/** What comes of it, a failure by its code and words. */
const outcome = (made: () => unknown): Promise<unknown> =>
  Promise.resolve()
    .then(made)
    .catch((error: SignalboxError) => `${error.code} ${error.detail}`);

let end: () => Promise<void>;
/** How many evaluations were taken aside. */
let taken = 0;

beforeEach(() => {
  lines.length = taken = 0;
  end = evaluateAside(log as never);
  const { take } = aside;
  aside.take = (wish) => {
    taken++;
    return take!(wish);
  };
});
afterEach(async () => {
  aside.take = undefined;
  await end();
});

const LONG =
  '{ "id": $event.id, "sum": $sum([1..20000].($ * $$.factor)), "by": $enrich.person, "none": missing }';

describe("an evaluation that takes longer than a turn of the event loop may", () => {
  it("yields aside what it yields here, of the payload, the event and what was looked up", async () => {
    const rule = compiled(LONG);
    const given = [{ factor: 2 }, context, { enrich: { person: "Ada" } }] as const;
    const here = rule.evaluateNow(...given);
    expect(here).toMatchObject({ sum: 400_020_000, by: "Ada" });
    const shares: number[] = [];
    expect(await rule.evaluate(...given, (share) => shares.push(share))).toEqual(here);
    expect(taken).toBe(1);
    // What it used in all, of the whole budget.
    expect(shares.at(-1)).toBeGreaterThan(0.1);
    expect(shares.at(-1)).toBeLessThan(0.9);
  });

  it("lets the event loop turn meanwhile, however hostile the rules are, and each ends as it does here", async () => {
    const rules = running.map(([source]) => compiled(source));
    const here: unknown[] = [];
    for (const rule of rules) here.push(await outcome(() => rule.evaluateNow({ a: 1 }, context)));
    await outcome(() => rules[0]!.evaluate({ a: 1 }, context));
    const all = Promise.all(rules.map((rule) => outcome(() => rule.evaluate({ a: 1 }, context))));
    let turns = 0;
    const turning = setInterval(() => turns++, 1);
    const there = await all;
    clearInterval(turning);
    there.forEach((one, at) => expect(one, rules[at]!.source.slice(0, 80)).toEqual(here[at]));
    expect(taken).toBeGreaterThan(20);
    expect(turns).toBeGreaterThan(20);
    expect(lines).toEqual([]);
  });

  it("tells a failure with its code and place, and no less when many wait", async () => {
    const rule = compiled('(\n  $sum([1..20000]);\n  a + "x"\n)');
    const failed = await Promise.all([1, 2, 3].map((a) => outcome(() => rule.evaluate({ a }, context))));
    expect(new Set(failed).size).toBe(1);
    expect(failed[0]).toBe(await outcome(() => rule.evaluateNow({ a: 1 }, context)));
    expect(failed[0]).toMatch(/^TRANSFORM_TYPE line 3, column 5: /);
  });

  it("is begun there at once the next time, until it is brief again", async () => {
    const rule = compiled("$sum([1..n])");
    for (let time = 0; time < 3; time++)
      expect(await rule.evaluate({ n: 20_000 }, context)).toBe(200_010_000);
    expect(taken).toBe(3);
    for (let time = 0; time < 40; time++) expect(await rule.evaluate({ n: 3 }, context)).toBe(6);
    expect(taken).toBeLessThan(20);
  });

  it("that is brief stays here", async () => {
    expect(await compiled("a & b").evaluate({ a: 1, b: 2 }, context)).toBe("12");
    expect(taken).toBe(0);
  });

  it("is made here where a thread cannot be given what it reads, and once the thread has ended", async () => {
    const rule = compiled(LONG);
    const given = { factor: 2, odd: () => 1 };
    expect(await rule.evaluate(given, context)).toMatchObject({ sum: 400_020_000 });
    await end();
    aside.take = undefined;
    expect(await compiled(LONG).evaluate({ factor: 1 }, context)).toMatchObject({ sum: 200_010_000 });
    expect(taken).toBe(1);
  });

  it("that needs more memory than the thread has ends the thread, fails by itself, and the others go on", async () => {
    const most = 1e12;
    const budgets = { steps: most, depth: 1_500, bytes: most, output: most, pattern: most };
    const greedy = compiled("$count($map([1..4000], function($n) { [1..100000].{ 'a': $ } }))", budgets);
    const fine = compiled(LONG);
    const [first, second] = await Promise.all([
      outcome(() => greedy.evaluate({}, context)),
      outcome(() => fine.evaluate({ factor: 2 }, context)),
    ]);
    expect(first).toMatch(/^TRANSFORM_LIMIT_EXCEEDED .* more memory than the 128 MB/);
    expect(second).toMatchObject({ sum: 400_020_000 });
    expect(lines).toHaveLength(1);
  }, 60_000);
});
