/** Compiling and evaluating in one go, for tests. */
import { SignalboxError } from "../../src/core/errors.ts";
import { compileExpression } from "../../src/language/expression.ts";
import type { Expression } from "../../src/language/expression.ts";
import type { EventContext } from "../../src/core/event.ts";
import { aContext } from "./context.ts";

/** The expression, which must compile. */
export function anExpression(source: string): Expression {
  const compiled = compileExpression(source);
  if (!compiled.ok) throw new Error(compiled.problems.map(({ message }) => message).join(" "));
  return compiled.expression;
}

/** The result of an expression that must compile. */
export const evaluated = (
  source: string,
  payload: unknown = {},
  changes: Partial<EventContext> = {},
): Promise<unknown> => anExpression(source).evaluate(payload, aContext(changes));

/** The error of an expression that must compile and fail. */
export async function failed(source: string, payload: unknown = {}): Promise<SignalboxError> {
  const result = await evaluated(source, payload).catch((error: unknown) => error);
  if (result instanceof SignalboxError) return result;
  throw new Error(`expected a failure, got ${JSON.stringify(result)}`);
}

/** All problems as `line:column CODE message fix`. */
export function problemsOf(source: string): string[] {
  const compiled = compileExpression(source);
  if (compiled.ok) return [];
  return compiled.problems.map(
    ({ line, column, code, message, fix }) =>
      `${line}:${column} ${code} ${message}${fix === undefined ? "" : ` ${fix}`}`,
  );
}
