/** Direct evaluation against the reference: the same answer, or none. */
import { readFileSync, readdirSync } from "node:fs";
import examples from "@octokit/webhooks-examples" with { type: "json" };
import fc from "fast-check";
import jsonata from "jsonata";
import { describe, expect, it } from "vitest";
import { eventFunctions } from "../../src/language/bindings.ts";
import { compileDirect } from "../../src/language/direct.ts";
import { guarded } from "../../src/language/guards.ts";
import { builtins, parseJsonata } from "../../src/language/jsonata.ts";
import { createMeter } from "../../src/language/meter.ts";
import { rewriteOperators } from "../../src/language/operators.ts";
import { plainJson } from "../../src/language/result.ts";
import { aContext } from "./context.ts";

type Direct = (payload: unknown) => { value: unknown } | "undecided";

/** The expression evaluated directly; undefined where it is left to the reference altogether. */
function direct(source: string): Direct | undefined {
  const meter = createMeter();
  const functions = eventFunctions(meter);
  const { tree } = parseJsonata(source, () => undefined);
  rewriteOperators(tree);
  const run = compileDirect(tree, new Map([...builtins, ...guarded(meter), ...functions.definitions]), meter);
  return (
    run &&
    ((payload) => {
      meter.restart();
      functions.begin(aContext());
      try {
        return { value: plainJson(run(payload, { event: aContext() })) };
      } catch {
        return "undecided";
      }
    })
  );
}

async function reference(source: string, payload: unknown): Promise<{ value: unknown } | "error"> {
  try {
    const expression = jsonata(source);
    expression.assign("event", aContext());
    return { value: plainJson(await expression.evaluate(structuredClone(payload))) };
  } catch {
    return "error";
  }
}

const folder = new URL("../../transforms/", import.meta.url);
const rules = readdirSync(folder).filter((name) => name.endsWith(".jsonata"));
const pushes = (examples as unknown as { name: string; examples: unknown[] }[]).find(
  ({ name }) => name === "push",
)!.examples;

describe("direct evaluation", () => {
  it("takes the workload's rule, and gives the reference's result on every example push", async () => {
    const source = readFileSync(new URL("workload.jsonata", folder), "utf8");
    const run = direct(source)!;
    let decided = 0;
    for (const push of pushes) {
      const found = run(push);
      if (found === "undecided") continue;
      decided++;
      expect(await reference(source, push)).toEqual(found);
    }
    expect(decided).toBeGreaterThan(0);
  });

  it("does not begin a function that returns a promise: nobody would hear it fail, and the process would end", () => {
    for (const source of [
      '$replace(a, "", "x")',
      "$sort(a)",
      "$each(a, function($v) { $v })",
      "$reduce(a, $f)",
    ]) {
      expect(direct(source)).toBeUndefined();
    }
  });

  it("agrees with the reference on every shipped rule that it takes, on every other rule's samples too", async () => {
    const samples = readdirSync(new URL("cases/", folder)).map((name): unknown =>
      JSON.parse(readFileSync(new URL(`cases/${name}`, folder), "utf8")),
    );
    let compared = 0;
    for (const name of rules) {
      const source = readFileSync(new URL(name, folder), "utf8");
      const run = direct(source);
      for (const sample of run ? samples : []) {
        const found = run!(sample);
        if (found === "undecided") continue;
        compared++;
        expect([name, await reference(source, sample)]).toEqual([name, found]);
      }
    }
    expect(compared).toBeGreaterThan(2);
  });

  it("agrees with the reference on 3,000 generated expressions and bodies", async () => {
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(expression, body, async (source, payload) => {
        const found = direct(source)?.(payload);
        if (found === undefined || found === "undecided") return;
        compared++;
        expect(await reference(source, payload)).toEqual(found);
      }),
      { numRuns: 3_000 },
    );
    expect(compared).toBeGreaterThan(1_000);
  }, 120_000);
});

const scalar = fc.oneof(
  fc.integer({ min: -3, max: 9 }),
  fc.constantFrom("", "a", "b b", "x"),
  fc.boolean(),
  fc.constant(null),
);
const body: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  node: fc.oneof(
    { maxDepth: 4, depthSize: "medium" },
    scalar,
    fc.array(tie("node"), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom("a", "b", "c"), tie("node"), { maxKeys: 3 }),
  ),
})).node;

const { expression } = fc.letrec<{ expression: string; path: string }>((tie) => ({
  path: fc.oneof(
    fc.constantFrom(
      "a",
      "b",
      "c",
      "$",
      "a.b",
      "a.b.c",
      "$$.a",
      "b.$",
      "a[0]",
      "a[-1]",
      "(a.b)[0]",
      "a.b[0]",
      "a[b]",
      "[a]",
      "[a.b]",
      "a[]",
      "$v",
    ),
    fc.tuple(tie("path"), tie("expression")).map(([path, inner]) => `(${path})[${inner}]`),
    fc.tuple(tie("path"), tie("expression")).map(([path, inner]) => `(${path}).(${inner})`),
  ),
  expression: fc.oneof(
    { maxDepth: 4, depthSize: "medium", withCrossShrink: true },
    tie("path"),
    fc.constantFrom("1", "0", '"a"', "true", "null", "a = 1", 'b != "a"', "missing"),
    fc
      .tuple(
        tie("expression"),
        fc.constantFrom("+", "-", "&", "=", "!=", "<", ">=", "and", "or", "in", "~>"),
        tie("expression"),
      )
      .map(([left, operator, right]) =>
        operator === "~>" ? `(${left}) ~> $append(${right})` : `(${left}) ${operator} (${right})`,
      ),
    fc
      .tuple(tie("expression"), tie("expression"), tie("expression"))
      .map(([a, b, c]) => `(${a}) ? (${b}) : (${c})`),
    fc.tuple(tie("expression"), tie("expression")).map(([a, b]) => `[${a}, ${b}]`),
    fc.tuple(tie("expression"), tie("expression")).map(([a, b]) => `{ "p": ${a}, "q": ${b} }`),
    fc.tuple(tie("path"), tie("expression")).map(([a, b]) => `(${a}).{ "p": ${b} }`),
    fc.tuple(tie("expression"), tie("expression")).map(([a, b]) => `($v := ${a}; ${b})`),
    fc
      .tuple(
        fc.constantFrom("count", "string", "boolean", "not", "exists", "keys", "distinct", "type"),
        tie("expression"),
      )
      .map(([name, a]) => `$${name}(${a})`),
    fc
      .tuple(fc.constantFrom("map", "filter"), tie("path"), tie("expression"))
      .map(([name, a, b]) => `$${name}(${a}, function($v, $i) { ${b} })`),
    fc.tuple(tie("expression"), tie("expression")).map(([a, b]) => `(function($v) { ${b} })(${a})`),
    fc.tuple(tie("expression"), tie("expression")).map(([a, b]) => `($f := function($v) { ${b} }; $f(${a}))`),
  ),
}));
