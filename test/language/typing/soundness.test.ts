/** What the analysis says of expressions is true of what they yield. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { body, expression } from "../../../bench/language-cases.js";
import { SignalboxError } from "../../../src/core/errors.ts";
import { compileExpression } from "../../../src/language/expression.ts";
import { analyse, describe, wholeSchema } from "../../../src/language/typing/analyse.ts";
import { aContext } from "../context.ts";
import { outOf } from "./holds.ts";
import { schemaOf } from "./schema-of.ts";

const RUNS = Number(process.env["SIGNALBOX_TEST_RUNS"] ?? 400);

/** What is wrong with what the analysis says of an expression on bodies of one schema; undefined where it is right. */
function wrongOf(source: string, bodies: readonly unknown[], isExact: boolean): string | undefined {
  const compiled = compileExpression(source);
  if (!compiled.ok) return undefined;
  const { problems, makes } = analyse(source, wholeSchema(schemaOf(bodies, isExact)), undefined);
  for (const payload of bodies) {
    try {
      const value = compiled.expression.evaluateNow(payload, aContext());
      const out = outOf(makes, value);
      if (out !== undefined)
        return `${out}, and was said to be ${describe(makes)}; body ${JSON.stringify(payload)}`;
    } catch (error) {
      if (!(error instanceof SignalboxError)) throw error;
      // A number that is none, or infinite: that is no matter of kinds.
      if (/(?:must be|only) a number.*got a number/.test(error.detail ?? "")) continue;
      if (error.code === "TRANSFORM_TYPE" && problems.length === 0)
        return `fails and was not told of: ${error.detail ?? ""}; body ${JSON.stringify(payload)}`;
      continue;
    }
    const sure = problems.find(({ severity, path }) => severity === "error" && path === undefined);
    if (sure !== undefined && !/[?:{[|(@^.]|and|or/.test(source))
      return `was said to fail, and does not: ${sure.message}`;
  }
  return undefined;
}

test("a value is of the type that was worked out, and what fails was told of", { timeout: 240_000 }, () => {
  const isRight = (source: string, one: unknown, other: unknown, isExact: boolean): void => {
    // What is longer holds the same parts, and takes long to look through.
    if (source.length > 140) return;
    const wrong = wrongOf(source, [one, other], isExact);
    if (wrong !== undefined) throw new Error(`${source}: ${wrong}`);
  };
  fc.assert(fc.property(expression, body, body, fc.boolean(), isRight), {
    numRuns: RUNS,
    seed: 20_261_125,
    endOnFailure: true,
  });
  expect(wrongOf("a + 1", [{ a: 1 }], true)).toBeUndefined();
});
