/** Variables that are bound and never read, and such that are read and bound nowhere. */
import { nearest } from "../../core/suggest.ts";
import { library } from "../functions/library.ts";
import type { Node } from "../jsonata.ts";
import { childrenOf, opensScope } from "../tree.ts";
import type { TellType } from "./session.ts";

interface Bound {
  readonly node: Node;
  readonly name: string;
  /** Its value is used where it is bound: it ends a block, or is part of something. */
  readonly isUsedThere: boolean;
  isRead: boolean;
}

interface Scope {
  readonly around: Scope | undefined;
  readonly names: Map<string, Bound[]>;
}

/** Tells of both; `given` are names from outside. */
export function checkVariables(tree: Node, given: readonly string[], tell: TellType): void {
  const all: Bound[] = [];
  const root: Scope = { around: undefined, names: new Map() };
  collect(tree, root, true, all);
  visit(tree, root, undefined, given, tell);
  for (const { node, name, isRead, isUsedThere } of all) {
    if (isRead || isUsedThere) continue;
    tell("RULE_VARIABLE_UNUSED", node.lhs as Node, `\`$${name}\` is bound and never read.`);
  }
}

const scopes = new WeakMap<Node, Scope>();

/** Notes the scopes of blocks and functions, each with what it binds. */
function collect(node: Node, around: Scope, isUsed: boolean, all: Bound[]): void {
  let scope = around;
  if (opensScope(node)) {
    scope = { around, names: new Map() };
    scopes.set(node, scope);
    if (node.type === "lambda")
      for (const one of node.arguments as Node[])
        add(scope, { node: one, name: String(one.value), isUsedThere: true, isRead: false });
  }
  for (const name of [node.focus, node.index])
    if (typeof name === "string") add(scope, { node, name, isUsedThere: true, isRead: false });
  for (const stage of (node.stages as Node[] | undefined) ?? [])
    if (stage.type === "index")
      add(scope, { node, name: String(stage.value), isUsedThere: true, isRead: false });
  if (node.type === "bind") {
    const bound: Bound = { node, name: String((node.lhs as Node).value), isUsedThere: isUsed, isRead: false };
    add(scope, bound);
    all.push(bound);
  }
  const statements = node.type === "block" ? (node.expressions as Node[]) : undefined;
  for (const child of childrenOf(node)) {
    const isStatement = statements?.includes(child) === true;
    collect(child, scope, !isStatement || child === statements?.at(-1), all);
  }
}

function add({ names }: Scope, bound: Bound): void {
  names.set(bound.name, [...(names.get(bound.name) ?? []), bound]);
}

function visit(
  node: Node,
  around: Scope,
  parent: Node | undefined,
  given: readonly string[],
  tell: TellType,
): void {
  const scope = scopes.get(node) ?? around;
  const isBinder = parent?.type === "bind" && parent.lhs === node;
  if (node.type === "variable" && !isBinder) read(node, scope, parent, given, tell);
  for (const child of childrenOf(node))
    if (!(node.type === "lambda" && (node.arguments as Node[]).includes(child)))
      visit(child, scope, node, given, tell);
}

function read(
  node: Node,
  scope: Scope,
  parent: Node | undefined,
  given: readonly string[],
  tell: TellType,
): void {
  const name = String(node.value);
  let isBound = false;
  const near: string[] = [];
  for (let at: Scope | undefined = scope; at !== undefined; at = at.around) {
    for (const bound of at.names.get(name) ?? []) isBound = bound.isRead = true;
    near.push(...at.names.keys());
  }
  const isGiven = name === "" || name === "$" || given.includes(name) || library.has(name) || name === "eval";
  // A function that does not exist is told of by that.
  const isCalled =
    parent?.procedure === node ||
    (parent?.type === "apply" && parent.rhs === node) ||
    isCallback(parent, node);
  if (isBound || isGiven || isCalled) return;
  const meant = nearest(name, [...near, ...given]);
  tell(
    "RULE_VARIABLE_UNKNOWN",
    node,
    `\`$${name}\` is bound nowhere: it is nothing.`,
    meant === undefined ? {} : { fix: `Did you mean \`$${meant}\`?` },
  );
}

const isCallback = (parent: Node | undefined, node: Node): boolean => {
  const name = (parent?.procedure as Node | undefined)?.value;
  const args = parent?.arguments as Node[] | undefined;
  return (
    ["map", "filter", "reduce", "each"].includes(String(name)) &&
    args?.includes(node) === true &&
    args[0] !== node
  );
};
