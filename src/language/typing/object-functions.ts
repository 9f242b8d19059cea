/** Fields by names that are worked out: `$keys`, `$lookup`. */
import { fieldType, join, joinAll } from "./join.ts";
import { SOME_TEXT, textsOf } from "./texts.ts";
import type { Texts } from "./texts.ts";
import { collapsed, itemOf } from "./truth.ts";
import { ANY, NEVER, isEmpty, isNever, optional, present } from "./lattice.ts";
import type { Shape, Type } from "./lattice.ts";

/** The names of an object's fields, and how many there are. */
export function namesOf(value: Type): { readonly names: Texts; readonly min: number; readonly max: number } {
  const { shapes } = value;
  const isPlain =
    !value.isAny &&
    value.array === undefined &&
    isEmpty(present({ ...value, shapes: [] })) &&
    shapes.length > 0;
  if (!isPlain) return { names: SOME_TEXT, min: 0, max: Infinity };
  const required = shapes.map(
    ({ fields }) => [...fields.values()].filter(({ isRequired }) => isRequired).length,
  );
  const isClosed = shapes.every(({ rest }) => rest === undefined);
  const names = shapes.flatMap(({ fields }) => [...fields.keys()]);
  return {
    names: isClosed && names.length > 0 ? textsOf(...names) : SOME_TEXT,
    min: Math.min(...required),
    max: isClosed ? Math.max(...shapes.map(({ fields }) => fields.size)) : Infinity,
  };
}

/** `$lookup(value, name)`; the names are those that it may be asked for, where they are known. */
export function lookupType(value: Type, names: readonly string[] | undefined): Type {
  if (value.isAny) return ANY;
  const found = value.shapes.map((shape) => fieldOfAny(shape, names, value.from));
  let type = joinAll(found);
  const { array } = value;
  if (array !== undefined && array.max > 0) {
    const one = lookupType(itemOf(array, value.from), names);
    const items =
      one.array === undefined ? present(one) : join(present({ ...one, array: undefined }), one.array.item);
    type = join(
      type,
      collapsed({
        item: items,
        min: one.nothing === undefined && one.array === undefined ? array.min : 0,
        max: Infinity,
        causes: one.nothing ?? [],
      }),
    );
  } else if (array !== undefined) type = optional(type);
  const others = present({ ...value, shapes: [], array: undefined });
  return isEmpty(others) ? type : optional(type);
}

function fieldOfAny(shape: Shape, names: readonly string[] | undefined, from: string | undefined): Type {
  if (names !== undefined) return joinAll(names.map((name) => known(shape, name, from)));
  const fields = [...shape.fields.values()].map(({ type }) => type);
  const all = joinAll(shape.rest === undefined ? fields : [...fields, present(shape.rest)]);
  return optional(isNever(all) ? NEVER : all, "there may be no field of that name");
}

function known(shape: Shape, name: string, from: string | undefined): Type {
  const type = fieldType(shape, name);
  const path = from === undefined ? undefined : from === "" ? name : `${from}.${name}`;
  if (type.nothing === undefined || path === undefined) return { ...type, from: path };
  return { ...type, from: path, nothing: [`\`${path}\` may be missing`] };
}
