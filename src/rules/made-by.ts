/** Differences of a result, each with the place in the rule that makes the field. */
import type { EventContext } from "../core/event.ts";
import { pointerKeys } from "../core/schema-walk.ts";
import type { Expression } from "../language/expression.ts";
import { makerOf } from "../language/makers.ts";
import { placeOf } from "../language/tokens.ts";
import { watchExpression } from "../language/watched.ts";
import type { Difference } from "./differences.ts";
import type { Place } from "./problem.ts";

/** `madeAt` is a place in the rule: of the field's value, or of the nearest part around it that is written out. */
export interface MadeDifference extends Difference {
  readonly madeAt?: Place;
}

/** Runs the rule once more, watched, to know which arms of its conditions it took. */
export function withMakers(
  differences: readonly Difference[],
  { source, budgets }: Expression,
  payload: unknown,
  context: EventContext,
): readonly MadeDifference[] {
  const watched = watchExpression(source, budgets);
  if (watched === undefined) return differences;
  try {
    watched.expression.evaluateNow(payload, context);
  } catch {
    // What it took until then is known.
  }
  const starts = new Map(watched.parts.map(({ node, start }) => [node, start]));
  const ran = (node: Parameters<typeof watched.seenOf>[0]): boolean => (watched.seenOf(node)?.count ?? 0) > 0;
  return differences.map((difference) => {
    const { node } = makerOf(watched.tree, pointerKeys(difference.path), ran);
    const start = starts.get(node);
    return start === undefined ? difference : { ...difference, madeAt: placeOf(source, start) };
  });
}
