/** Where a value came from, in the rule's own words: "order.qty", "$total". */
import type { Node } from "./jsonata.ts";
import { childrenOf } from "./tree.ts";

/** The path or variable that a node reads; undefined for what is calculated. */
export function originOf(node: Node | undefined): string | undefined {
  if (node === undefined) return undefined;
  if (node.type === "variable") return `$${String(node.value)}`;
  if (node.type === "name") return nameText(String(node.value));
  if (node.type !== "path") return undefined;
  const parts = (node.steps as readonly Node[]).map((step) =>
    step.type === "name" || step.type === "variable" ? originOf(step) : undefined,
  );
  return parts.includes(undefined) ? undefined : parts.join(".");
}

const nameText = (name: string): string => (/^[A-Za-z_]\w*$/.test(name) ? name : `\`${name}\``);

/** A variable's value as the path that it is bound to: `$qty.x` is `order.qty.x` where `$qty := order.qty` is all that binds it. */
export function pathBehind(
  origin: string | undefined,
  tree: Node,
  seen: readonly string[] = [],
): string | undefined {
  const [, name, rest = ""] = /^\$([^.]+)(\..*)?$/.exec(origin ?? "") ?? [];
  // A variable may be bound to itself, round about too.
  if (name === undefined || seen.includes(name)) return origin;
  const bound = bindersOf(name, tree);
  const path = bound.length === 1 ? originOf(bound[0]) : undefined;
  return path === undefined ? origin : pathBehind(path + rest, tree, [...seen, name]);
}

/** What binds a name, as far as that can be read: values of `:=`; parameters, `@` and `#` stand for themselves. */
function bindersOf(name: string, node: Node, found: Node[] = []): Node[] {
  if (node.type === "bind" && (node.lhs as Node).value === name) found.push(node.rhs as Node);
  if (node.focus === name || node.index === name) found.push(node);
  const parameters = node.type === "lambda" ? (node.arguments as readonly Node[]) : [];
  for (const parameter of parameters) if (parameter.value === name) found.push(parameter);
  for (const child of childrenOf(node)) bindersOf(name, child, found);
  return found;
}
