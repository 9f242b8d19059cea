/** Walks over jsonata's syntax tree. */
import type { Node } from "./jsonata.ts";

/** The nodes directly below one, in the order of the text as far as the tree keeps it. */
export function childrenOf(node: Node): readonly Node[] {
  const known = (node as Noted)[CHILDREN];
  if (known !== undefined) return known;
  const children: Node[] = [];
  // The parser's nodes inherit from its tables: only what is their own counts.
  for (const key of Object.keys(node)) {
    const value = node[key];
    if (typeof value === "object" && value !== null && !NOT_CHILDREN.has(key)) collect(value, children);
  }
  (node as Noted)[CHILDREN] = children;
  return children;
}

/** What walks note on a node: a tree is walked several times, and not changed once it is read. */
interface Noted extends Node {
  [CHILDREN]?: readonly Node[];
  [WEIGHT]?: number;
}

const CHILDREN: unique symbol = Symbol("children");
const WEIGHT: unique symbol = Symbol("weight");

function collect(value: object, into: Node[]): void {
  if (!Array.isArray(value)) into.push(value as Node);
  else for (const item of value) if (typeof item === "object" && item !== null) collect(item as object, into);
}

export const opensScope = (node: Node): boolean => node.type === "block" || node.type === "lambda";

/** Names bound by `:=`, `@` and `#` in a node, without those of blocks and functions inside. */
export function bindingsIn(node: Node): string[] {
  const found: string[] = [];
  collectBindings(node, found);
  return found;
}

function collectBindings(node: Node, into: string[]): void {
  if (typeof node.focus === "string") into.push(node.focus);
  if (typeof node.index === "string") into.push(node.index);
  if (node.type === "bind") into.push(String((node.lhs as Node).value));
  if (!opensScope(node)) for (const child of childrenOf(node)) collectBindings(child, into);
}

/** Nodes that one evaluation may come by, without functions that are only made: what a round of a loop is charged. */
export function weightOf(node: Node): number {
  if (node.type === "lambda" && node.thunk !== true) return 1;
  const known = (node as Noted)[WEIGHT];
  if (known !== undefined) return known;
  let weight = 1;
  for (const child of childrenOf(node)) weight += weightOf(child);
  (node as Noted)[WEIGHT] = weight;
  return weight;
}

const READING = new Set(["name", "wildcard", "descendant", "parent"]);
const READ = new Set(["", "$", "event", "now", "millis", "uuid", "random"]);

/** True for a tree that reads nothing of the event: no field, not its context, and no function that takes what is at hand. */
export function isConstant(node: Node): boolean {
  if (READING.has(node.type)) return false;
  if (node.type === "variable" && READ.has(String(node.value))) return false;
  if (node.type === "function" && (node["arguments"] as readonly Node[]).length === 0) return false;
  return childrenOf(node).every(isConstant);
}

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
