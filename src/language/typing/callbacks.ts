/** Functions that call a function for each item: `$map`, `$filter`, `$reduce` and the like. */
import type { Node } from "../jsonata.ts";
import { enter } from "./entering.ts";
import { join, joinAll, lazyField } from "./join.ts";
import { narrowed } from "./narrow.ts";
import { bindingOf } from "./scope.ts";
import type { Env } from "./scope.ts";
import type { Session } from "./session.ts";
import { SOME_TEXT, textsOf } from "./texts.ts";
import { asArray, canBeFalse, canBeTrue, collapsed, countOf } from "./truth.ts";
import {
  ANY,
  NEVER,
  NUMBER,
  isEmpty,
  isNever,
  nothingOf,
  numberOf,
  onlyKinds,
  optional,
  present,
  shapeType,
  textType,
} from "./lattice.ts";
import type { Field, Type } from "./lattice.ts";

const MANY = 200;

const INDEX: Type = numberOf({ min: 0, isInteger: true });

/** What one of these makes; undefined for all other functions. */
export function callbackType(
  name: string,
  args: readonly Type[],
  node: Node,
  env: Env,
  session: Session,
): Type | undefined {
  const [items = nothingOf(), callee = nothingOf()] = args;
  switch (name) {
    case "map":
      return overArray(items, () => mapped(items, callee, node, env, session));
    case "filter":
      return overArray(items, () => filtered(items, callee, node, env, session));
    case "single":
      return overArray(items, () => {
        const kept = filtered(items, args.length < 2 ? undefined : callee, node, env, session);
        return present(countOf(kept).item);
      });
    case "reduce":
      return overArray(items, () => reduced(items, callee, args[2], node, env, session));
    case "each":
      return eachField(items, callee, node, env, session);
    case "sift":
      return sifted(items, callee, node, env, session);
    case "sort":
      if (args.length > 1) session.apply(callee, [countOf(items).item, countOf(items).item], node, env);
      return undefined;
    default:
      return undefined;
  }
}

function overArray(items: Type, make: () => Type): Type {
  if (isEmpty(present(items))) return items.nothing === undefined ? NEVER : items;
  const made = make();
  return items.nothing === undefined ? made : optional(made, ...items.nothing);
}

const looping = (env: Env, max: number): Env => (max > MANY ? { ...env, loop: env.loop + 1 } : env);

function mapped(items: Type, callee: Type, node: Node, env: Env, session: Session): Type {
  const { item, min, max } = countOf(present(items));
  if (max === 0) return nothingOf("there are no items");
  const made = session.apply(callee, [item, INDEX, asArray(present(items))], node, looping(env, max));
  if (isNever(made)) return min > 0 ? NEVER : nothingOf("there may be no items");
  const causes = made.nothing ?? emptyCauses(items);
  return collapsed({ item: present(made), min: made.nothing === undefined ? min : 0, max, causes });
}

const emptyCauses = ({ from }: Type): string[] =>
  from === undefined ? ["there may be no items"] : [`\`${from}\` may be empty`];

function filtered(items: Type, callee: Type | undefined, node: Node, env: Env, session: Session): Type {
  const { item, min, max } = countOf(present(items));
  if (max === 0) return nothingOf("there are no items");
  const causes = ["the filter may leave nothing"];
  if (callee === undefined) return collapsed({ item, min, max, causes: emptyCauses(items) });
  const args = [item, INDEX, asArray(present(items))];
  const verdict = session.apply(callee, args, node, looping(env, max));
  const inner = enter(callee, args, env);
  const left =
    inner === undefined
      ? item
      : (bindingOf(narrowed(inner.body, true, inner.env, session), inner.name)?.type ?? item);
  if (!canBeTrue(verdict) || isNever(left)) return nothingOf("the filter leaves nothing");
  return collapsed({
    item: left,
    min: canBeFalse(verdict) || verdict.nothing !== undefined ? 0 : min,
    max,
    causes,
  });
}

function reduced(
  items: Type,
  callee: Type,
  initial: Type | undefined,
  node: Node,
  env: Env,
  session: Session,
): Type {
  const { item, min, max } = countOf(present(items));
  const start =
    initial === undefined ? item : initial.nothing === undefined ? initial : join(present(initial), item);
  const step = (so: Type): Type =>
    session.apply(callee, [so, item, INDEX, asArray(present(items))], node, looping(env, max));
  const once = join(start, step(start));
  const wide = widened(once);
  const again = step(wide);
  const result = covers(wide, again) ? wide : ANY;
  return min > 0 || (initial !== undefined && initial.nothing === undefined)
    ? result
    : optional(result, ...emptyCauses(items));
}

/** Enough for any number of rounds, where the kinds stay the same. */
function widened(type: Type): Type {
  const holdsObjects = type.shapes.length > 0;
  return {
    ...type,
    from: undefined,
    number: type.number && { ...NUMBER, isInteger: type.number.isInteger },
    text: type.text && SOME_TEXT,
    array: type.array && { item: ANY, min: 0, max: Infinity },
    shapes: holdsObjects ? onlyKinds(present(ANY), "o").shapes : [],
  };
}

function covers(wide: Type, one: Type): boolean {
  if (wide.isAny) return true;
  const isWhole = one.number === undefined || wide.number?.isInteger !== true || one.number.isInteger;
  const left = [..."snblaofm"].filter((kind) => !isNever(onlyKinds(one, kind)));
  return isWhole && left.every((kind) => !isNever(onlyKinds(wide, kind)));
}

function eachField(value: Type, callee: Type, node: Node, env: Env, session: Session): Type {
  if (value.isAny) return ANY;
  const types = value.shapes.flatMap((shape) => [
    ...[...shape.fields.values()].map(({ type }) => type),
    ...(shape.rest === undefined ? [] : [present(shape.rest)]),
  ]);
  const names = textType(keyTexts(value));
  if (types.length === 0) return nothingOf("there are no fields");
  const made = session.apply(callee, [joinAll(types), names, present(value)], node, looping(env, Infinity));
  if (isNever(made)) return nothingOf("there may be no fields");
  const least = Math.min(
    ...value.shapes.map(({ fields }) => [...fields.values()].filter(({ isRequired }) => isRequired).length),
  );
  return collapsed({
    item: present(made),
    min: made.nothing === undefined && value.nothing === undefined ? least : 0,
    max: Infinity,
    causes: made.nothing ?? ["there may be no fields"],
  });
}

const keyTexts = ({ shapes }: Type): typeof SOME_TEXT => {
  const names = shapes.flatMap(({ fields }) => [...fields.keys()]);
  return shapes.every(({ rest }) => rest === undefined) && names.length > 0 ? textsOf(...names) : SOME_TEXT;
};

function sifted(value: Type, callee: Type, node: Node, env: Env, session: Session): Type {
  if (value.isAny) return ANY;
  eachField(value, callee, node, env, session);
  const shapes = value.shapes.map((shape) => ({
    ...shape,
    isListed: false,
    fields: new Map(
      [...shape.fields].map(([name, field]): [string, Field] => [
        name,
        lazyField(() => field.type, { isRequired: false }),
      ]),
    ),
  }));
  const kept = shapes.length === 0 ? NEVER : shapes.map(shapeType).reduce(join);
  return optional({ ...kept, from: value.from }, "no field may be left");
}
