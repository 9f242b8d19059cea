/** What of a type counts as true, what as false, and sequences that collapse. */
import { join } from "./join.ts";
import { NEVER, arrayOf, isEmpty, isNever, mergedCauses, optional, present } from "./lattice.ts";
import type { Cause, Items, Numbers, Shape, Type } from "./lattice.ts";
import { meetTexts, SOME_TEXT, textsOf } from "./texts.ts";

/** What is left where the value counts as true. */
export function truthy(type: Type): Type {
  if (type.isAny) return { ...type, nothing: undefined, isNull: false };
  const item = type.array === undefined ? undefined : truthyItems(type.array);
  return {
    ...type,
    nothing: undefined,
    isNull: false,
    bool: type.bool & 2,
    number: type.number && nonZero(type.number),
    text: type.text && meetTexts(type.text, { ...SOME_TEXT, min: 1 }),
    array: item,
    shapes: type.shapes.filter((shape) => shape.rest !== undefined || shape.fields.size > 0),
    calls: [],
  };
}

function truthyItems(items: Items): Items | undefined {
  if (items.max === 0 || isNever(truthy(items.item))) return undefined;
  return { ...flagsOf(items), item: items.item, min: Math.max(1, items.min), max: items.max };
}

const flagsOf = ({ isUnique, isPlain, isNested }: Items): Partial<Items> => ({
  ...(isUnique === true ? { isUnique } : {}),
  ...(isPlain === true ? { isPlain } : {}),
  ...(isNested === true ? { isNested } : {}),
});

/** The same array with other bounds; undefined where none is left. */
export function bounded(items: Items, min: number, max: number): Items | undefined {
  const [least, most] = [Math.max(items.min, min), Math.min(items.max, max)];
  return least > most ? undefined : { ...flagsOf(items), item: items.item, min: least, max: most };
}

function nonZero(number: Numbers): Numbers | undefined {
  const values = number.values?.filter((one) => one !== 0);
  if (values !== undefined)
    return values.length === 0
      ? undefined
      : { ...number, values, min: Math.min(...values), max: Math.max(...values) };
  if (number.min === 0 && number.max === 0) return undefined;
  const isCount = number.isInteger && number.min === 0;
  return isCount ? { ...number, min: 1 } : number;
}

/** What is left where the value counts as false. */
export function falsy(type: Type): Type {
  if (type.isAny) return type;
  const { number, text, array } = type;
  const holdsZero =
    number !== undefined && (number.values?.includes(0) ?? (number.min <= 0 && number.max >= 0));
  const holdsEmpty = text !== undefined && (text.values?.includes("") ?? text.min === 0);
  return {
    ...type,
    bool: type.bool & 1,
    number: holdsZero ? { ...number, min: 0, max: 0, values: [0] } : undefined,
    text: holdsEmpty && !text.isSolid && text.prefix === "" ? textsOf("") : undefined,
    array: array && falsyItems(array),
    shapes: type.shapes.filter(mayBeBare),
  };
}

function falsyItems(items: Items): Items | undefined {
  return isNever(falsy(items.item)) ? bounded(items, 0, 0) : items;
}

const mayBeBare = (shape: Shape): boolean =>
  [...shape.fields.values()].every(({ isRequired }) => !isRequired);

export const canBeTrue = (type: Type): boolean => !isNever(truthy(type));

export const canBeFalse = (type: Type): boolean => !isNever(falsy(type));

/** A sequence: how many items, and why there may be none. */
export interface Sequence {
  readonly item: Type;
  readonly min: number;
  readonly max: number;
  readonly causes?: readonly Cause[];
  readonly isUnique?: boolean;
}

/** What is left of a sequence when its node is done: nothing, one item, or an array of several. */
export function collapsed({ item, min, max, causes = [], isUnique }: Sequence): Type {
  const bare = present(item);
  let type: Type = NEVER;
  if (max >= 2 && !isEmpty(bare))
    type = {
      ...arrayOf(bare, Math.max(2, min), max, isUnique === true ? { isUnique } : {}),
      from: bare.from,
    };
  if (min <= 1 && max >= 1) type = join(type, bare);
  return min === 0 || isEmpty(bare) ? optional(type, ...causes) : type;
}

/** An item, with the path that its array came from. */
export const itemOf = ({ item }: Items, from: string | undefined): Type =>
  item.from !== undefined || from === undefined ? item : { ...item, from };

/** How many items a value is, where it is gone through. */
export function countOf(type: Type): { readonly item: Type; readonly min: number; readonly max: number } {
  const { array } = type;
  const alone = present({ ...type, array: undefined });
  const hasAlone = !isEmpty(alone);
  if (type.isAny) return { item: present(type), min: 0, max: Infinity };
  let item = hasAlone ? alone : NEVER;
  let min = type.nothing !== undefined ? 0 : Infinity;
  let max = 0;
  if (hasAlone) {
    min = Math.min(min, 1);
    max = 1;
  }
  if (array !== undefined) {
    if (array.max > 0) item = join(item, itemOf(array, type.from));
    min = Math.min(min, array.min);
    max = Math.max(max, array.max);
  }
  return { item, min: min === Infinity ? 0 : min, max };
}

/** The value where `[]` is put behind it, or where a function takes an array: one is an array of one. */
export function asArray(type: Type): Type {
  if (type.isAny) return { ...arrayOf(present(type)), nothing: type.nothing };
  const alone = present({ ...type, array: undefined });
  if (isEmpty(alone)) return type;
  const one = arrayOf({ ...alone, from: undefined }, 1, 1, { isPlain: true });
  const array = type.array === undefined ? one : join(one, { ...NEVER, array: type.array });
  return { ...array, nothing: type.nothing, from: type.from };
}

/** Causes of a value that may be missing, for what is made of it. */
export const causesOf = (...types: readonly Type[]): readonly Cause[] | undefined =>
  types.reduce<readonly Cause[] | undefined>((found, { nothing }) => mergedCauses(found, nothing), undefined);
