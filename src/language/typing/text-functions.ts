/** What the built-ins on texts make, with what is known of the text's length and letters. */
import type { Node } from "../jsonata.ts";
import { matchLengths, replacedBlanks } from "./pattern-shape.ts";
import { BLANKS, SOME_TEXT, lacks, lengthOf, mapTexts, partOf, textsOf } from "./texts.ts";
import type { Texts } from "./texts.ts";
import { arrayOf, boolOf, numberOf, textType } from "./lattice.ts";
import type { Type } from "./lattice.ts";
import type { Items, Numbers } from "./lattice.ts";

/** `$lowercase`, `$uppercase`: a letter may become two, or three. */
export function inCase(text: Texts, isUpper: boolean): Texts {
  const exact = mapTexts(text, (one) => (isUpper ? one.toUpperCase() : one.toLowerCase()));
  if (exact !== undefined) return exact;
  return { ...partOf(text, text.min, text.max * (isUpper ? 3 : 2)), isSolid: text.isSolid };
}

const trim = (text: string): string =>
  text
    .replaceAll(/[ \t\n\r]+/g, " ")
    .replace(/^ /, "")
    .replace(/ $/, "");

/** `$trim`. */
export function trimmedText(text: Texts): Texts {
  const exact = mapTexts(text, trim);
  if (exact !== undefined) return exact;
  const without = [...new Set([...text.without, "\t", "\n", "\r"])].join("");
  const kept = partOf(text, text.isSolid ? 1 : 0, text.max);
  const begins = trim(text.prefix);
  return { ...kept, without, isSolid: text.isSolid, prefix: /^[ \t\n\r]*$/.test(text.prefix) ? "" : begins };
}

/** `$substring(text, start, count)`. */
export function substringText(
  text: Texts,
  start: Numbers | undefined,
  count: Numbers | undefined,
  hasCount: boolean,
): Texts {
  const from = start?.values?.length === 1 ? start.values[0]! : undefined;
  const max = hasCount ? Math.max(0, Math.min(text.max, count?.max ?? Infinity)) : text.max;
  if (from === undefined || from < 0) return partOf(text, 0, max);
  const left = Math.max(0, text.min - from);
  const min = hasCount ? Math.max(0, Math.min(left, Math.floor(count?.min ?? 0))) : left;
  const kept = partOf(text, min, Math.max(0, Math.min(max, Math.max(0, text.max - from))));
  // Of what it begins with, as much as is surely taken.
  return from === 0 && hasCount && count !== undefined
    ? { ...kept, prefix: [...text.prefix].slice(0, Math.max(0, Math.floor(count.min))).join("") }
    : kept;
}

/** `$join(items, separator)`. */
export function joinedText(item: Texts | undefined, min: number, max: number, separator: Texts): Texts {
  if (item === undefined || max === 0) return textsOf("");
  const gaps = (count: number): number => Math.max(0, count - 1);
  const times = (length: number, count: number): number => (length === 0 || count === 0 ? 0 : length * count);
  const hasGaps = max > 1;
  const lacking = [...new Set([...BLANKS, ...item.without, ...separator.without])];
  return {
    ...SOME_TEXT,
    min: times(item.min, min) + times(separator.min, gaps(min)),
    max: times(item.max, max) + times(separator.max, gaps(max)),
    prefix: min > 0 ? item.prefix : "",
    without: lacking
      .filter((letter) => lacks(item, letter) && (!hasGaps || lacks(separator, letter)))
      .join(""),
    isSolid: min > 0 && item.isSolid,
    ...(item.isVolatile === true ? { isVolatile: true } : {}),
  };
}

/** The same of entries that are written out one by one: each counts for itself. */
export function ofParts(
  whole: Texts,
  parts: readonly Pick<Items, "item" | "min" | "max">[],
  { min, max }: { readonly min: number; readonly max: number },
  separator: Texts,
): Texts {
  if (parts.length === 0 || whole.values !== undefined) return whole;
  const sum = (of: "min" | "max"): number =>
    parts.reduce((length, part) => {
      const { text } = part.item;
      const one = part.max === 0 ? 0 : part.item.isAny ? (of === "min" ? 0 : Infinity) : (text?.[of] ?? 0);
      return length + (one === 0 || part[of] === 0 ? 0 : one * part[of]);
    }, 0);
  return {
    ...whole,
    min: Math.max(whole.min, sum("min") + separator.min * Math.max(0, min - 1)),
    max: Math.min(whole.max, sum("max") + separator.max * Math.max(0, max - 1)),
    isSolid: whole.isSolid || parts.some((part) => part.min > 0 && part.item.text?.isSolid === true),
  };
}

/** A regular expression that is written out. */
export function patternOf(type: Type): { readonly source: string; readonly flags: string } | undefined {
  const [only, ...more] = type.calls;
  if (only?.kind !== "regex" || more.length > 0 || type.text !== undefined) return undefined;
  const value = (only.node as Node).value as { readonly source: string; readonly flags: string };
  return typeof value.source === "string" ? value : undefined;
}

/** `$replace(text, pattern, by)`. */
export function replacedText(text: Texts, pattern: Type, by: Type): Texts {
  const what = pattern.text?.values;
  const instead = by.text;
  const isTextAlone = pattern.calls.length === 0 && !pattern.isAny;
  if (isTextAlone && what?.length === 1 && what[0] !== "" && instead?.values?.length === 1) {
    const exact = mapTexts(text, (one) => one.split(what[0]!).join(instead.values![0]!));
    if (exact !== undefined) return exact;
    const [from, to] = [lengthOf(what[0]!), instead.max];
    const isShrinking = to < from;
    return {
      ...partOf(
        text,
        isShrinking ? Math.min(1, text.min) * Math.min(1, to) : text.min,
        Math.floor(text.max * Math.max(1, to / from)),
      ),
      without: withoutAfter(text, instead, what[0]!),
      isSolid: text.isSolid && instead.isSolid,
      prefix: text.prefix.includes(what[0]!) || what[0]!.length > 1 ? "" : text.prefix,
    };
  }
  const regex = patternOf(pattern);
  if (regex === undefined || instead === undefined || by.calls.length > 0) return { ...SOME_TEXT, min: 0 };
  return replacedPattern(text, regex, instead);
}

/** Characters that the result surely lacks: those that both lack, and the one that was replaced. */
function withoutAfter(text: Texts, instead: Texts, what: string): string {
  const gone = lengthOf(what) === 1 ? [what] : [];
  return [...new Set([...text.without, ...instead.without, ...gone])]
    .filter((letter) => (lacks(text, letter) || gone.includes(letter)) && lacks(instead, letter))
    .join("");
}

function replacedPattern(
  text: Texts,
  { source, flags }: { source: string; flags: string },
  instead: Texts,
): Texts {
  const { min } = matchLengths(source);
  const isPlain = flags.replace("g", "") === "";
  const groups =
    instead.values === undefined
      ? undefined
      : Math.max(...instead.values.map((one) => one.match(/\$/g)?.length ?? 0));
  const literal = instead.max;
  // A match that is empty ends the search, but for the first one.
  const times = min === 0 ? text.max + 1 : Math.floor(text.max / min);
  const max =
    groups === undefined
      ? Infinity
      : groups === 0
        ? shorter(text.max, min, literal)
        : text.max * Math.max(1, groups) + literal * times;
  const gone = isPlain ? replacedBlanks(source) : "";
  const without = [...new Set([...text.without, ...instead.without, ...gone])]
    .filter((letter) => (lacks(text, letter) || gone.includes(letter)) && lacks(instead, letter))
    .join("");
  return {
    ...partOf(
      text,
      instead.min > 0 && groups === 0 ? Math.min(1, text.min) : 0,
      Number.isNaN(max) ? Infinity : max,
    ),
    without: groups === 0 ? without : "",
  };
}

/** All of it may be matches of the least length. */
const shorter = (max: number, least: number, literal: number): number =>
  least === 0 ? max + (max + 1) * literal : Math.floor(max * Math.max(1, literal / least));

/** `$split(text, separator)`. */
export function splitText(text: Texts, separator: Type, hasLimit: boolean): Type {
  const isEmptySeparator = separator.text?.values?.includes("") ?? separator.text?.min === 0;
  const surely = !hasLimit && !isEmptySeparator;
  const part: Texts = partOf(text, 0, text.max);
  return arrayOf(textType(part), surely ? 1 : 0, Infinity, { isPlain: true });
}

export const lengthType = (text: Texts | undefined): Type =>
  numberOf({ min: text?.min ?? 0, max: text?.max ?? Infinity, isInteger: true });

export const isContained = (text: Texts | undefined, part: Type): Type => {
  const wanted = part.text?.values;
  if (text?.values === undefined || wanted?.length !== 1 || part.calls.length > 0) return boolOf(3);
  const found = text.values.map((one) => one.includes(wanted[0]!));
  return boolOf((found.some(Boolean) ? 2 : 0) | (found.every(Boolean) ? 0 : 1));
};
