/** Which of a route's lookups an expression reads: `$enrich.<name>`. */
import { parseJsonata } from "./jsonata.ts";
import type { Node } from "./jsonata.ts";
import { placeOf } from "./tokens.ts";
import { childrenOf } from "./tree.ts";

/** A name that is read, and where; without a name it is `$enrich` as a whole, of which anything may be read. */
export interface LookupRead {
  readonly name: string | undefined;
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
}

/** All that an expression reads of `$enrich`, in the order of its text; none for one that does not parse. */
export function lookupsIn(source: string): readonly LookupRead[] {
  if (!source.includes("$enrich")) return [];
  try {
    const found: LookupRead[] = [];
    collect(parseJsonata(source), source, found);
    return found;
  } catch {
    return [];
  }
}

function collect(node: Node, source: string, found: LookupRead[]): void {
  const isEnrich = ({ type, value }: Node): boolean => type === "variable" && value === "enrich";
  if (isEnrich(node)) found.push({ name: undefined, ...startOf(node, source) });
  const [first, second] = node.type === "path" ? (node.steps as readonly Node[]) : [];
  const named = first !== undefined && isEnrich(first) && second?.type === "name";
  if (named) found.push({ name: String(second.value), ...startOf(first, source) });
  for (const child of childrenOf(node)) if (!(named && child === first)) collect(child, source, found);
}

function startOf({ position = 0 }: Node, source: string): { readonly line: number; readonly column: number } {
  return placeOf(source, Math.max(0, position - "$enrich".length));
}
