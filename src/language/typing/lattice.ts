/**
 * What is known of a value before a rule runs: which kinds of JSON it may be, and what is sure of each. A type says too much
 * rather than too little: every value that can be is in it.
 */
import type { Node } from "../jsonata.ts";
import type { Texts } from "./texts.ts";

/** Why there may be nothing where a value is wanted: a part of a sentence. */
export type Cause = string;

export interface Numbers {
  readonly min: number;
  readonly max: number;
  readonly isInteger: boolean;
  /** All that it may be, where they are few. */
  readonly values?: readonly number[];
  /** Made of the clock or of chance. */
  readonly isVolatile?: boolean;
  /** An id that JSON's numbers cannot hold exactly. */
  readonly isInexact?: boolean;
}

export interface Items {
  readonly item: Type;
  readonly min: number;
  readonly max: number;
  readonly isUnique?: boolean;
  /** Surely no sequence, which would collapse to its only item. */
  readonly isPlain?: boolean;
  /** Written as an array at the end of a path: not flattened. */
  readonly isNested?: boolean;
  /** What its entries are, one by one, where it is written out. */
  readonly parts?: readonly Pick<Items, "item" | "min" | "max">[];
}

/** A field of an object; its type is worked out when somebody asks. */
export interface Field {
  readonly type: Type;
  readonly isRequired: boolean;
  /** Position of the key in the rule, where the rule makes the object. */
  readonly at?: number;
  /** Asked for, though no schema names it. */
  readonly isUndeclared?: boolean;
  /** Why it may be missing. */
  readonly causes?: readonly Cause[];
}

/** A kind of object. */
export interface Shape {
  readonly fields: ReadonlyMap<string, Field>;
  /** Of fields that are not named; undefined: there are none. */
  readonly rest: Type | undefined;
  /** The names are listed in a schema: another one is likely a mistake. */
  readonly isListed: boolean;
  /** Position in the rule that makes it. */
  readonly at?: number;
}

/** A variable, with the expression that made it where that is known. */
export interface Binding {
  type: Type;
  readonly node?: Node | undefined;
  readonly env?: Env | undefined;
  /** Stays the same where only the type is narrowed. */
  readonly id: object;
  /** Loops around the place where it was bound. */
  readonly loop: number;
}

export interface Env {
  /** `$` */
  readonly input: Type;
  /** Stays the same where only the type of `$` is narrowed. */
  readonly context: object;
  readonly vars: Map<string, Binding>;
  readonly around: Env | undefined;
  /** Names bound by `:=` go here; false for what only narrows. */
  readonly isScope: boolean;
  /** Unbounded loops around. */
  readonly loop: number;
  /** Inside of something that may not be evaluated: what is bound here may not be. */
  readonly isUnsure: boolean;
}

/** A function. */
export type Callee =
  | { readonly kind: "lambda"; readonly node: Node; readonly env: Env }
  | { readonly kind: "builtin"; readonly name: string }
  | { readonly kind: "regex"; readonly node: Node }
  | { readonly kind: "transform"; readonly node: Node; readonly env: Env }
  | { readonly kind: "partial"; readonly of: Type; readonly given: readonly (Type | undefined)[] }
  | { readonly kind: "chain"; readonly first: Type; readonly second: Type };

export interface Type {
  /** Defined where there may be nothing. */
  readonly nothing?: readonly Cause[] | undefined;
  readonly isNull: boolean;
  /** 1 for false, 2 for true, both or none. */
  readonly bool: number;
  readonly number?: Numbers | undefined;
  readonly text?: Texts | undefined;
  readonly array?: Items | undefined;
  readonly shapes: readonly Shape[];
  readonly calls: readonly Callee[];
  /** Anything but null and nothing, which are told for themselves. */
  readonly isAny: boolean;
  /** The path of the body that it came from, as it is. */
  readonly from?: string | undefined;
}

/** No value at all: what is never reached. */
export const NEVER: Type = { isNull: false, bool: 0, shapes: [], calls: [], isAny: false };

/** Of which nothing is known. */
export const ANY: Type = { ...NEVER, isAny: true, isNull: true, nothing: ["nothing is known of it"] };

export const NUMBER: Numbers = { min: -Infinity, max: Infinity, isInteger: false };

const BOOLEAN: Type = { ...NEVER, bool: 3 };

export const nothingOf = (...causes: Cause[]): Type => ({ ...NEVER, nothing: causes });

export const boolOf = (bool: number): Type => (bool === 3 ? BOOLEAN : { ...NEVER, bool });

export const numberOf = (number: Partial<Numbers> = {}): Type => ({
  ...NEVER,
  number: { ...NUMBER, ...number },
});

export const textType = (text: Texts): Type => ({ ...NEVER, text });

export const arrayOf = (item: Type, min = 0, max = Infinity, more: Partial<Items> = {}): Type => ({
  ...NEVER,
  array: { item, min, max, ...more },
});

export const shapeType = (shape: Shape): Type => ({ ...NEVER, shapes: [shape] });

/** True where no value is left but, at most, nothing. */
export const isEmpty = (type: Type): boolean =>
  !type.isAny &&
  !type.isNull &&
  type.bool === 0 &&
  type.number === undefined &&
  type.text === undefined &&
  type.array === undefined &&
  type.shapes.length === 0 &&
  type.calls.length === 0;

export const isNever = (type: Type): boolean => type.nothing === undefined && isEmpty(type);

export const without = (type: Type, parts: Partial<Type>): Type => ({ ...type, ...parts });

/** The same, there. */
export const present = (type: Type): Type =>
  type.nothing === undefined ? type : { ...type, nothing: undefined };

/** The same, or nothing. */
export function optional(type: Type, ...causes: readonly Cause[]): Type {
  return { ...type, nothing: mergedCauses(type.nothing, causes) };
}

const MOST_CAUSES = 3;

export function mergedCauses(
  left: readonly Cause[] | undefined,
  right: readonly Cause[] | undefined,
): readonly Cause[] | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  return [...new Set([...left, ...right])].slice(0, MOST_CAUSES);
}

/** Symbols of the kinds that a value may be, as signatures have them: `s n b l a o f`, `m` for nothing. */
export function kindsOf(type: Type): string {
  const nothing = type.nothing === undefined ? "" : "m";
  const isNull = type.isNull ? "l" : "";
  if (type.isAny) return `snbaof${isNull}${nothing}`;
  return (
    (type.text === undefined ? "" : "s") +
    (type.number === undefined ? "" : "n") +
    (type.bool === 0 ? "" : "b") +
    (type.array === undefined ? "" : "a") +
    (type.shapes.length === 0 ? "" : "o") +
    (type.calls.length === 0 ? "" : "f") +
    isNull +
    nothing
  );
}

const KIND_NAMES: Readonly<Record<string, string>> = {
  s: "text",
  n: "a number",
  b: "a boolean",
  l: "null",
  a: "an array",
  o: "an object",
  f: "a function",
  m: "nothing",
};

/** "text or null". */
export function kindNames(symbols: string): string {
  const names = [...symbols].map((symbol) => KIND_NAMES[symbol] ?? symbol);
  const last = names.pop() ?? "nothing";
  return names.length === 0 ? last : `${names.join(", ")} or ${last}`;
}

/** Only the kinds of these symbols. */
export function onlyKinds(type: Type, symbols: string): Type {
  const has = (symbol: string): boolean => symbols.includes(symbol);
  if (type.isAny) return anyOfKinds(type, symbols);
  return {
    ...type,
    nothing: has("m") ? type.nothing : undefined,
    isNull: has("l") && type.isNull,
    bool: has("b") ? type.bool : 0,
    number: has("n") ? type.number : undefined,
    text: has("s") ? type.text : undefined,
    array: has("a") ? type.array : undefined,
    shapes: has("o") ? type.shapes : [],
    calls: has("f") ? type.calls : [],
  };
}

const SOME_OBJECT: Shape = { fields: new Map(), rest: ANY, isListed: false };

const ANY_TEXT: Texts = { min: 0, max: Infinity, prefix: "", without: "", matches: [], isSolid: false };

function anyOfKinds(type: Type, symbols: string): Type {
  const has = (symbol: string): boolean => symbols.includes(symbol);
  if ([..."snbaof"].every(has))
    return {
      ...type,
      isNull: has("l") && type.isNull,
      nothing: has("m") ? type.nothing : undefined,
    };
  return {
    nothing: has("m") ? type.nothing : undefined,
    isNull: has("l") && type.isNull,
    bool: has("b") ? 3 : 0,
    number: has("n") ? NUMBER : undefined,
    text: has("s") ? ANY_TEXT : undefined,
    array: has("a") ? { item: present(ANY), min: 0, max: Infinity } : undefined,
    shapes: has("o") ? [SOME_OBJECT] : [],
    calls: [],
    isAny: has("f"),
    from: type.from,
  };
}
