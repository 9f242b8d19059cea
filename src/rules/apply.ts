/** What a route does with a body, in a delivery as in a case: `when` → input schema → rule → output schema. */
import { SignalboxError, type ErrorCode } from "../core/errors.ts";
import type { EventContext } from "../core/event.ts";
import type { Expression } from "../language/expression.ts";
import type { Checked, Transform } from "./workspace.ts";

export type Applied = { readonly filtered: true } | { readonly filtered: false; readonly result: unknown };

/**
 * Applies a route to a body. Throws SignalboxError TRANSFORM_WHEN_FAILED, TRANSFORM_INPUT_INVALID, TRANSFORM_RULE_FAILED,
 * TRANSFORM_LIMIT_EXCEEDED, TRANSFORM_RESULT_EMPTY, TRANSFORM_RESULT_INVALID or TRANSFORM_OUTPUT_INVALID.
 */
export async function applyRoute(
  { when, transform }: { readonly when?: Expression; readonly transform?: Transform },
  payload: unknown,
  context: EventContext,
): Promise<Applied> {
  if (when !== undefined && (await isTrue(when, payload, context)) !== true) return { filtered: true };
  if (transform === undefined) return { filtered: false, result: payload };
  const { name, rule, input, output } = transform;
  check(input, payload, "TRANSFORM_INPUT_INVALID", `The body given to transform \`${name}\``);
  const result = await rule.evaluate(payload, context);
  if (result === undefined) throw new SignalboxError("TRANSFORM_RESULT_EMPTY", `Transform \`${name}\` made nothing of this event.`);
  check(output, result, "TRANSFORM_OUTPUT_INVALID", `The result of transform \`${name}\``);
  return { filtered: false, result };
}

async function isTrue(when: Expression, payload: unknown, context: EventContext): Promise<unknown> {
  try {
    return await when.evaluate(payload, context);
  } catch (cause) {
    const detail = cause instanceof SignalboxError ? cause.detail : "it failed in a way that nobody foresaw.";
    throw new SignalboxError("TRANSFORM_WHEN_FAILED", `The route's \`when\`: ${detail}`, { cause });
  }
}

function check(schema: Checked | undefined, value: unknown, code: ErrorCode, what: string): void {
  const problems = schema?.validate(value) ?? [];
  const [first] = problems;
  if (schema === undefined || first === undefined) return;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : "";
  throw new SignalboxError(code, `${what} does not satisfy schema \`${schema.name}\`: ${first.message}${more}.`);
}
