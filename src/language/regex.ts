/** Regular expressions as values: prepared at compile time, charged for what they read. */
import type { LinearRegExp } from "../core/pattern.ts";
import { isFunction } from "./callable.ts";
import type { Callable } from "./callable.ts";
import { BudgetExceeded, Fault } from "./fault.ts";
import { spendSteps } from "./run.ts";
import type { Run } from "./run.ts";

/** One match, and how to find the next. */
export interface Match {
  readonly match: string;
  readonly start: number;
  readonly end: number;
  readonly groups: unknown[];
  next(): Match | undefined;
}

/** A regular expression as a function of the rule: of a text, and where to begin. */
export function regexValue(pattern: LinearRegExp, run: Run): Callable {
  const call = (args: unknown[]): unknown => {
    const [given, from] = args;
    // A function's own text is its code: not for a rule to read.
    const text = isFunction(given) ? "[object Object]" : String(given);
    // jsonata asks what it was given how long it is: an array has a length of its own.
    const length = Array.isArray(given) ? given.length : typeof given === "string" ? text.length : NaN;
    const match = matchFrom(pattern, text, typeof from === "number" ? from : 0, run, length);
    return match === undefined ? undefined : asValue(match);
  };
  return Object.assign(call, { arity: 2, takesContext: false, pattern });
}

/** A match as the rule sees it. */
export function asValue({ match, start, end, groups, next }: Match): Record<string, unknown> {
  const call = (): unknown => {
    const following = next();
    return following && asValue(following);
  };
  return { match, start, end, groups, next: Object.assign(call, { arity: 0, takesContext: false }) };
}

export const isRegex = (value: unknown): value is Callable =>
  isFunction(value) && value.pattern !== undefined;

/** The first match in a text. */
export const firstMatch = (pattern: LinearRegExp, text: string, run: Run): Match | undefined =>
  matchFrom(pattern, text, 0, run);

function matchFrom(
  pattern: LinearRegExp,
  text: string,
  from: number,
  run: Run,
  length = text.length,
): Match | undefined {
  const rest = text.length - from;
  // It is known afterwards what the native engine read; one look must not go far beyond what is left, though.
  if (!pattern.isNative || (pattern.cost > 1 && pattern.cost * rest > run.pattern))
    spendPattern(run, pattern.cost * rest);
  const found = pattern.exec(text, from);
  if (pattern.isNative)
    spendPattern(run, pattern.cost * (found === null ? rest : found.index + found[0].length - from));
  spendSteps(run, 4);
  if (found === null) return undefined;
  const end = found.index + found[0].length;
  return {
    match: found[0],
    start: found.index,
    end,
    groups: found.slice(1),
    next: () => {
      if (end >= length) return undefined;
      const next = matchFrom(pattern, text, end, run, length);
      if (next?.match === "") throw new Fault("D1004", { value: pattern.source });
      return next;
    },
  };
}

function spendPattern(run: Run, units: number): void {
  if ((run.pattern -= units) < 0) throw new BudgetExceeded("pattern", run.budgets.pattern);
}
