/** Rules that mean harm end with a problem, in a process of their own, while this one's event loop goes on. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { afterAll, expect, test } from "vitest";
import { createRuleRunner } from "../../../src/adapters/rules/rule-process.ts";
import type { Sketch } from "../../../src/rules/playground.ts";

const rules = createRuleRunner();
afterAll(() => rules.stop());

const sketch = (rule: string, more: Partial<Sketch> = {}): Sketch => ({
  rule,
  body: { text: "a".repeat(40), list: [1, 2, 3] },
  context: {
    id: "evt_06f00000000000000000000000",
    source: "github",
    type: "push",
    receivedAt: "2026-01-02T03:04:05.000Z",
    headers: {},
    query: {},
    method: "POST",
    path: "/hooks/github",
  },
  schemas: {},
  ...more,
});

test("a rule's result comes back, and the process is used again", async () => {
  expect(await rules.run(sketch('{ "n": $sum(list), "of": $event.type }'))).toMatchObject({
    result: { n: 6, of: "push" },
    problems: [],
    filtered: false,
  });
  const begun = performance.now();
  await rules.run(sketch("list"));
  expect(performance.now() - begun, "no process is started for it").toBeLessThan(1_000);
});

test("what is wrong is told with code, line, column and fix, as `check` tells it", async () => {
  const { problems } = await rules.run(sketch('{\n  "a": $nonsense(text),\n  "b": $eval("1")\n}'));
  expect(problems).toMatchObject([
    { code: "RULE_FUNCTION_UNKNOWN", line: 2, column: 8 },
    { code: "RULE_EVAL_REFUSED", line: 3, column: 8 },
  ]);
  expect(problems.every(({ fix }) => fix !== undefined)).toBe(true);
  const [met] = (await rules.run(sketch('{\n  "a": $number(text)\n}'))).problems;
  expect(met).toMatchObject({ code: "TRANSFORM_RULE_FAILED", line: 2, column: 8 });
  expect(met!.message).not.toContain("aaaa");
});

test("both schemas are held against, each problem leads to that part of the schema, and `when` filters", async () => {
  const schemas = {
    in: { type: "object", required: ["name"] },
    out: { type: "object", properties: { n: { type: "string" } } },
  };
  const both = await rules.run(sketch('{ "n": 5 }', { schemas, input: "in", output: "out" }));
  expect(both.problems.map(({ code, schema }) => [code, schema])).toEqual([
    ["RULE_FIELD_TYPE", undefined],
    ["TRANSFORM_INPUT_INVALID", "/docs/schemas/in#/required"],
    ["TRANSFORM_OUTPUT_INVALID", "/docs/schemas/out#/properties/n/type"],
  ]);
  expect(both.result).toEqual({ n: 5 });
  expect((await rules.run(sketch("1", { when: "false" }))).filtered).toBe(true);
  expect((await rules.run(sketch("1", { when: "(" }))).problems[0]?.code).toBe("RULE_SYNTAX_INVALID");
});

const hostile: Readonly<Record<string, string>> = {
  "a thousand million numbers": "[1..1e9]",
  "a product of ranges": "[1..100000].([1..100000])",
  "recursion without an end": "($f := function($x) { $f($x + 1) + 1 }; $f(1))",
  "tail recursion without an end": "($f := function($x) { $f($x + 1) }; $f(1))",
  "a pad of a thousand million": '$length($pad("x", 1000000000))',
  "a text that doubles": '($f := function($s, $n) { $n = 0 ? $s : $f($s & $s, $n - 1) }; $f("xxxxxxxx", 40))',
  "a regular expression that explodes": 'text ~> /^(a+)+$/ ? 1 : ($replace(text & "b", /(a+)+$/, "x"))',
  "a join of very much": '$join([1..1000000].("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"))',
  "a list that grows in a fold": "$reduce([1..100000], function($a, $b) { $append($a, [1..1000]) }, [])",
  "an object of very many keys": "$merge([1..1000000].{ $string($): $ })",
  "nesting without an end": '($f := function($x) { $f({ "a": $x }) }; $f(1))',
  "sorting badly": "$sort([1..100000], function($a, $b) { $count([1..1000]) > $random() })",
  "many parentheses": "(".repeat(20_000) + "1" + ")".repeat(20_000),
};

test.each(Object.entries(hostile))(
  "%s ends with a problem, or with a small result, in time",
  async (_what, rule) => {
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    const begun = performance.now();
    const { problems, result } = await rules.run(sketch(rule));
    delay.disable();
    expect(performance.now() - begun).toBeLessThan(6_000);
    if (problems.length === 0) expect(JSON.stringify(result).length).toBeLessThan(100_000);
    expect(problems.every(({ code }) => /^(TRANSFORM|RULE)_/.test(code))).toBe(true);
    expect(delay.percentile(95) / 1e6, "the event loop goes on").toBeLessThan(100);
  },
);

test("after all that an ordinary rule still works", async () => {
  expect((await rules.run(sketch("1 + 1"))).result).toBe(2);
});

test("more than ten at once are sent away, the others are done", async () => {
  const all = await Promise.allSettled(
    Array.from({ length: 14 }, (_, nth) => rules.run(sketch(String(nth)))),
  );
  const refused = all.filter(({ status }) => status === "rejected");
  expect(refused.length).toBe(4);
  expect((refused[0] as PromiseRejectedResult).reason).toMatchObject({ code: "ADMIN_PLAYGROUND_BUSY" });
});

test("a rule sees nothing of the process that it runs in", async () => {
  const { result } = await rules.run(
    sketch("[$exists(process), $exists($process), $exists($require), $exists(constructor), $type($env)]"),
  );
  expect(JSON.stringify(result)).not.toContain("true");
});
