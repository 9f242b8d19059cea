/** Where a value came from, in the rule's own words: "order.qty", "$total". */
import type { Node } from "./jsonata.ts";

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
