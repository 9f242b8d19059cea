/** An expression that is watched: each of its parts with its place and text, how often it ran, and what it yielded. */
import type { Budgets } from "./budgets.ts";
import { TAIL } from "./callable.ts";
import type { Watch } from "./code.ts";
import { compileExpression } from "./expression.ts";
import type { Expression } from "./expression.ts";
import type { Node } from "./jsonata.ts";
import { spansOf } from "./spans.ts";
import type { Span } from "./spans.ts";
import { childrenOf } from "./tree.ts";

/** What was seen of a part. */
export interface Seen {
  /** Evaluations that began. */
  count: number;
  /** Of these: yielded nothing; failed. */
  nothing: number;
  failed: number;
  /** The first values, not copied. */
  readonly values: unknown[];
  /** What it was evaluated on when it first yielded nothing. */
  emptyOn: unknown;
}

/** A part of the text that is evaluated. */
export interface Part extends Span {
  readonly node: Node;
  readonly seen: Seen;
}

export interface Watched {
  readonly source: string;
  /** Runs as the rule does; a rule that nests without an end may run out of stack sooner. */
  readonly expression: Expression;
  readonly tree: Node;
  /** In the order of the text, the outer before the inner. */
  readonly parts: readonly Part[];
  /** Those that are looked at for a default, too: of `a ?: b` and `a ?? b` the first `a`, which is always evaluated. */
  readonly tried: readonly Part[];
  /** Undefined for what is never evaluated by itself: a key that is written out, a part of a chain of `&`. */
  seenOf(node: Node): Seen | undefined;
}

/** The expression, watched, with up to `keep` values of each part; undefined where it does not compile. */
export function watchExpression(
  source: string,
  budgets: Budgets,
  { keep = 0, variables = [] }: { readonly keep?: number; readonly variables?: readonly string[] } = {},
): Watched | undefined {
  const all = new Map<Node, Seen>();
  let root: Node | undefined;
  const watch = (tree: Node): Watch => {
    root = tree;
    return (node, code) => {
      const seen = seenIn(all, node);
      return (input, frame) => {
        seen.count++;
        let value: unknown;
        try {
          value = code(input, frame);
        } catch (thrown) {
          seen.failed++;
          throw thrown;
        }
        if (value === undefined && seen.nothing++ === 0) seen.emptyOn = input;
        if (value !== TAIL && seen.values.length < keep) seen.values.push(value);
        return value;
      };
    };
  };
  const compiled = compileExpression(source, budgets, { variables, watch });
  if (!compiled.ok || root === undefined) return undefined;
  const { expression } = compiled;
  return {
    source,
    expression,
    tree: root,
    ...partsOf(root, source, all),
    seenOf: (node) => all.get(node),
  };
}

/** A node may be compiled several times: for items and for tuples. */
function seenIn(all: Map<Node, Seen>, node: Node): Seen {
  const known = all.get(node);
  if (known !== undefined) return known;
  const seen: Seen = { count: 0, nothing: 0, failed: 0, values: [], emptyOn: undefined };
  all.set(node, seen);
  return seen;
}

/** Of `a ?: b` and `a ?? b` the parser makes a condition on a copy of `a`: that copy is no part of its own. */
function partsOf(tree: Node, source: string, all: ReadonlyMap<Node, Seen>): Pick<Watched, "parts" | "tried"> {
  const spans = spansOf(tree, source);
  const found: { readonly part: Part; readonly isCopy: boolean }[] = [];
  const visit = (node: Node, isCopy: boolean): void => {
    const seen = all.get(node);
    const span = spans.get(node);
    if (seen !== undefined && span !== undefined) found.push({ part: { node, seen, ...span }, isCopy });
    for (const child of childrenOf(node))
      visit(child, isCopy || (child === node.condition && isDefault(node, spans)));
  };
  visit(tree, false);
  found.sort((a, b) => a.part.start - b.part.start || b.part.end - a.part.end);
  return {
    parts: found.filter(({ isCopy }) => !isCopy).map(({ part }) => part),
    tried: found.map(({ part }) => part),
  };
}

/** True for `a ?: b` and `a ?? b`. */
export function isDefault(node: Node, spans: ReadonlyMap<Node, Span>): boolean {
  if (node.type !== "condition") return false;
  const test = spans.get(node.condition as Node);
  const then = spans.get(node.then as Node);
  return test !== undefined && test.start === then?.start && test.end === then.end;
}
