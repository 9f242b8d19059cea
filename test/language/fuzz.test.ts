/** The engine against the jsonata package: generated cases, and the cases that once came out differently. */
import { readFileSync, readdirSync } from "node:fs";
import examples from "@octokit/webhooks-examples" with { type: "json" };
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { body, expression } from "../../bench/language-cases.js";
import { differenceIn } from "../../bench/language-fuzz.js";

const folder = new URL("../../transforms/", import.meta.url);
const pushes = (examples as unknown as { name: string; examples: unknown[] }[]).find(
  ({ name }) => name === "push",
)!.examples;

describe("the engine and the jsonata package", () => {
  it("agree on 1,000 generated expressions and bodies", { timeout: 240_000 }, async () => {
    const agree = async (source: string, payload: unknown): Promise<void> => {
      expect(await differenceIn(source, payload)).toBeUndefined();
    };
    // The same ones each time; `npm run conformance -- --fuzz` looks for others.
    await fc.assert(fc.asyncProperty(expression, body, agree), { numRuns: 1_000, seed: 1 });
  });

  it("agree on every shipped rule, on every rule's samples and on real pushes", async () => {
    const samples = readdirSync(new URL("cases/", folder)).map((name): unknown =>
      JSON.parse(readFileSync(new URL(`cases/${name}`, folder), "utf8")),
    );
    const rules = readdirSync(folder).filter((name) => name.endsWith(".jsonata"));
    for (const name of rules) {
      const source = readFileSync(new URL(name, folder), "utf8");
      for (const sample of [...samples, ...pushes])
        expect(await differenceIn(source, sample)).toBeUndefined();
    }
    expect(rules.length).toBeGreaterThan(3);
  });

  it("would be found to differ where they do", async () => {
    expect(await differenceIn("$uuid()", {})).toContain("jsonata:");
  });

  it.each<[string, unknown]>([
    // A filter on parentheses around a call in tail position filters the call that is not made yet.
    ["($g := function($v) { ($map([1, 2], $string))[1] }; $g(3))", {}],
    ["($g := function($v) { ($map([1, 2], $string))[0] }; $g(3))", {}],
    ["($g := function($v) { ($uppercase(5))[1] }; $g(0))", {}],
    // A built-in that is applied in part does not look at its arguments before it knows that the first is nothing.
    ["($g := $substring(?, [1]); $g(missing))", {}],
    ["$contains(($g := $substring(?, {}); $g(missing)), /a/)", {}],
    // A grouping of nothing has one group, of nothing.
    ["a.b{ 'x': c }", {}],
    ["a.a[0]{ a.a{ a: a }: a }", { a: [] }],
    // Null is a value like others.
    ["a{ 'x': $ }", { a: null }],
    ["a.b{ $string($): $ }", { a: { b: null } }],
    // Sequences that functions yield inside of others have not collapsed.
    ["$map([{ 'a': 1 }], $keys)", {}],
    ["$map([{ 'a': 1 }], function($o) { $keys($o) })", {}],
    ["[].a", {}],
    ["a.*", { a: { b: [1] } }],
    ["(b) ~> /a/", { b: {} }],
    // After a sort, a stream of tuples is an array of them.
    ["a#$i^(b)[$i = 0]", { a: [{ b: 2 }, { b: 1 }] }],
    ["a@$v^(b){ 'k': $v }", { a: [{ b: 2 }, { b: 1 }] }],
    ["a.b.%.c", { a: [{ b: 1, c: 2 }, { b: 3 }] }],
    // `[]` keeps the array constructor that a path with tuples ended at.
    ["[].a@$w.a[]", {}],
    ['[].a@$w.a[]{ "x": 1 }', {}],
    // What is no number stays so.
    ['$round($parseInteger("twelve", "0;o"))', {}],
    ["$round($round(0, 1234.567))", {}],
    // A regular expression as a function asks what it was given how long it is.
    ["/b*/([null]).next().match", {}],
    ["/b/(['bb']).next().match", {}],
    ["/5/(55).next().match", {}],
    // What it is given may be a function.
    ["(function() { function($i) { a } } ~> /a/)(1)", {}],
    // Neither of the first two ends in the package.
    ["$formatNumber(1 / 0, '0.0e0')", {}],
    ["$formatInteger(1 / 0, 'a')", {}],
    ["$formatNumber(-1 / 0, '#0.00')", {}],
  ])("agree on %s", async (source, payload) => {
    expect(await differenceIn(source, payload)).toBeUndefined();
  });
});
