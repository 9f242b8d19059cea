/** Walks over jsonata's syntax tree. */
import type { Node } from "./jsonata.ts";

/** The nodes directly below one, in the order of the text as far as the tree keeps it. */
export function childrenOf(node: Node): readonly Node[] {
  const known = seen.get(node);
  if (known !== undefined) return known;
  const children: Node[] = [];
  seen.set(node, children);
  const collect = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(collect);
    else if (typeof value === "object" && value !== null && !(value instanceof RegExp))
      children.push(value as Node);
  };
  for (const key in node) if (!NOT_CHILDREN.has(key)) collect(node[key]);
  return children;
}

export const opensScope = (node: Node): boolean => node.type === "block" || node.type === "lambda";

/** Names bound by `:=`, `@` and `#` in a node, without those of blocks and functions inside. */
export function bindingsIn(node: Node): string[] {
  const found = [node.focus, node.index].filter((name) => typeof name === "string");
  if (node.type === "bind") found.push(String((node.lhs as Node).value));
  return opensScope(node) ? found : [...found, ...childrenOf(node).flatMap(bindingsIn)];
}

/** A tree is walked several times and not changed once it is read. */
const seen = new WeakMap<Node, readonly Node[]>();

/** What jsonata notes beside the syntax: parents' slots, compiled signatures, values. */
const NOT_CHILDREN = new Set(["ancestor", "seekingParent", "slot", "nextFunction", "signature", "value"]);

/** Texts that the rule itself gives `$error` and `$assert`, by the position of the call: part of the rule, not of the event. */
export type OwnWords = ReadonlyMap<number, string>;

/** What the rule itself says in `$error` and `$assert`, by the position of the call. */
export function ownWordsIn(node: Node, found = new Map<number, string>()): OwnWords {
  const procedure = node.type === "function" ? (node.procedure as Node) : undefined;
  const words = (node.arguments as Node[] | undefined)?.at(-1);
  if (
    procedure?.type === "variable" &&
    /^(?:error|assert)$/.test(String(procedure.value)) &&
    words?.type === "string"
  )
    found.set(node.position!, String(words.value));
  for (const child of childrenOf(node)) ownWordsIn(child, found);
  return found;
}
