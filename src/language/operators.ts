/** The operators `&` and `..` as functions that count what they make; the rewritten tree calls them by these names. */
import type { Focus, Implementation, Node } from "./jsonata.ts";
import type { Meter } from "./meter.ts";
import { limits } from "./limits.ts";
import { weigh } from "./weight.ts";

/** Replaces every `&` and `..` of the tree, in place, by a call; a chain of `&` becomes one call. */
export function rewriteOperators(node: Node): void {
  if (node.type === "binary" && (node.value === "&" || node.value === "..") && isPlain(node)) {
    const args = node.value === "&" ? operandsOf(node) : [node.lhs as Node, node.rhs as Node];
    const procedure = { type: "variable", value: node.value, position: node.position };
    delete node.lhs;
    delete node.rhs;
    Object.assign(node, { type: "function", value: "(", arguments: args, procedure });
  }
  for (const child of childrenOf(node)) rewriteOperators(child);
}

/** The nodes directly below one, in the order of the text as far as the tree keeps it. */
export function childrenOf(node: Node): Node[] {
  const children: Node[] = [];
  const collect = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(collect);
    else if (typeof value === "object" && value !== null && !(value instanceof RegExp))
      children.push(value as Node);
  };
  for (const [key, value] of Object.entries(node)) if (!NOT_CHILDREN.has(key)) collect(value);
  return children;
}

/** What jsonata notes beside the syntax: parents' slots, compiled signatures, values. */
const NOT_CHILDREN = new Set(["ancestor", "seekingParent", "slot", "nextFunction", "signature", "value"]);

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

/** Thrown as jsonata throws, for one place to put into words. */
const thrown = (code: string, value: unknown): Error => Object.assign(new Error(code), { code, value });
