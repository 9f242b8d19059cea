/** Which parts of an expression ran, and which arms of its conditions, over all evaluations of it. */
import type { Budgets } from "./budgets.ts";
import type { Expression } from "./expression.ts";
import type { Node } from "./jsonata.ts";
import { spansOf } from "./spans.ts";
import type { Span } from "./spans.ts";
import { placesIn } from "./tokens.ts";
import type { Place } from "./tokens.ts";
import { isDefault, watchExpression } from "./watched.ts";
import type { Part, Watched } from "./watched.ts";

/** A part of the text: calls, paths, operators, constructors; no literals. */
export interface CoveredPart extends Place, Span {
  readonly count: number;
}

/** One way that a condition can go. An arm that is not written (`a ? b`) has the place of its condition. */
export interface CoveredArm extends Place, Span {
  /** Of the condition that it belongs to: arms of one have the same. */
  readonly condition: number;
  readonly arm: "true" | "false" | "value" | "default";
  readonly count: number;
}

export interface ExpressionCoverage {
  readonly source: string;
  readonly parts: readonly CoveredPart[];
  readonly arms: readonly CoveredArm[];
}

export interface Covered {
  /** Evaluates as the expression itself does, and counts. */
  readonly expression: Expression;
  coverage(): ExpressionCoverage;
}

/** The expression, counted from now on; undefined where it does not compile. */
export function covered(source: string, budgets: Budgets): Covered | undefined {
  const watched = watchExpression(source, budgets);
  if (watched === undefined) return undefined;
  return { expression: watched.expression, coverage: () => coverageOf(watched) };
}

const PARTS = new Set(
  "path variable function partial binary unary condition apply bind transform wildcard descendant parent".split(
    " ",
  ),
);

function coverageOf(watched: Watched): ExpressionCoverage {
  const { source, tree, parts } = watched;
  const spans = spansOf(tree, source);
  const placeOf = placesIn(source);
  const counted = parts.filter(({ node }) => PARTS.has(node.type));
  const conditions = parts.filter(({ node }) => node.type === "condition");
  return {
    source,
    parts: distinct(counted).map(({ start, end, seen }) => ({
      ...{ start, end, count: seen.count },
      ...placeOf(start),
    })),
    arms: conditions.flatMap((part, condition) =>
      armsOf(part, watched, spans).map((arm) => ({ ...arm, condition, ...placeOf(arm.start) })),
    ),
  };
}

/** A path of one variable and that variable are one part. */
function distinct(parts: readonly Part[]): Part[] {
  return parts.filter(({ start, end }, at) => parts[at - 1]?.start !== start || parts[at - 1]?.end !== end);
}

type Arm = Omit<CoveredArm, "condition" | "line" | "column">;

function armsOf(
  { node, seen, start, end }: Part,
  { seenOf }: Watched,
  spans: ReadonlyMap<Node, Span>,
): Arm[] {
  const isOwn = !isDefault(node, spans);
  const then = seenOf(node.then as Node)?.count ?? 0;
  const otherwise = node.else as Node | undefined;
  const first = spans.get(node.then as Node) ?? { start, end };
  const second = (otherwise && spans.get(otherwise)) ?? { start, end };
  return [
    { ...first, arm: isOwn ? "true" : "value", count: then },
    {
      ...second,
      arm: isOwn ? "false" : "default",
      count: otherwise === undefined ? seen.count - then : (seenOf(otherwise)?.count ?? 0),
    },
  ];
}
