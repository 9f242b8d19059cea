/** Which parts of a result the rule writes out itself: they are made anew each time and nobody else holds them, so they need no copy. */
import type { Node } from "./jsonata.ts";
import { fixedKeys } from "./grouping.ts";
import type { Pair } from "./grouping.ts";

/** An array whose items may be anybody's, or an object with what its fields are. */
export type Fresh = "array" | ReadonlyMap<string, Fresh | undefined>;

/** What is fresh of what a node yields; undefined for what may be held elsewhere. */
export function freshPart(node: Node): Fresh | undefined {
  const { type, value, predicate, group, keepArray, consarray } = node;
  if (predicate !== undefined || group !== undefined || keepArray === true) return undefined;
  if (type === "block") {
    const last = (node.expressions as readonly Node[]).at(-1);
    return last && freshPart(last);
  }
  if (type !== "unary") return undefined;
  if (value === "[") return consarray === true ? undefined : "array";
  const pairs = value === "{" ? (node.lhs as readonly Pair[]) : [];
  const keys = fixedKeys(pairs);
  if (value !== "{" || keys === undefined) return undefined;
  return new Map(pairs.map(([, one], at) => [keys[at]!, freshPart(one)]));
}
