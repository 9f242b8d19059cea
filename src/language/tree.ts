/** Walks over jsonata's syntax tree. */
import type { OwnWords } from "./failure.ts";
import type { Node } from "./jsonata.ts";

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
