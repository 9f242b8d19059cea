/** Where each part of an expression stands: the text of a node, from its first character to its last. */
import type { Node } from "./jsonata.ts";
import { tokensOf } from "./tokens.ts";
import type { Token } from "./tokens.ts";
import { childrenOf } from "./tree.ts";

/** UTF-16 offsets, the end exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The spans of all nodes whose place the parser keeps; of copies (`a ?: b` has two of `a`) they are the same. */
export function spansOf(tree: Node, source: string): ReadonlyMap<Node, Span> {
  const tokens = tokensOf(source);
  const text: Words = {
    tokens,
    byEnd: new Map(tokens.map(({ end }, at) => [end, at])),
    depths: depthsOf(tokens),
  };
  const ranges = new Map<Node, Range>();
  rangeOf(tree, text, ranges);
  return new Map(
    [...ranges].map(([node, { first, last }]) => [
      node,
      { start: tokens[first]!.start, end: tokens[last]!.end },
    ]),
  );
}

interface Words {
  readonly tokens: readonly Token[];
  readonly byEnd: ReadonlyMap<number, number>;
  /** Brackets that are open before each token, and behind the last. */
  readonly depths: readonly number[];
}

/** Indexes of tokens, both inclusive. */
interface Range {
  readonly first: number;
  readonly last: number;
}

function depthsOf(tokens: readonly Token[]): number[] {
  const depths = [0];
  for (const { kind, text } of tokens) {
    const step = kind !== "operator" ? 0 : "([{".includes(text) ? 1 : ")]}".includes(text) ? -1 : 0;
    depths.push(depths.at(-1)! + step);
  }
  return depths;
}

function rangeOf(node: Node, text: Words, ranges: Map<Node, Range>): Range | undefined {
  const { tokens, byEnd, depths } = text;
  let first = Infinity;
  let last = -1;
  const take = (range: Range | undefined): void => {
    if (range === undefined) return;
    first = Math.min(first, range.first);
    last = Math.max(last, range.last);
  };
  const own = typeof node.position === "number" ? byEnd.get(node.position) : undefined;
  if (own !== undefined) {
    // A function's position is its parenthesis.
    const named = node.type === "lambda" && node.thunk !== true && tokens[own]!.text === "(";
    take({ first: named ? Math.max(0, own - 1) : own, last: own });
  }
  for (const child of childrenOf(node)) take(rangeOf(child, text, ranges));
  if (last < 0) return undefined;
  // What it opens it closes.
  while (depths[last + 1]! > depths[first]! && last + 1 < tokens.length) last++;
  if (node.type === "transform" && tokens[last + 1]?.text === "|") last++;
  const range = { first, last };
  ranges.set(node, range);
  return range;
}
