/** Types put together: either of two, both at once, and objects that are one of several. */
import { NEVER, isNever, mergedCauses, optional, present } from "./lattice.ts";
import type { Cause, Field, Items, Numbers, Shape, Type } from "./lattice.ts";
import { joinTexts, meetTexts } from "./texts.ts";

/** Kinds of objects that are told apart. */
const MOST_SHAPES = 12;

/** Either. */
export function join(left: Type, right: Type): Type {
  if (left === right || isNever(right)) return left;
  if (isNever(left)) return right;
  const from = left.from === right.from ? left.from : undefined;
  const nothing = mergedCauses(left.nothing, right.nothing);
  const isNull = left.isNull || right.isNull;
  if (left.isAny || right.isAny) return { ...NEVER, isAny: true, nothing, isNull, from };
  return {
    nothing,
    isNull,
    bool: left.bool | right.bool,
    number: both(left.number, right.number, joinNumbers),
    text: both(left.text, right.text, joinTexts),
    array: both(left.array, right.array, joinItems),
    shapes: united(left.shapes, right.shapes),
    calls: left.calls.length === 0 ? right.calls : [...new Set([...left.calls, ...right.calls])],
    isAny: false,
    from: from ?? (left.from === undefined || right.from === undefined ? undefined : left.from),
  };
}

export const joinAll = (types: readonly Type[]): Type => types.reduce(join, NEVER);

function both<One>(
  left: One | undefined,
  right: One | undefined,
  how: (a: One, b: One) => One,
): One | undefined {
  if (left === undefined || right === undefined || left === right) return left ?? right;
  return how(left, right);
}

function joinNumbers(left: Numbers, right: Numbers): Numbers {
  const values =
    left.values === undefined || right.values === undefined
      ? undefined
      : [...new Set([...left.values, ...right.values])];
  return {
    min: Math.min(left.min, right.min),
    max: Math.max(left.max, right.max),
    isInteger: left.isInteger && right.isInteger,
    ...(values === undefined || values.length > 40 ? {} : { values }),
    ...(left.isVolatile === true || right.isVolatile === true ? { isVolatile: true } : {}),
    ...(left.isInexact === true || right.isInexact === true ? { isInexact: true } : {}),
  };
}

/** Items whose type is worked out when somebody asks. */
export function lazyItems(item: () => Type, rest: Omit<Items, "item">): Items {
  let known: Type | undefined;
  return {
    get item() {
      return (known ??= item());
    },
    ...rest,
  };
}

/** A field whose type is worked out when somebody asks. */
export function lazyField(type: () => Type, rest: Omit<Field, "type">): Field {
  let known: Type | undefined;
  return {
    get type() {
      return (known ??= type());
    },
    ...rest,
  };
}

function joinItems(left: Items, right: Items): Items {
  return lazyItems(
    () => (left.max === 0 ? right.item : right.max === 0 ? left.item : join(left.item, right.item)),
    {
      min: Math.min(left.min, right.min),
      max: Math.max(left.max, right.max),
      ...(left.isUnique === true && right.isUnique === true ? { isUnique: true } : {}),
      ...(left.isPlain === true && right.isPlain === true ? { isPlain: true } : {}),
      ...(left.isNested === true && right.isNested === true ? { isNested: true } : {}),
    },
  );
}

function united(left: readonly Shape[], right: readonly Shape[]): readonly Shape[] {
  if (left.length === 0 || left === right) return right;
  if (right.length === 0) return left;
  const all = [...new Set([...left, ...right])];
  return all.length > MOST_SHAPES ? [merged(all)] : all;
}

/** The one kind that all of them are. */
export function merged(shapes: readonly Shape[]): Shape {
  const names = new Set(shapes.flatMap(({ fields }) => [...fields.keys()]));
  const fields = new Map<string, Field>();
  for (const name of names) {
    const isRequired = shapes.every((one) => one.fields.get(name)?.isRequired === true);
    const at = shapes.find((one) => one.fields.get(name)?.at !== undefined)?.fields.get(name)?.at;
    const causes = shapes.reduce<readonly Cause[] | undefined>(
      (found, one) => mergedCauses(found, one.fields.get(name)?.causes),
      undefined,
    );
    fields.set(
      name,
      lazyField(() => present(joinAll(shapes.map((one) => fieldType(one, name)))), {
        isRequired,
        ...(at === undefined ? {} : { at }),
        ...(causes === undefined ? {} : { causes }),
      }),
    );
  }
  const rests = shapes.flatMap(({ rest }) => rest ?? []);
  return {
    fields,
    rest: rests.length === 0 ? undefined : joinAll(rests),
    isListed: shapes.every(({ isListed }) => isListed),
  };
}

/** What a field holds; with nothing where it may be missing. */
export function fieldType(shape: Shape, name: string): Type {
  const field = shape.fields.get(name);
  if (field === undefined) return shape.rest === undefined ? { ...NEVER, nothing: [] } : optional(shape.rest);
  return field.isRequired ? field.type : optional(field.type, ...(field.causes ?? []));
}

/** Both at once. */
export function meet(left: Type, right: Type): Type {
  if (left === right) return left;
  const nothing = left.nothing === undefined || right.nothing === undefined ? undefined : left.nothing;
  const isNull = left.isNull && right.isNull;
  if (left.isAny || right.isAny) return { ...(left.isAny ? right : left), nothing, isNull };
  return {
    nothing,
    isNull,
    bool: left.bool & right.bool,
    number: left.number && right.number && meetNumbers(left.number, right.number),
    text: left.text && right.text && meetTexts(left.text, right.text),
    array: left.array && right.array && meetItems(left.array, right.array),
    shapes: metShapes(left.shapes, right.shapes),
    calls: left.calls,
    isAny: false,
    from: left.from ?? right.from,
  };
}

/** Both at once; undefined where no number is. */
export function meetNumbers(left: Numbers, right: Numbers): Numbers | undefined {
  const within = (value: number, { min, max }: Numbers): boolean => value >= min && value <= max;
  const values =
    left.values?.filter((one) => within(one, right)) ?? right.values?.filter((one) => within(one, left));
  const min = Math.max(left.min, right.min);
  const max = Math.min(left.max, right.max);
  if (min > max || values?.length === 0) return undefined;
  return {
    min: values === undefined ? min : Math.min(...values),
    max: values === undefined ? max : Math.max(...values),
    isInteger: left.isInteger || right.isInteger,
    ...(values === undefined ? {} : { values }),
    ...(left.isInexact === true || right.isInexact === true ? { isInexact: true } : {}),
  };
}

function meetItems(left: Items, right: Items): Items | undefined {
  const min = Math.max(left.min, right.min);
  const max = Math.min(left.max, right.max);
  if (min > max) return undefined;
  const isUnique = left.isUnique === true || right.isUnique === true;
  return lazyItems(() => meet(left.item, right.item), {
    min,
    max,
    ...(isUnique ? { isUnique } : {}),
    ...(left.isPlain === true || right.isPlain === true ? { isPlain: true } : {}),
  });
}

function metShapes(left: readonly Shape[], right: readonly Shape[]): readonly Shape[] {
  const all = left.flatMap((one) => right.map((other) => metShape(one, other)));
  return all.length > MOST_SHAPES ? [merged(all)] : all;
}

function metShape(left: Shape, right: Shape): Shape {
  if (left === right) return left;
  const names = new Set([...left.fields.keys(), ...right.fields.keys()]);
  const fields = new Map<string, Field>();
  for (const name of names) {
    const isRequired = [left, right].some((one) => one.fields.get(name)?.isRequired === true);
    fields.set(
      name,
      lazyField(() => present(meet(present(fieldType(left, name)), present(fieldType(right, name)))), {
        isRequired,
      }),
    );
  }
  const rest = left.rest === undefined || right.rest === undefined ? undefined : meet(left.rest, right.rest);
  return { fields, rest, isListed: left.isListed || right.isListed };
}
