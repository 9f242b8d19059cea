/** Signatures of functions, `<s-nn?:s>`: which arguments fit, and what is made of those that do (the context, an array of one). */
import { linearRegExp } from "../core/pattern.ts";
import { isFunction } from "./callable.ts";
import { Fault } from "./fault.ts";

/** A parameter. */
export interface Parameter {
  readonly pattern: string;
  readonly type: string;
  /** Symbols that fit, `m` for nothing among them. */
  readonly symbols: string;
  /** The same as bits of `bitOf`. */
  readonly bits: number;
  readonly subtype: string | undefined;
  readonly takesContext: boolean;
  readonly isOptional: boolean;
  readonly isMany: boolean;
  readonly isArray: boolean;
}

/** A signature ready to check arguments. */
export interface Signature {
  readonly definition: string;
  readonly parameters: readonly Parameter[];
  /** The arguments as the function takes them; throws Fault T0410, T0411 or T0412. */
  validate(args: readonly unknown[], context: unknown): unknown[];
}

/** What `fitted` answers for an argument that does not fit as it stands. */
export const MISFIT: unique symbol = Symbol("misfit");

/** Reads a signature that jsonata's parser has accepted. */
export function signatureOf(definition: string): Signature {
  const parameters = parametersOf(definition);
  // As leftmost as the native engine, and in linear time: a rule writes its own signatures.
  const whole = linearRegExp(`^${parameters.map(({ pattern }) => `(${pattern})`).join("")}$`, "");
  return {
    definition,
    parameters,
    validate: (args, context) => {
      const supplied = args.map(symbolOf).join("");
      const match = whole.exec(supplied);
      if (match === null) throw misfit(parameters, args, supplied);
      return assigned(parameters, match as readonly string[], args, context);
    },
  };
}

const SYMBOLS: Readonly<Record<string, string>> = { a: "asnblfom", f: "f", j: "asnblom", x: "asnblfom" };

const PARAMETER =
  /\(([^)<]*)\)((?:<(?:[^<>]|<[^>]*>)*>|[-?+])*)|([snblofajx])((?:<(?:[^<>]|<[^>]*>)*>|[-?+])*)/g;

function parametersOf(definition: string): Parameter[] {
  const inner = definition
    .slice(1)
    .split(":")[0]!
    .replace(/>$/, (end) => (definition.includes(":") ? end : ""));
  return [...beforeColon(definition, inner).matchAll(PARAMETER)].map(
    ([, choice, ofChoice, single, ofSingle]) => {
      const type = single ?? `(${choice!})`;
      const marks = ofSingle ?? ofChoice ?? "";
      const symbols = single === undefined ? `${choice!}m` : (SYMBOLS[single] ?? `${single}m`);
      const suffixes = marks.replaceAll(/<.*>/g, "").replaceAll("-", "?");
      return {
        pattern: (symbols === "f" ? "f" : `[${symbols}]`) + suffixes,
        type,
        symbols,
        bits: [...symbols].reduce((bits, symbol) => bits | BITS[symbol]!, 0),
        subtype: /<(.*)>/.exec(marks)?.[1],
        takesContext: marks.includes("-"),
        isOptional: suffixes.includes("?"),
        isMany: suffixes.includes("+"),
        isArray: type === "a",
      };
    },
  );
}

/** Up to the colon that is outside of `<…>`: types of parameters have colons of their own. */
function beforeColon(definition: string, otherwise: string): string {
  let depth = 0;
  for (let at = 1; at < definition.length; at++) {
    const letter = definition[at]!;
    if (letter === "<" || letter === "(") depth++;
    if (letter === ">" || letter === ")") depth--;
    if ((letter === ":" && depth === 0) || depth < 0) return definition.slice(1, at);
  }
  return otherwise;
}

const BITS: Readonly<Record<string, number>> = { s: 1, n: 2, b: 4, l: 8, a: 16, o: 32, f: 64, m: 128 };

/** What a value is, as one bit. */
function bitOf(value: unknown): number {
  switch (typeof value) {
    case "string":
      return 1;
    case "number":
      return 2;
    case "boolean":
      return 4;
    case "object":
      if (value === null) return 8;
      return Array.isArray(value) ? 16 : 32;
    case "function":
      return 64;
    default:
      return 128;
  }
}

function symbolOf(value: unknown): string {
  switch (typeof value) {
    case "string":
      return "s";
    case "number":
      return "n";
    case "boolean":
      return "b";
    case "object":
      if (value === null) return "l";
      return Array.isArray(value) ? "a" : "o";
    default:
      return isFunction(value) ? "f" : "m";
  }
}

/**
 * An argument as its parameter takes it, without a look at the others; `MISFIT` where only `validate` can tell. Where
 * every argument fits so, in turn, `validate` would say the same.
 */
export function fitted({ isArray, bits, subtype }: Parameter, value: unknown): unknown {
  if (!isArray) return (bitOf(value) & bits) === 0 ? MISFIT : value;
  if (value === undefined) return value;
  if (!Array.isArray(value)) return subtype === undefined || subtype === symbolOf(value) ? [value] : MISFIT;
  return subtype === undefined || holdsOnly(value, subtype) ? value : MISFIT;
}

function holdsOnly(items: readonly unknown[], subtype: string): boolean {
  const symbol = subtype.charAt(0);
  for (let index = 0; index < items.length; index++) if (symbolOf(items[index]) !== symbol) return false;
  return true;
}

function misfit(parameters: readonly Parameter[], args: readonly unknown[], supplied: string): Fault {
  let pattern = "^";
  let fits = 0;
  for (const parameter of parameters) {
    pattern += parameter.pattern;
    const match = linearRegExp(pattern, "").exec(supplied);
    if (match === null) break;
    fits = match[0].length;
  }
  return new Fault("T0410", { value: args[fits], index: fits + 1 });
}

const PLURALS: Readonly<Record<string, string>> = {
  a: "arrays",
  b: "booleans",
  f: "functions",
  n: "numbers",
  o: "objects",
  s: "strings",
};

function assigned(
  parameters: readonly Parameter[],
  match: readonly string[],
  args: readonly unknown[],
  context: unknown,
): unknown[] {
  const result: unknown[] = [];
  let at = 0;
  parameters.forEach((parameter, index) => {
    const taken = match[index + 1] ?? "";
    if (taken === "" && parameter.takesContext) {
      if (!parameter.symbols.includes(symbolOf(context)))
        throw new Fault("T0411", { value: context, index: at + 1 });
      result.push(context);
      return;
    }
    if (taken === "") result.push(args[at++]);
    for (const symbol of taken) {
      result.push(parameter.type === "a" ? asArray(parameter, taken, symbol, args[at], at) : args[at]);
      at++;
    }
  });
  return result;
}

function asArray(parameter: Parameter, taken: string, symbol: string, value: unknown, at: number): unknown {
  if (symbol === "m") return undefined;
  const { subtype } = parameter;
  const fits =
    subtype === undefined || (symbol === "a" ? holdsOnly(value as unknown[], subtype) : taken === subtype);
  if (!fits) throw new Fault("T0412", { value, index: at + 1, type: PLURALS[subtype] });
  return symbol === "a" ? value : [value];
}
