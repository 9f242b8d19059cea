/** What the built-ins on arrays make: joined, different, the largest. */
import { join } from "./join.ts";
import { ANY, NEVER, arrayOf, isEmpty, nothingOf, numberOf, optional, present } from "./lattice.ts";
import type { Type } from "./lattice.ts";
import { causesOf, collapsed, countOf } from "./truth.ts";

export function sumOf(items: Type): Type {
  const { item, min, max } = countOf(items);
  const number = item.number;
  if (number === undefined || item.isAny) return numberOf();
  const times = (value: number, count: number): number => (value === 0 || count === 0 ? 0 : value * count);
  return numberOf({
    min: number.min >= 0 ? times(number.min, min) : times(number.min, max),
    max: number.max <= 0 ? times(number.max, min) : times(number.max, max),
    isInteger: number.isInteger,
  });
}

export function appendedType(left: Type, right: Type): Type {
  if (left.isAny || right.isAny) return ANY;
  const both = causesOf(left, right);
  const [one, other] = [countOf(left), countOf(right)];
  const isMissing = left.nothing !== undefined && right.nothing !== undefined;
  let type: Type = NEVER;
  const [left2, right2] = [present(left), present(right)];
  if (!isEmpty(left2) && !isEmpty(right2)) {
    const [a, b] = [countOf(left2), countOf(right2)];
    type = arrayOf(join(a.item, b.item), a.min + b.min, a.max + b.max, { isPlain: true });
  }
  if (left.nothing !== undefined && !isEmpty(other.item)) type = join(type, right2);
  if (right.nothing !== undefined && !isEmpty(one.item)) type = join(type, left2);
  return isMissing ? optional(type, ...(both ?? [])) : type;
}

export function extreme([items = nothingOf()]: readonly Type[], isKept = true): Type {
  const { item, min } = countOf(present(items));
  const number = item.number;
  const made =
    number === undefined || item.isAny
      ? numberOf()
      : numberOf({ min: number.min, max: number.max, isInteger: isKept && number.isInteger });
  return min > 0 ? made : optional(made, "there may be no numbers");
}

export function distinctType(items: Type): Type {
  const { array } = items;
  const alone = present({ ...items, array: undefined });
  if (items.isAny || array === undefined) return present(items);
  const least = Math.min(1, array.min);
  const many: Type =
    array.isPlain === true
      ? arrayOf(array.item, least, array.max, { isUnique: true, isPlain: true })
      : collapsed({ item: array.item, min: least, max: array.max, isUnique: true });
  return isEmpty(alone) ? { ...many, nothing: least === 0 ? many.nothing : undefined } : join(alone, many);
}
