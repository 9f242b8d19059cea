/** What the built-in functions make of arguments that fit. */
import { isoMillis } from "../functions/iso-time.ts";
import type { Node } from "../jsonata.ts";
import { callbackType } from "./callbacks.ts";
import { appendedType, distinctType, extreme, sumOf } from "./item-functions.ts";
import { merged } from "./join.ts";
import {
  ANY,
  NEVER,
  arrayOf,
  boolOf,
  isEmpty,
  isNever,
  kindsOf,
  nothingOf,
  numberOf,
  onlyKinds,
  optional,
  present,
  shapeType,
  textType,
} from "./lattice.ts";
import type { Numbers, Type } from "./lattice.ts";
import { lookupType, namesOf } from "./object-functions.ts";
import type { Env } from "./scope.ts";
import type { Session } from "./session.ts";
import {
  inCase,
  isContained,
  joinedText,
  ofParts,
  lengthType,
  replacedText,
  splitText,
  substringText,
  trimmedText,
} from "./text-functions.ts";
import { BLANKS, SOME_TEXT, textsOf } from "./texts.ts";
import type { Texts } from "./texts.ts";
import { asArray, canBeFalse, canBeTrue, collapsed, countOf, falsy } from "./truth.ts";
import { writtenText } from "./written.ts";

/** What a built-in makes; nothing of nothing, for almost all of them. */
export function madeBy(name: string, args: readonly Type[], node: Node, env: Env, session: Session): Type {
  const called = callbackType(name, args, node, env, session);
  if (called !== undefined) return called;
  const [first = nothingOf("it is not given")] = args;
  const whole = OF_WHOLE[name];
  if (whole !== undefined) return whole(args);
  if (isEmpty(present(first)) && !first.isAny && args.length > 0)
    return first.nothing === undefined ? NEVER : first;
  const made = (MAKERS[name] ?? (() => ANY))(args);
  return first.nothing === undefined || args.length === 0 ? made : optional(made, ...first.nothing);
}

type Maker = (args: readonly Type[]) => Type;

const textIn = (type: Type | undefined): Texts => type?.text ?? SOME_TEXT;

const ofText =
  (change: (text: Texts, args: readonly Type[]) => Texts): Maker =>
  (args) =>
    textType(change(textIn(args[0]), args));

const volatile = (text: Texts): Type => textType({ ...text, isVolatile: true });

/** Of a number: between the same bounds, made whole. */
const rounded =
  (change: (value: number) => number): Maker =>
  ([value]) => {
    const number = value?.number;
    if (number === undefined) return numberOf({ isInteger: true });
    const { isVolatile } = number;
    return numberOf({
      min: change(number.min),
      max: change(number.max),
      isInteger: true,
      ...(number.values === undefined ? {} : { values: [...new Set(number.values.map(change))] }),
      ...(isVolatile === undefined ? {} : { isVolatile }),
    });
  };

/** Functions that look at what is missing too. */
const OF_WHOLE: Readonly<Record<string, Maker>> = {
  count: ([items = nothingOf()]) => {
    if (items.isAny) return numberOf({ min: 0, isInteger: true });
    const { min, max } = countOf(items);
    return numberOf({ min, max, isInteger: true, ...(min === max ? { values: [min] } : {}) });
  },
  exists: ([value = nothingOf()]) =>
    boolOf((isNever(present(value)) ? 0 : 2) | (value.nothing === undefined ? 0 : 1)),
  append: ([left = nothingOf(), right = nothingOf()]) => appendedType(left, right),
  sum: ([items = nothingOf()]) => optionalLike(items, sumOf(items)),
  type: ([value = nothingOf()]) => kindText(value),
  boolean: ([value = nothingOf()]) => truthType(value, false),
  not: ([value = nothingOf()]) => truthType(value, true),
  error: () => NEVER,
  assert: () => nothingOf("`$assert` makes nothing"),
  now: () => volatile({ ...SOME_TEXT, isSolid: true }),
  millis: () => numberOf({ min: 0, isInteger: true, isVolatile: true }),
  random: () => numberOf({ min: 0, max: 1, isVolatile: true }),
  uuid: () => volatile({ ...SOME_TEXT, min: 36, max: 36, isSolid: true, without: BLANKS, format: "uuid" }),
  zip: () => arrayOf(arrayOf(ANY), 0, Infinity, { isPlain: true }),
};

function truthType(value: Type, isOpposite: boolean): Type {
  const there = present(value);
  const isTrue = canBeTrue(there);
  const isFalse = canBeFalse(there) || (there.calls.length > 0 && !isNever(falsy(there)));
  const bool = isOpposite ? (isTrue ? 1 : 0) | (isFalse ? 2 : 0) : (isTrue ? 2 : 0) | (isFalse ? 1 : 0);
  return { ...boolOf(bool), nothing: value.nothing };
}

const optionalLike = (from: Type, type: Type): Type => ({ ...type, nothing: from.nothing });

function kindText(value: Type): Type {
  const names: Readonly<Record<string, string>> = {
    l: "null",
    s: "string",
    n: "number",
    b: "boolean",
    a: "array",
    o: "object",
    f: "function",
  };
  const kinds = value.isAny ? Object.keys(names) : [...kindsIn(value)];
  const made = kinds.length === 0 ? NEVER : textType(textsOf(...kinds.map((kind) => names[kind]!)));
  return value.nothing === undefined ? made : optional(made, ...value.nothing);
}

const kindsIn = (value: Type): string =>
  [..."lsnbaof"].filter((kind) => !isNever(present(onlyKinds(value, kind)))).join("");

/** `created * 1000` as a time: of the years 0 to 9999 it is written as ISO 8601 has it. */
function timeText(number: Numbers | undefined, hasPicture: boolean): Texts {
  const isOrdinary =
    number !== undefined && number.min >= -62_167_219_200_000 && number.max <= 253_402_300_799_999;
  const more = number?.isVolatile === true ? { isVolatile: true } : {};
  if (hasPicture) return { ...SOME_TEXT, ...more };
  const facts = { ...SOME_TEXT, min: 24, max: isOrdinary ? 24 : 27, without: BLANKS, isSolid: true, ...more };
  return isOrdinary ? { ...facts, format: "date-time" } : facts;
}

/** Whether arrays stay what they are: of less than two items `$sort` and the like give back what they got. */
const sameItems: Maker = ([items = nothingOf()]) => asArray(present(items));

const MAKERS: Readonly<Record<string, Maker>> = {
  string: ([value = nothingOf()]) => textType(writtenText(present(value))),
  length: ([text]) => lengthType(text?.text),
  substring: ofText((text, [, start, count]) =>
    substringText(text, start?.number, count?.number, count !== undefined && count.nothing === undefined),
  ),
  substringBefore: ofText((text) => ({
    ...SOME_TEXT,
    max: text.max,
    without: text.values === undefined ? text.without : textsOf(...text.values).without,
  })),
  substringAfter: ofText((text) => ({
    ...SOME_TEXT,
    max: text.max,
    without: text.values === undefined ? text.without : textsOf(...text.values).without,
  })),
  lowercase: ofText((text) => inCase(text, false)),
  uppercase: ofText((text) => inCase(text, true)),
  trim: ofText(trimmedText),
  pad: ofText((text, [, width]) => ({
    ...SOME_TEXT,
    min: text.min,
    max: Math.max(
      text.max,
      Math.abs(width?.number?.min ?? Infinity),
      Math.abs(width?.number?.max ?? Infinity),
    ),
  })),
  join: ([items = nothingOf(), separator]) => {
    const { item, min, max } = countOf(items);
    const by = separator === undefined ? textsOf("") : textIn(separator);
    const whole = joinedText(item.isAny ? SOME_TEXT : item.text, min, max, by);
    return textType(
      kindsOf(items) === "a" ? ofParts(whole, items.array?.parts ?? [], { min, max }, by) : whole,
    );
  },
  replace: ([text, pattern = ANY, by = ANY]) => textType(replacedText(textIn(text), pattern, by)),
  split: ([text, separator = ANY, limit]) => splitText(textIn(text), separator, limit !== undefined),
  contains: ([text, part = ANY]) => isContained(text?.text, part),
  match: () => collapsed({ item: MATCH, min: 0, max: Infinity, causes: ["there may be no match"] }),
  base64encode: ofText((text) => ({ ...SOME_TEXT, min: Math.min(1, text.min) })),
  base64decode: ofText(() => SOME_TEXT),
  encodeUrlComponent: ofText((text) => ({
    ...SOME_TEXT,
    min: text.min,
    max: text.max * 9,
    without: BLANKS,
    isSolid: text.min > 0,
  })),
  encodeUrl: ofText((text) => ({
    ...SOME_TEXT,
    min: text.min,
    max: text.max * 9,
    without: BLANKS,
    isSolid: text.min > 0,
  })),
  decodeUrlComponent: ofText((text) => ({ ...SOME_TEXT, max: text.max })),
  decodeUrl: ofText((text) => ({ ...SOME_TEXT, max: text.max })),
  number: ([value]) =>
    value?.text === undefined && value?.bool === 0 && value.number !== undefined
      ? { ...NEVER, number: value.number }
      : numberOf(),
  floor: rounded(Math.floor),
  ceil: rounded(Math.ceil),
  abs: ([value]) => numberOf({ min: 0, isInteger: value?.number?.isInteger === true }),
  round: ([, precision]) => numberOf({ isInteger: precision === undefined }),
  sqrt: () => numberOf({ min: 0 }),
  power: () => numberOf(),
  max: (args) => extreme(args),
  min: (args) => extreme(args),
  average: (args) => extreme(args, false),
  formatBase: ofText(() => ({ ...SOME_TEXT, min: 1, isSolid: true, without: BLANKS })),
  formatNumber: ofText(() => ({ ...SOME_TEXT, min: 1 })),
  formatInteger: ofText(() => ({ ...SOME_TEXT, min: 0 })),
  parseInteger: () => numberOf({ isInteger: true }),
  fromMillis: ([millis, picture]) => textType(timeText(millis?.number, picture !== undefined)),
  toMillis: ([text, picture]) => {
    const [only, ...more] = text?.text?.values ?? [];
    const exact =
      only === undefined || more.length > 0 || picture !== undefined ? undefined : isoMillis(only);
    const made = numberOf({ isInteger: true, ...(exact === undefined ? {} : { min: exact, max: exact }) });
    return picture === undefined ? made : optional(made, "the time may not be written as the picture says");
  },
  reverse: sameItems,
  shuffle: sameItems,
  sort: sameItems,
  distinct: ([items = nothingOf()]) => distinctType(items),
  keys: ([value = nothingOf()]) => {
    const { names, min, max } = namesOf(value);
    return collapsed({ item: textType(names), min, max, causes: ["there may be no fields"], isUnique: true });
  },
  lookup: ([value = nothingOf(), name]) => lookupType(value, name?.text?.values),
  merge: ([items = nothingOf()]) => {
    const { item, min } = countOf(items);
    if (item.isAny || item.shapes.length === 0) return onlyKinds(present(ANY), "o");
    const shape = merged(item.shapes);
    if (min > 0) return shapeType(shape);
    return shapeType({
      ...shape,
      fields: new Map([...shape.fields].map(([name, field]) => [name, { ...field, isRequired: false }])),
    });
  },
  spread: () => ({ ...ANY, isNull: false }),
  clone: ([value = nothingOf()]) => present(value),
};

const MATCH: Type = shapeType({
  fields: new Map([
    ["match", { type: textType(SOME_TEXT), isRequired: true }],
    ["index", { type: numberOf({ min: 0, isInteger: true }), isRequired: true }],
    [
      "groups",
      {
        type: arrayOf({ ...optional(textType(SOME_TEXT)), isNull: true }, 0, Infinity, { isPlain: true }),
        isRequired: true,
      },
    ],
  ]),
  rest: undefined,
  isListed: false,
});
