/** `$string`: any value as text, as jsonata writes it. */
import { isFunction } from "./callable.ts";
import { Fault } from "./fault.ts";
import { spendSteps, spendText } from "./run.ts";
import type { Run } from "./run.ts";
import { isNumeric } from "./values.ts";
import type { Items } from "./values.ts";

/** The text; throws Fault D3001 for a number that is not finite, D1001 for an infinite one inside. */
export function textOf(value: unknown, run: Run, isPretty = false): string {
  switch (typeof value) {
    case "string":
      return value;
    case "number":
      if (!Number.isFinite(value)) throw new Fault("D3001", { value });
      return String(rounded(value));
    case "function":
      return "";
    case "object": {
      if (value === null) return "null";
      const inner =
        Array.isArray(value) && (value as Items).outerWrapper === true ? (value as Items)[0] : value;
      weigh(inner, run);
      const text = JSON.stringify(inner, plain, isPretty ? 2 : 0);
      spendText(run, text.length);
      return text;
    }
    default:
      return String(value);
  }
}

/** 15 digits: 0.1 + 0.2 is written 0.3. */
const rounded = (value: number): number => (Number.isInteger(value) ? value : Number(value.toPrecision(15)));

function plain(_: string, value: unknown): unknown {
  if (typeof value === "number") return isNumeric(value) ? rounded(value) : value;
  return isFunction(value) ? "" : value;
}

/** Spends what it takes to write a value out, shared parts as often as they appear, before it is written. */
function weigh(value: unknown, run: Run): void {
  const open: unknown[] = [value];
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next === "string") spendText(run, next.length);
    else if (Array.isArray(next)) {
      spendSteps(run, next.length);
      spendText(run, 2 * next.length);
      for (const item of next) open.push(item);
    } else if (typeof next === "object" && next !== null)
      for (const key of Object.keys(next)) {
        spendSteps(run, 1);
        spendText(run, key.length + 4);
        open.push((next as Record<string, unknown>)[key]);
      }
  }
}
