/** Numbers: arithmetic, rounding, and their texts. */
import { builtin } from "../builtin.ts";
import type { Builtin } from "../builtin.ts";
import { Fault } from "../fault.ts";
import { limits } from "../budgets.ts";
import { BudgetExceeded } from "../fault.ts";
import { spendSteps, spendText } from "../run.ts";
import type { Run } from "../run.ts";
import { reference } from "./reference.ts";

/** The functions on numbers. */
export const numberFunctions: readonly Builtin[] = [
  builtin("number", "<(nsb)-:n>", (_, value) => numberOf(value)),
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
  builtin("formatBase", "<n-n?:s>", (_, value, radix) => inBase(value, radix)),
  builtin("formatNumber", "<n-so?:s>", (run, value, picture, options) => {
    checkPicture(run, picture);
    refuseInfinite(value);
    return formatNumber(0, value, picture, options);
  }),
  builtin("formatInteger", "<n-s:s>", (run, value, picture) => {
    checkPicture(run, picture);
    refuseInfinite(value);
    return formatInteger(0, value, picture);
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

/** `[Y,10000000]` asks for ten million digits: no width of a picture's component needs four. */
const WIDE = /\[[^\]]*,[^\]]*\d{4}/;

/** Refuses pictures, and texts that are read with one, that take long or make much. */
export function checkPicture(run: Run, text: unknown): void {
  if (typeof text !== "string") return;
  if (text.length > limits.pictureLength || (text.includes(",") && WIDE.test(text)))
    throw new BudgetExceeded("picture", limits.pictureLength);
  spendText(run, 2 * text.length);
  spendSteps(run, text.length);
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
