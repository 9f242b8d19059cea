/** Operators, and functions of jsonata's that return promises, for direct evaluation: for the operands that they know. */
import { bounded, isLambda, isTrue, sequenceOf, undecided, type Sequence } from "./direct-values.ts";

const numeric =
  (compute: (left: number, right: number) => number) =>
  (left: unknown, right: unknown): unknown => {
    if ((left !== undefined && !Number.isFinite(left)) || (right !== undefined && !Number.isFinite(right)))
      undecided();
    if (left === undefined || right === undefined) return undefined;
    const result = compute(left as number, right as number);
    return Number.isFinite(result) ? result : undecided();
  };

const compared =
  (compare: (left: string | number, right: string | number) => boolean) =>
  (left: unknown, right: unknown): unknown => {
    const kinds = [typeof left, typeof right];
    if (kinds.some((kind) => kind !== "string" && kind !== "number" && kind !== "undefined")) undecided();
    if (left === undefined || right === undefined) return undefined;
    return kinds[0] === kinds[1] ? compare(left as string, right as string) : undecided();
  };

/** Of `=` and `!=` only those with a literal on one side come here: nothing nested is compared. */
export const operators: Readonly<Record<string, (left: unknown, right: unknown) => unknown>> = {
  "+": numeric((left, right) => left + right),
  "-": numeric((left, right) => left - right),
  "*": numeric((left, right) => left * right),
  "/": numeric((left, right) => left / right),
  "%": numeric((left, right) => left % right),
  "<": compared((left, right) => left < right),
  "<=": compared((left, right) => left <= right),
  ">": compared((left, right) => left > right),
  ">=": compared((left, right) => left >= right),
  "=": (left, right) => left !== undefined && right !== undefined && left === right,
  in: (left, right) => left !== undefined && right !== undefined && [right].flat().includes(left),
  "!=": (left, right) => left !== undefined && right !== undefined && left !== right,
};

/** A function on validated arguments. */
export type Own = (args: readonly unknown[]) => unknown;

/** By jsonata's name without `$`; each gets validated arguments. */
export const own: Readonly<Record<string, Own>> = {
  map: ([items, apply]) =>
    overItems(items, apply, (found, result) => result !== undefined && found.push(result)),
  filter: ([items, apply]) =>
    overItems(items, apply, (found, result, item) => isTrue(result) && found.push(item)),
  contains: ([text, part]) => {
    if (text === undefined) return undefined;
    return typeof text === "string" && typeof part === "string" ? text.includes(part) : undecided();
  },
  split: ([text, separator, limit]) => {
    if (text === undefined) return undefined;
    if (typeof text !== "string" || typeof separator !== "string") return undecided();
    return separator !== "" && limit === undefined ? bounded(text.split(separator)) : undecided();
  },
};

function overItems(
  items: unknown,
  apply: unknown,
  take: (found: Sequence, result: unknown, item: unknown) => unknown,
): unknown {
  if (items === undefined) return undefined;
  if (!Array.isArray(items) || !isLambda(apply)) return undecided();
  const found = sequenceOf();
  items.forEach((item, at) => {
    const args = [item, at, items].slice(0, Math.max(1, Math.min(3, apply.parameters)));
    take(found, apply(args, null), item);
  });
  return bounded(found);
}
