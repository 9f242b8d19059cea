/** Whether two rules are the same but for where their parts stand. */
import type { Node } from "../jsonata.ts";

/** True where the trees differ in positions alone. */
export function sameTree(left: Node, right: Node | undefined): boolean {
  return right !== undefined && written(left) === written(right);
}

const written = (tree: Node): string =>
  JSON.stringify(tree, (key, value: unknown) => {
    if (key === "position") return undefined;
    if (value instanceof RegExp) return `regex ${String(value)}`;
    return typeof value === "function" ? undefined : value;
  });
