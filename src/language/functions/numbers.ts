/** Numbers: arithmetic, rounding, and their texts. */
import { builtin } from "../builtin.ts";
import type { Builtin } from "../builtin.ts";
import { Fault } from "../fault.ts";
import { limits } from "../budgets.ts";
import { BudgetExceeded } from "../fault.ts";
import { spendSteps, spendText } from "../run.ts";
import type { Run } from "../run.ts";
import { reference } from "./reference.ts";
import { read } from "./texts.ts";

/** The functions on numbers. */
export const numberFunctions: readonly Builtin[] = [
  builtin("number", "<(nsb)-:n>", (run, value) =>
    numberOf(typeof value === "string" ? read(run, value) : value),
  ),
  builtin("floor", "<n-:n>", (_, value) => (value === undefined ? undefined : Math.floor(value as number))),
  builtin("ceil", "<n-:n>", (_, value) => (value === undefined ? undefined : Math.ceil(value as number))),
  builtin("abs", "<n-:n>", (_, value) => (value === undefined ? undefined : Math.abs(value as number))),
  builtin("round", "<n-n?:n>", (_, value, precision) => rounded(value, precision)),
  builtin("sqrt", "<n-:n>", (_, value) => squareRoot(value)),
  builtin("power", "<n-n:n>", (_, value, exponent) => power(value, exponent)),
  builtin("sum", "<a<n>:n>", (run, items) => sum(run, items)),
  builtin("max", "<a<n>:n>", (run, items) => extreme(run, items, Math.max)),
  builtin("min", "<a<n>:n>", (run, items) => extreme(run, items, Math.min)),
  builtin("average", "<a<n>:n>", (run, items) => average(run, items)),
  builtin("formatBase", "<n-n?:s>", (run, value, radix) => made(run, inBase(value, radix))),
  builtin("formatNumber", "<n-so?:s>", (run, value, picture, options) => {
    checkPicture(run, picture);
    refuseInfinite(value);
    const { length } = picture as string;
    spendSteps(run, 64 + ((length * length) >> 4));
    // Each digit of the picture may become a text of the options.
    for (const text of Object.values((options as object | undefined) ?? {}))
      if (typeof text === "string") spendText(run, text.length * (length + 8));
    return made(run, formatNumber(0, value, picture, options));
  }),
  builtin("formatInteger", "<n-s:s>", (run, value, picture) => {
    checkPicture(run, picture);
    refuseInfinite(value);
    spendSteps(run, stepsToWrite(Math.abs((value as number | undefined) ?? 0), picture as string));
    return made(run, formatInteger(0, value, picture));
  }),
  builtin("parseInteger", "<s-s:n>", (run, text, picture) => {
    checkPicture(run, text);
    checkPicture(run, picture);
    return parseInteger(0, text, picture);
  }),
];

const formatNumber = reference("formatNumber");
const formatInteger = reference("formatInteger");
const parseInteger = reference("parseInteger");
const round = reference("round");

/**
 * `[Y,10000000]` asks for ten million digits: no width of a picture's component needs four. The package leaves out blanks, so
 * `[Y,1 0 0 0 0]` is the same.
 */
const WIDE = /\d\s*\d\s*\d\s*\d/;

function isWide(picture: string): boolean {
  const [, ...components] = picture.split("[");
  return components.some((component) => {
    const [inside = ""] = component.split("]", 1);
    const comma = inside.indexOf(",");
    return comma !== -1 && WIDE.test(inside.slice(comma));
  });
}

/** Refuses pictures, and texts that are read with one, that take long or make much. */
export function checkPicture(run: Run, text: unknown): void {
  if (typeof text !== "string") return;
  if (text.length > limits.pictureLength || (text.includes("[") && text.includes(",") && isWide(text)))
    throw new BudgetExceeded("picture", limits.pictureLength);
  spendText(run, 2 * text.length);
  spendSteps(run, text.length);
}

/** Roman numerals have a letter for each thousand, and very large numbers very many words. */
function stepsToWrite(value: number, picture: string): number {
  const form = picture.split(";", 1)[0]!;
  if (/^[iI]$/.test(form)) return 8 + Math.min(10_000, value / 100);
  return /^[wW]w?$/.test(form) && value >= 1e15 ? 10_000 : 16;
}

/** What the package has made is charged when it is there. */
function made(run: Run, text: unknown): unknown {
  if (typeof text === "string") spendText(run, text.length);
  return text;
}

/** The package divides it until it is small, for ever, or makes "NaN.00" of it. */
function refuseInfinite(value: unknown): void {
  if (value === Infinity || value === -Infinity) throw new Fault("D1001", { value });
}

function numberOf(value: unknown): unknown {
  if (value === undefined || typeof value === "number") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  const text = value as string;
  if (/^-?[0-9]+(\.[0-9]+)?([Ee][-+]?[0-9]+)?$/.test(text) && Number.isFinite(Number(text)))
    return Number.parseFloat(text);
  // As jsonata has it: its alternatives are not anchored together.
  if (/^(0[xX][0-9A-Fa-f]+)|(0[oO][0-7]+)|(0[bB][0-1]+)$/.test(text)) return Number(text);
  throw new Fault("D3030", { value, index: 1 });
}

function rounded(value: unknown, precision: unknown): unknown {
  if (value === undefined || precision !== undefined) return round(0, value, precision);
  const number = value as number;
  // `$parseInteger` of what is none yields one that is no number.
  if (Number.isNaN(number)) return number;
  const result = Math.round(number);
  const isBetween = Math.abs(result - number) === 0.5 && Math.abs(result % 2) === 1;
  return (isBetween ? result - 1 : result) + 0 || 0;
}

function squareRoot(value: unknown): unknown {
  if (value === undefined) return undefined;
  if ((value as number) < 0) throw new Fault("D3060", { value, index: 1 });
  return Math.sqrt(value as number);
}

function power(value: unknown, exponent: unknown): unknown {
  if (value === undefined) return undefined;
  const result = (value as number) ** (exponent as number);
  if (!Number.isFinite(result)) throw new Fault("D3061", { value, index: 1 });
  return result;
}

function sum(run: Run, items: unknown): unknown {
  if (items === undefined) return undefined;
  const numbers = items as readonly number[];
  spendSteps(run, numbers.length >> 2);
  let total = 0;
  for (let index = 0; index < numbers.length; index++) total += numbers[index]!;
  return total;
}

function average(run: Run, items: unknown): unknown {
  if (items === undefined || (items as unknown[]).length === 0) return undefined;
  return (sum(run, items) as number) / (items as unknown[]).length;
}

function extreme(run: Run, items: unknown, better: (a: number, b: number) => number): unknown {
  if (items === undefined || (items as unknown[]).length === 0) return undefined;
  spendSteps(run, (items as unknown[]).length >> 2);
  return (items as readonly number[]).reduce((best, one) => better(best, one));
}

function inBase(value: unknown, radix: unknown): unknown {
  if (value === undefined) return undefined;
  const base = radix === undefined ? 10 : (round(0, radix) as number);
  if (base < 2 || base > 36) throw new Fault("D3100", { value: base });
  return (round(0, value) as number).toString(base);
}
