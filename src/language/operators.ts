/** The operators `&`, `..`, `=` and `!=` as functions that count what they make; the rewritten tree calls them by these names. */
import type { Focus, Implementation, Node } from "./jsonata.ts";
import type { Meter } from "./meter.ts";
import { limits } from "./limits.ts";
import { childrenOf } from "./tree.ts";
import { weigh } from "./weight.ts";

/**
 * Replaces operators in the tree, in place, by calls: every `&` (a chain becomes one call) and `..`, and comparisons of
 * which neither side is a literal. jsonata compares nested values to the end, whatever their size.
 */
export function rewriteOperators(node: Node): void {
  if (node.type === "binary" && isRewritten(node)) {
    const args = node.value === "&" ? operandsOf(node) : [node.lhs as Node, node.rhs as Node];
    const procedure = { type: "variable", value: node.value, position: node.position };
    delete node.lhs;
    delete node.rhs;
    Object.assign(node, { type: "function", value: "(", arguments: args, procedure });
  }
  for (const child of childrenOf(node)) rewriteOperators(child);
}

function isRewritten(node: Node): boolean {
  if (!isPlain(node)) return false;
  if (node.value === "&" || node.value === "..") return true;
  const isLiteral = (side: unknown): boolean => ["string", "number", "value"].includes((side as Node).type);
  return (node.value === "=" || node.value === "!=") && !isLiteral(node.lhs) && !isLiteral(node.rhs);
}

/** No filter, grouping or the like hangs on the operator itself. */
const isPlain = (node: Node): boolean =>
  Object.keys(node).every((key) =>
    ["type", "value", "position", "lhs", "rhs", "seekingParent"].includes(key),
  );

function operandsOf(node: Node): Node[] {
  const right: Node[] = [];
  let left = node;
  while (left.type === "binary" && left.value === "&" && isPlain(left)) {
    right.push(left.rhs as Node);
    left = left.lhs as Node;
  }
  return [left, ...right.reverse()];
}

/** `a & b & …`: texts joined, nothing as "", other values as `$string` writes them. */
export function concatenation(meter: Meter, string: Implementation): Implementation {
  return function (this: Focus, ...parts: unknown[]) {
    let result = "";
    let longest = 0;
    for (const part of parts) {
      if (part === undefined) continue;
      if (typeof part === "object") weigh(part, meter);
      const text = typeof part === "string" ? part : (string.call(this, part) as string);
      if (text.length > longest) longest = text.length;
      result += text;
    }
    // The longest part is shared, not copied: a text that grows in a loop costs what is added to it.
    meter.text(result.length, result.length - longest);
    return result;
  };
}

/** `from..to`, both whole numbers, as jsonata has it. */
export function range(meter: Meter): Implementation {
  return (from, to) => {
    if (from !== undefined && !Number.isInteger(from)) throw thrown("T2003", from);
    if (to !== undefined && !Number.isInteger(to)) throw thrown("T2004", to);
    if (from === undefined || to === undefined || (from as number) > (to as number)) return undefined;
    const first = from as number;
    const size = (to as number) - first + 1;
    if (size > limits.sequence) throw thrown(size > 1e7 ? "D2014" : "D2015", size);
    meter.items(size);
    const result = Array.from({ length: size }, (_, index) => first + index);
    return Object.assign(result, { sequence: true });
  };
}

/** `=` and `!=`; a side that is nothing is neither equal nor unequal. */
export function comparison(meter: Meter, wanted: boolean): Implementation {
  return (left, right) => {
    if (left === undefined || right === undefined) return false;
    if (isNested(left) && isNested(right)) weigh([left, right], meter);
    return areEqual(left, right) === wanted;
  };
}

const isNested = (value: unknown): value is object => typeof value === "object" && value !== null;

function areEqual(left: unknown, right: unknown): boolean {
  if (left === right || !isNested(left) || !isNested(right)) return left === right;
  if (Array.isArray(left) && Array.isArray(right))
    return left.length === right.length && left.every((item, index) => areEqual(item, right[index]));
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  const entries = Object.entries(left);
  if (entries.length !== Object.keys(right).length) return false;
  return entries.every(
    ([key, item]) =>
      Object.hasOwn(right, key) && areEqual(item, (right as typeof left & Record<string, unknown>)[key]),
  );
}

/** Thrown as jsonata throws, for one place to put into words. */
const thrown = (code: string, value: unknown): Error => Object.assign(new Error(code), { code, value });
