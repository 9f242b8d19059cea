/** Arrays and objects that a rule writes out, and groups. */
import type { Node } from "../jsonata.ts";
import { join, joinAll } from "./join.ts";
import { onItem } from "./scope.ts";
import type { Env } from "./scope.ts";
import type { Session } from "./session.ts";
import { countOf } from "./truth.ts";
import {
  NEVER,
  arrayOf,
  isEmpty,
  isNever,
  kindNames,
  kindsOf,
  nothingOf,
  onlyKinds,
  optional,
  present,
  shapeType,
} from "./lattice.ts";
import type { Field, Items, Type } from "./lattice.ts";

type Pair = readonly [Node, Node];

/** `[ …, … ]`. */
export function arrayType(node: Node, env: Env, session: Session): Type {
  let item: Type = NEVER;
  let min = 0;
  let max = 0;
  const parts: Pick<Items, "item" | "min" | "max">[] = [];
  for (const one of node.expressions as Node[]) {
    const type = session.infer(one, env);
    if (isNever(type)) continue;
    const isNested = one.type === "unary" && one.value === "[";
    const some = isNested ? { item: present(type), min: 1, max: 1 } : countOf(type);
    item = join(item, some.item);
    parts.push(some);
    min += some.min;
    max += some.max;
  }
  return arrayOf(item, min, max, {
    isPlain: true,
    parts,
    ...(node.consarray === true ? { isNested: true } : {}),
  });
}

/** `{ key: value }` on the context. */
export function objectType(node: Node, env: Env, session: Session): Type {
  if (isNever(env.input)) return NEVER;
  const infer = (one: Node): Type => session.infer(one, env);
  return ofPairs(node, { keyOf: infer, valueOf: (_, value) => infer(value) }, session);
}

/** `….{ key: value }` as a grouping: the value is made of all items whose key is the same. */
export function groupType(node: Node, value: Type, env: Env, session: Session): Type {
  const { item, min, max } = countOf(value);
  const key = onItem(env, item, env.loop + 1);
  // Without any items there is one group, of nothing, where it has a key.
  const none = onItem(env, nothingOf(...(value.nothing ?? ["there may be no items"])));
  const isMissing = min === 0;
  const group = max > 1 ? join(item, { ...arrayOf(item, 2, max), from: item.from }) : item;
  const keyOf = (one: Node): Type => {
    const ofItems = isEmpty(item) ? NEVER : session.infer(one, key);
    return isMissing ? join(ofItems, session.infer(one, none)) : ofItems;
  };
  const valueOf = (one: Node, made: Node): Type => {
    const hasNone = isMissing && !isEmpty(present(session.infer(one, none)));
    const ofItems = isEmpty(item) ? NEVER : session.infer(made, onItem(env, group));
    return hasNone ? join(ofItems, session.infer(made, none)) : ofItems;
  };
  return ofPairs(node, { keyOf, valueOf }, session, isMissing);
}

interface Pairing {
  readonly keyOf: (key: Node) => Type;
  readonly valueOf: (key: Node, value: Node) => Type;
}

function ofPairs(node: Node, { keyOf, valueOf }: Pairing, session: Session, isMissing = false): Type {
  const fields = new Map<string, Field>();
  const others: Type[] = [];
  for (const [key, value] of node.lhs as readonly Pair[]) {
    const name = key.type === "string" && key.predicate === undefined ? String(key.value) : undefined;
    const type = valueOf(key, value);
    if (name !== undefined) {
      addField(fields, name, type, key, session, false);
      continue;
    }
    const names = keyOf(key);
    checkKey(names, key, session);
    const values = names.isAny ? undefined : names.text?.values;
    if (values === undefined) others.push(optional(type));
    else
      for (const one of values)
        addField(fields, one, optional(type), key, session, values.length > 1 || isMissing);
  }
  const rest = others.length === 0 ? undefined : joinAll(others);
  return shapeType({
    fields,
    rest,
    isListed: false,
    ...(node.position === undefined ? {} : { at: node.position }),
  });
}

function addField(
  fields: Map<string, Field>,
  name: string,
  type: Type,
  key: Node,
  session: Session,
  isOneOfMany: boolean,
): void {
  if (fields.has(name) && !isOneOfMany)
    session.tell("RULE_KEY_REPEATED", key, `The key \`${name}\` is given twice in one object.`, {
      isSure: true,
    });
  const at = key.position;
  fields.set(name, {
    type: present(type),
    isRequired: type.nothing === undefined,
    ...(at === undefined ? {} : { at }),
    ...(type.nothing === undefined ? {} : { causes: type.nothing }),
  });
}

function checkKey(type: Type, key: Node, session: Session): void {
  const wrong = onlyKinds(type, "nblaof");
  if (isNever(present(wrong)) || (type.isAny && !session.isStrict)) return;
  const isSure = isEmpty(onlyKinds(type, "s")) && type.nothing === undefined;
  session.tell(
    "RULE_OPERAND_TYPE",
    key,
    `A key must be text; this one ${isSure ? "is" : "may be"} ${kindNames(kindsOf(present(wrong)))}.`,
    {
      fix: "Convert it with `$string(…)`.",
      isSure,
    },
  );
}
