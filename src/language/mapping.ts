/** What makes each field of a rule's result, and which fields of the body go into it: read off the rule and its types. */
import type { Node } from "./jsonata.ts";
import { makersOf, onlyBinder } from "./makers.ts";
import { readExpression } from "./problems.ts";
import { spansOf } from "./spans.ts";
import { placeOf } from "./tokens.ts";
import type { Place } from "./tokens.ts";
import { childrenOf } from "./tree.ts";
import type { Analysis } from "./typing/analyse.ts";

/** A part of the rule that makes a field. */
export interface Making extends Place {
  /** On one line, and cut where it is long. */
  readonly text: string;
  /** For a variable: what it is bound to. */
  readonly bound?: string;
  /** It makes something around the field: which part of it makes the field is not known. */
  readonly isAround: boolean;
}

export interface MadeField {
  /** None where the rule does not seem to make it. */
  readonly makings: readonly Making[];
  /** Paths of the body, without those that lie on the way to another one. */
  readonly reads: readonly string[];
}

/** UTF-16 units of an expression that are shown. */
const TEXT = 200;

/** For each list of keys, with `*` for any item, what makes the field there; nothing of a rule that does not parse. */
export function madeFields(
  source: string,
  { readsAt }: Pick<Analysis, "readsAt">,
  fields: readonly (readonly string[])[],
): readonly MadeField[] {
  const { tree } = readExpression(source);
  if (tree === undefined) return fields.map(() => ({ makings: [], reads: [] }));
  const spans = spansOf(tree, source);
  const textOf = (node: Node): string | undefined => {
    const span = spans.get(node);
    return span && shown(source.slice(span.start, span.end));
  };
  return fields.map((keys) => {
    const makers = makersOf(tree, keys).filter(({ node }) => node !== tree && spans.has(node));
    return {
      makings: makers.map(({ node, below }) => {
        const binder = node.type === "variable" ? onlyBinder(tree, String(node.value)) : undefined;
        const bound = binder && textOf(binder);
        return {
          ...placeOf(source, spans.get(node)!.start),
          text: textOf(node)!,
          ...(bound !== undefined && { bound }),
          isAround: below > 0,
        };
      }),
      reads: innermost(
        makers.flatMap(({ node, decidedBy }) =>
          [node, ...decidedBy].flatMap((one) => readBy(one, tree, readsAt)),
        ),
      ),
    };
  });
}

function shown(text: string): string {
  const line = text
    .replaceAll(/\/\*[^]*?\*\//g, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
  return line.length > TEXT ? `${line.slice(0, TEXT - 1)}…` : line;
}

/** What a part reads, by itself and through the variables in it. */
function readBy(
  node: Node,
  tree: Node,
  readsAt: Analysis["readsAt"],
  seen = new Set<Node>(),
): readonly string[] {
  if (seen.has(node)) return [];
  seen.add(node);
  const own = node.type === "name" ? [...(readsAt.get(node.position ?? -1) ?? [])] : [];
  const binder = node.type === "variable" ? onlyBinder(tree, String(node.value)) : undefined;
  const below = binder === undefined ? childrenOf(node) : [...childrenOf(node), binder];
  return [...own, ...below.flatMap((one) => readBy(one, tree, readsAt, seen))];
}

/** Paths in order, without those that another one goes through. */
export function innermost(paths: readonly string[]): string[] {
  const all = [...new Set(paths)].sort();
  return all.filter((path) => !all.some((other) => other.startsWith(`${path}.`)));
}
