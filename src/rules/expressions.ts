/** The expressions of the workspace's files: compiled with the budgets in force, and told of at their place. */
import type { Budgets } from "../language/budgets.ts";
import { compileExpression } from "../language/expression.ts";
import type { Expression, ExpressionProblem } from "../language/expression.ts";

/** The expression; undefined where it cannot be used. `tell` hears every problem and every warning; `names`: of variables besides `$event`. */
export function loadExpression(
  source: string,
  budgets: Budgets,
  tell: (problem: ExpressionProblem) => void,
  names: readonly string[] = [],
): Expression | undefined {
  const compiled = compileExpression(source, budgets, { variables: names });
  (compiled.ok ? compiled.warnings : compiled.problems).forEach(tell);
  return compiled.ok ? compiled.expression : undefined;
}
