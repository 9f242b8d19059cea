/** What is known of a text: its length in code points, how it begins, what it matches, and which characters it lacks. */

export interface Texts {
  /** All that it may be, where they are few; the other facts hold for each. */
  readonly values?: readonly string[];
  readonly min: number;
  readonly max: number;
  readonly prefix: string;
  /** Characters that it surely lacks. */
  readonly without: string;
  /** Sources of patterns, without flags, that it surely matches. */
  readonly matches: readonly string[];
  readonly format?: string;
  /** Holds a character that is no blank. */
  readonly isSolid: boolean;
  /** Made of the clock or of chance. */
  readonly isVolatile?: boolean;
}

/** Texts that are told one by one. */
export const MOST_VALUES = 40;

export const SOME_TEXT: Texts = {
  min: 0,
  max: Infinity,
  prefix: "",
  without: "",
  matches: [],
  isSolid: false,
};

export const lengthOf = (text: string): number => [...text].length;

/** The characters that `\s` means. */
export const BLANKS =
  "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff";

const isSolidText = (text: string): boolean => [...text].some((letter) => !BLANKS.includes(letter));

/** Exactly these. */
export function textsOf(...values: readonly string[]): Texts {
  const all = [...new Set(values)];
  const lengths = all.map(lengthOf);
  const facts: Texts = {
    min: Math.min(...lengths),
    max: Math.max(...lengths),
    prefix: all.reduce(commonPrefix, all[0] ?? ""),
    without: [...BLANKS].filter((letter) => !all.some((one) => one.includes(letter))).join(""),
    matches: [],
    isSolid: all.every(isSolidText),
  };
  return all.length > MOST_VALUES ? facts : { ...facts, values: all };
}

function commonPrefix(left: string, right: string): string {
  let length = 0;
  while (length < left.length && left[length] === right[length]) length++;
  return left.slice(0, length);
}

export const lacks = (texts: Texts, letter: string): boolean =>
  texts.values === undefined
    ? texts.without.includes(letter)
    : !texts.values.some((one) => one.includes(letter));

/** Either. */
export function joinTexts(left: Texts, right: Texts): Texts {
  if (left === right) return left;
  const isVolatile = left.isVolatile === true || right.isVolatile === true;
  const more = isVolatile ? { isVolatile } : {};
  if (left.values !== undefined && right.values !== undefined)
    return { ...textsOf(...left.values, ...right.values), ...more };
  const format = left.format === right.format ? left.format : undefined;
  return {
    min: Math.min(left.min, right.min),
    max: Math.max(left.max, right.max),
    prefix: commonPrefix(left.prefix, right.prefix),
    without: bothLack(left, right),
    matches: left.matches.filter((one) => right.matches.includes(one)),
    isSolid: left.isSolid && right.isSolid,
    ...(format === undefined ? {} : { format }),
    ...more,
  };
}

const bothLack = (left: Texts, right: Texts): string =>
  [...new Set([...left.without, ...right.without])]
    .filter((letter) => lacks(left, letter) && lacks(right, letter))
    .join("");

/** Both at once; undefined where no text is. */
export function meetTexts(left: Texts, right: Texts): Texts | undefined {
  const values =
    left.values?.filter((one) => fits(one, right)) ?? right.values?.filter((one) => fits(one, left));
  if (values !== undefined) return values.length === 0 ? undefined : textsOf(...values);
  const min = Math.max(left.min, right.min);
  const max = Math.min(left.max, right.max);
  if (min > max) return undefined;
  const format = left.format ?? right.format;
  return {
    min,
    max,
    prefix: left.prefix.length >= right.prefix.length ? left.prefix : right.prefix,
    without: [...new Set([...left.without, ...right.without])].join(""),
    matches: [...new Set([...left.matches, ...right.matches])],
    isSolid: left.isSolid || right.isSolid,
    ...(format === undefined ? {} : { format }),
  };
}

function fits(text: string, texts: Texts): boolean {
  if (texts.values !== undefined) return texts.values.includes(text);
  const length = lengthOf(text);
  return length >= texts.min && length <= texts.max && text.startsWith(texts.prefix);
}

/** One behind the other. */
export function concatenated(left: Texts, right: Texts): Texts {
  const isVolatile = left.isVolatile === true || right.isVolatile === true;
  const more = isVolatile ? { isVolatile } : {};
  const { values } = left;
  if (
    values !== undefined &&
    right.values !== undefined &&
    values.length * right.values.length <= MOST_VALUES
  )
    return { ...textsOf(...values.flatMap((one) => right.values!.map((other) => one + other))), ...more };
  return {
    min: left.min + right.min,
    max: left.max + right.max,
    prefix: values?.length === 1 ? values[0]! + right.prefix : left.prefix,
    without: bothLack(left, right),
    matches: [],
    isSolid: left.isSolid || right.isSolid,
    ...more,
  };
}

/** Made of a text by a function that keeps of it no more than its letters: between `min` and `max` of them. */
export const partOf = (texts: Texts, min: number, max: number): Texts => ({
  min: Math.max(0, min),
  max,
  prefix: "",
  without: texts.values === undefined ? texts.without : textsOf(...texts.values).without,
  matches: [],
  isSolid: false,
  ...(texts.isVolatile === true ? { isVolatile: true } : {}),
});

/** What a function makes of the few that it may be; undefined where they are not few. */
export function mapTexts(texts: Texts, change: (text: string) => string): Texts | undefined {
  if (texts.values === undefined) return undefined;
  const made = textsOf(...texts.values.map(change));
  return texts.isVolatile === true ? { ...made, isVolatile: true } : made;
}
