/** What is left of a value where its size, its kind or its equality to another is known. */
import { meetNumbers } from "./join.ts";
import { kindsOf, onlyKinds, present } from "./lattice.ts";
import type { Type } from "./lattice.ts";
import { SOME_TEXT, meetTexts, textsOf } from "./texts.ts";
import { bounded } from "./truth.ts";

/** The bounds of a whole number or a text's length; for other numbers the bound itself is left in. */
export function bounds(operator: string, least: number, most: number): { min: number; max: number } {
  switch (operator) {
    case ">":
      return { min: Number.isInteger(least) ? least + 1e-9 : least, max: Infinity };
    case ">=":
      return { min: least, max: Infinity };
    case "<":
      return { min: -Infinity, max: Number.isInteger(most) ? most - 1e-9 : most };
    default:
      return { min: -Infinity, max: most };
  }
}

export function counted(type: Type, min: number, max: number): Type {
  if (type.isAny) return min > 0 ? present(type) : type;
  const alone = min <= 1 && max >= 1 ? type : onlyKinds(type, "am");
  return {
    ...alone,
    nothing: min <= 0 ? type.nothing : undefined,
    array: type.array && bounded(type.array, min, max),
  };
}

export function sized(type: Type, min: number, max: number, isTrue: boolean): Type {
  return {
    ...type,
    nothing: isTrue ? undefined : type.nothing,
    text: type.text && meetTexts(type.text, { ...SOME_TEXT, min: Math.max(0, min), max }),
  };
}

export const isOnly = ({ text, number, ...other }: Type, value: string): boolean =>
  text?.values?.length === 1 &&
  text.values[0] === value &&
  number === undefined &&
  kindsOf({ ...other, text }) === "s";

export const solid = (type: Type): Type => ({
  ...type,
  text: type.text && { ...(meetTexts(type.text, { ...SOME_TEXT, min: 1 }) ?? SOME_TEXT), isSolid: true },
});

export const KINDS: Readonly<Record<string, string>> = {
  null: "l",
  string: "s",
  number: "n",
  boolean: "b",
  array: "a",
  object: "o",
  function: "f",
};

export function sameAs(type: Type, other: Type, isTrue: boolean): Type {
  if (type.isAny) return isTrue ? { ...onlyKinds(type, kindsOf(other)), from: type.from } : type;
  const kinds = [...kindsOf(other)].filter((kind) => kind !== "m").join("") + (isTrue ? "" : "m");
  const kept = other.isAny ? type : onlyKinds(type, kinds);
  return {
    ...kept,
    bool: other.isAny ? kept.bool : kept.bool & other.bool,
    number: kept.number && other.number ? meetNumbers(kept.number, other.number) : kept.number,
    text: kept.text && other.text ? meetTexts(kept.text, other.text) : kept.text,
  };
}

/** Without the one value that the other side surely is. */
export function otherThan(type: Type, other: Type): Type {
  const kinds = kindsOf(other);
  if (type.isAny) return kinds === "l" ? { ...type, isNull: false } : type;
  if (kinds === "l") return { ...type, isNull: false };
  if (kinds === "b" && other.bool !== 3) return { ...type, bool: type.bool & ~other.bool };
  if (kinds === "s" && other.text?.values?.length === 1) {
    const [value] = other.text.values;
    const { text } = type;
    if (text?.values !== undefined) {
      const values = text.values.filter((one) => one !== value);
      return { ...type, text: values.length === 0 ? undefined : textsOf(...values) };
    }
    return value === "" ? { ...type, text: text && meetTexts(text, { ...SOME_TEXT, min: 1 }) } : type;
  }
  if (kinds === "n" && other.number?.values?.length === 1) {
    const values = type.number?.values?.filter((one) => one !== other.number!.values![0]);
    if (values === undefined) return type;
    return { ...type, number: values.length === 0 ? undefined : { ...type.number!, values } };
  }
  return type;
}
