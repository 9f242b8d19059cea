/** Whether a value is in a type: what the analysis says is to be true of every value. */
import { linearRegExp } from "../../../src/core/pattern.ts";
import { fieldType } from "../../../src/language/typing/join.ts";
import { lengthOf } from "../../../src/language/typing/texts.ts";
import type { Texts } from "../../../src/language/typing/texts.ts";
import type { Shape, Type } from "../../../src/language/typing/lattice.ts";

/** Why a value is not in a type, with its path; undefined where it is. */
export function outOf(type: Type, value: unknown, path = "$"): string | undefined {
  if (value === undefined) return type.nothing === undefined ? `${path} is nothing` : undefined;
  if (value === null) return type.isNull ? undefined : `${path} is null`;
  if (type.isAny) return undefined;
  switch (typeof value) {
    case "boolean":
      return (type.bool & (value ? 2 : 1)) === 0 ? `${path} is ${String(value)}` : undefined;
    case "number": {
      const { number } = type;
      if (number === undefined) return `${path} is a number`;
      if (value < number.min || value > number.max)
        return `${path} is ${value}, not within ${number.min} and ${number.max}`;
      if (number.isInteger && !Number.isInteger(value)) return `${path} is ${value}, not whole`;
      return number.values?.includes(value) === false ? `${path} is ${value}` : undefined;
    }
    case "string":
      return type.text === undefined ? `${path} is text` : outOfTexts(type.text, value, path);
    default:
      return Array.isArray(value)
        ? outOfItems(type, value, path)
        : outOfShapes(type, value as Record<string, unknown>, path);
  }
}

function outOfTexts(texts: Texts, value: string, path: string): string | undefined {
  const shown = `${path} is ${JSON.stringify(value)}`;
  const length = lengthOf(value);
  if (texts.values?.includes(value) === false) return `${shown}, not one of ${JSON.stringify(texts.values)}`;
  if (length < texts.min || length > texts.max)
    return `${shown}, not of ${texts.min} to ${texts.max} letters`;
  if (!value.startsWith(texts.prefix))
    return `${shown} and does not begin with ${JSON.stringify(texts.prefix)}`;
  const held = [...texts.without].find((letter) => value.includes(letter));
  if (held !== undefined) return `${shown} and holds ${JSON.stringify(held)}`;
  if (texts.isSolid && !/\S/.test(value)) return `${shown}, which is blank`;
  return texts.matches.every((pattern) => linearRegExp(pattern, "").test(value))
    ? undefined
    : `${shown} and does not match`;
}

function outOfItems({ array }: Type, items: readonly unknown[], path: string): string | undefined {
  if (array === undefined) return `${path} is an array`;
  if (items.length < array.min || items.length > array.max)
    return `${path} has ${items.length} items, not ${array.min} to ${array.max}`;
  if (array.isUnique === true && new Set(items.map((one) => JSON.stringify(one))).size < items.length)
    return `${path} has an item twice`;
  for (const [at, item] of items.entries()) {
    const out = outOf(array.item, item, `${path}[${at}]`);
    if (out !== undefined) return out;
  }
  return undefined;
}

function outOfShapes(
  { shapes }: Type,
  value: Readonly<Record<string, unknown>>,
  path: string,
): string | undefined {
  let first: string | undefined = `${path} is an object`;
  for (const shape of shapes) {
    const out = outOfShape(shape, value, path);
    if (out === undefined) return undefined;
    first = out;
  }
  return first;
}

function outOfShape(
  shape: Shape,
  value: Readonly<Record<string, unknown>>,
  path: string,
): string | undefined {
  for (const name of new Set([...shape.fields.keys(), ...Object.keys(value)])) {
    const out = outOf(fieldType(shape, name), value[name], `${path}.${name}`);
    if (out !== undefined) return out;
  }
  return undefined;
}
