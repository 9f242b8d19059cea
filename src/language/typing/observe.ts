/** What is known of a rule at one place: what is read there, what could be, and which variables are at hand. */
import type { Node } from "../jsonata.ts";
import { VARIABLES } from "./analyse.ts";
import { inferRule } from "./infer.ts";
import { join } from "./join.ts";
import { ANY } from "./lattice.ts";
import type { Type } from "./lattice.ts";
import { typeOf } from "./schema-type.ts";
import type { Part } from "./schema-type.ts";

/** What was seen of the nodes that were asked about; undefined where none was evaluated. */
export interface Observed {
  readonly type: Type | undefined;
  /** What the name is looked up in. */
  readonly of: Type | undefined;
  /** By name without `$`, the innermost first. */
  readonly variables: ReadonlyMap<string, Type>;
}

/** Follows the rule and listens where `isAsked` says so. */
export function observe(
  tree: Node,
  source: string,
  input: Part | undefined,
  isAsked: (node: Node) => boolean,
): Observed {
  const body: Type =
    input === undefined ? { ...ANY, nothing: undefined, from: "" } : { ...typeOf(input), from: "" };
  let type: Type | undefined;
  let of: Type | undefined;
  const variables = new Map<string, Type>(VARIABLES);
  inferRule(
    tree,
    {
      source,
      input: body,
      isStrict: input !== undefined,
      variables: VARIABLES,
      heard: (node, made, where) => {
        if (!isAsked(node)) return;
        type = type === undefined ? made : join(type, made);
        if (where.of !== undefined) of = of === undefined ? where.of : join(of, where.of);
        for (let at = where.env; at !== undefined; at = at.around)
          for (const [name, binding] of at.vars) if (!variables.has(name)) variables.set(name, binding.type);
      },
    },
    () => body,
  );
  return { type, of, variables };
}

/** The fields that a value of the type may have, with what is known of each and whether it is always there. */
export function fieldsIn(
  type: Type,
): ReadonlyMap<string, { readonly type: Type; readonly isRequired: boolean }> {
  const found = new Map<string, { type: Type; isRequired: boolean }>();
  const items = type.array === undefined ? [] : [type.array.item];
  for (const one of [type, ...items])
    for (const { fields } of one.shapes)
      for (const [name, field] of fields) {
        if (field.isUndeclared === true) continue;
        const known = found.get(name);
        if (known === undefined) found.set(name, { type: field.type, isRequired: field.isRequired });
        else
          found.set(name, {
            type: join(known.type, field.type),
            isRequired: known.isRequired && field.isRequired,
          });
      }
  return found;
}
