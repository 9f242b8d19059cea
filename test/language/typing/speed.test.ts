/** What it takes to look at a large workspace: counted in CPU time, against a bound that only another order of growth passes. */
import { expect, test } from "vitest";
import { analyse, wholeSchema } from "../../../src/language/typing/analyse.ts";

/** A schema of some 50 KB: objects in objects, each with a few dozen fields. */
function largeSchema(at: number): object {
  const leaf = (name: string): object => ({
    type: "object",
    required: [`${name}Id`],
    properties: Object.fromEntries(
      Array.from({ length: 25 }, (_, field) => [
        field === 0 ? `${name}Id` : `${name}Field${field}`,
        {
          type: field % 3 === 0 ? "string" : ["integer", "null"],
          description: "What the sender's documentation says of it.",
        },
      ]),
    ),
  });
  const parts = Array.from({ length: 20 }, (_, part) => `part${at}x${part}`);
  return {
    type: "object",
    required: parts,
    properties: Object.fromEntries(
      parts.map((name) => [name, { type: "array", items: { $ref: `#/$defs/${name}` } }]),
    ),
    $defs: Object.fromEntries(parts.map((name) => [name, leaf(name)])),
  };
}

const rule = (at: number): string => `(
  $cut := function($text, $max) { $length($text) > $max ? $substring($text, 0, $max - 1) & "…" : $text };
  $line := function($one) { $cut($one.part${at}x3Id & "", 200) };
  {
    "ids": [part${at}x1.part${at}x1Id],
    "lines": [part${at}x3.$line($)],
    "sum": $sum(part${at}x2[part${at}x2Field1 > 3].part${at}x2Field1),
    "first": part${at}x4[0].part${at}x4Field3 ?: "none",
    "by": part${at}x5{ part${at}x5Id: $count($) }
  }
)`;

const output = wholeSchema({
  type: "object",
  required: ["ids", "lines"],
  properties: { ids: { type: "array" }, lines: { type: "array", items: { type: "string", maxLength: 200 } } },
});

test("200 rules with schemas of 50 KB take some 15 ms each at most, of CPU", { timeout: 60_000 }, () => {
  const schemas = Array.from({ length: 200 }, (_, at) => largeSchema(at));
  expect(JSON.stringify(schemas[0]).length).toBeGreaterThan(45_000);
  const began = process.cpuUsage();
  const problems = schemas.flatMap((schema, at) => analyse(rule(at), wholeSchema(schema), output).problems);
  const { user, system } = process.cpuUsage(began);
  process.stdout.write(`200 rules with schemas of 50 KB: ${Math.round((user + system) / 1000)} ms of CPU\n`);
  expect(
    problems
      .map(({ code }) => code)
      .filter((code) => code !== "RULE_OPERAND_MISSING" && code !== "RULE_OPERAND_TYPE"),
  ).toEqual([]);
  expect((user + system) / 1000).toBeLessThan(3000);
});
