/** What an evaluation throws: a mistake of the rule, with jsonata's code, or a budget that is used up. */
import type { Budgets } from "./budgets.ts";

/** A mistake of a rule at run time, with jsonata's code; failure.ts puts it into words. `value`s may be payload. */
export class Fault extends Error {
  readonly code: string;
  /** Offset after the token, as jsonata counts. */
  position?: number | undefined;
  token?: string | undefined;
  value?: unknown;
  value2?: unknown;
  /** Of the argument, from 1. */
  index?: number;
  type?: string | undefined;
  functionName?: string;
  /** Where in the rule the value came from: "order.qty". */
  origin?: string | undefined;

  constructor(code: string, details: Partial<Omit<Fault, "code" | "message">> = {}) {
    super(code);
    this.name = "Fault";
    this.code = code;
    Object.assign(this, details);
  }
}

/** `picture` is the same for every rule: see `limits.pictureLength`. */
export type BudgetName = keyof Budgets | "picture";

/** Thrown when a budget is used up; whoever made the call that did it adds the place. */
export class BudgetExceeded extends Error {
  readonly budget: BudgetName;
  readonly allowed: number;
  position?: number | undefined;
  token?: string | undefined;

  constructor(budget: BudgetName, allowed: number) {
    super(budget);
    this.name = "BudgetExceeded";
    this.budget = budget;
    this.allowed = allowed;
  }
}

/** Throws the same again with the place where it happened, unless it knows a closer one. */
export function placed(thrown: unknown, position: number | undefined, token?: string): unknown {
  if (thrown instanceof Fault || thrown instanceof BudgetExceeded) {
    thrown.position ??= position;
    thrown.token ??= token;
  }
  return thrown;
}
