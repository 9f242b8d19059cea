import { expect, it } from "vitest";
import { SignalboxError } from "../../src/core/errors.ts";
import { compileSchema } from "../../src/core/schema.ts";
import { compileExpression } from "../../src/language/expression.ts";
import type { Expression } from "../../src/language/expression.ts";
import { applyRoute } from "../../src/rules/apply.ts";
import { caseContext } from "../../src/rules/cases.ts";

function compiled(source: string): Expression {
  const result = compileExpression(source);
  if (!result.ok) throw new Error(result.problems[0]!.message);
  return result.expression;
}

const context = caseContext({ event: {} });

it("without a transform the body goes on unchanged", async () => {
  const body = { a: [1] };
  expect(await applyRoute({}, body, context)).toEqual({ filtered: false, result: body });
});

it.each(["1", '"true"', "nothing", "[]", "[true, false]"])("a `when` that is %s filters", async (when) => {
  expect(await applyRoute({ when: compiled(when) }, {}, context)).toEqual({ filtered: true });
});

it("null is a result", async () => {
  expect(await applyRoute({ transform: { name: "a", rule: compiled("null") } }, {}, context)).toEqual({
    filtered: false,
    result: null,
  });
});

it("a result that is one item where the schema wants a list says how it becomes one", async () => {
  const schema = compileSchema({ properties: { names: { type: "array" }, n: { type: "string" } } });
  if (!schema.ok) throw new Error(schema.message);
  const output = { name: "s", validate: schema.validate };
  const said = (source: string): Promise<unknown> =>
    applyRoute(
      { transform: { name: "t", rule: compiled(source), output } },
      { items: [{ name: "a" }] },
      context,
    ).then(
      () => "fine",
      (error: SignalboxError) => error.detail,
    );
  expect(await said('{ "names": items.name }')).toMatch(
    /`\/names` must be a list, got text of 1 character\. Of one item JSONata makes that item: put `\[…\]` around/,
  );
  expect(await said('{ "names": items.name[] }')).toBe("fine");
  expect(await said('{ "names": [items.name] }')).toBe("fine");
  expect(await said('{ "n": 1 }')).not.toContain("JSONata");
});

it("an error names route or transform, and holds nothing of the payload", async () => {
  const payload = { secret: "s3cr3t" };
  const whenError = await applyRoute(
    { name: "r", when: compiled("$number(secret) = 1") },
    payload,
    context,
  ).catch((error: unknown) => error);
  const ruleError = await applyRoute(
    { transform: { name: "t", rule: compiled("secret + 1") } },
    payload,
    context,
  ).catch((error: unknown) => error);
  expect(whenError).toBeInstanceOf(SignalboxError);
  expect(whenError).toMatchObject({
    code: "TRANSFORM_WHEN_FAILED",
    detail: expect.stringMatching(/^The `when` of route `r` failed: line 1/) as unknown,
  });
  expect(ruleError).toMatchObject({
    code: "TRANSFORM_TYPE",
    detail: expect.stringMatching(/^Transform `t`, line 1/) as unknown,
  });
  expect(`${String(whenError)}${String(ruleError)}`).not.toContain("s3cr3t");
});
