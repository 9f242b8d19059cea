/** Function values: those of the rule, built-ins, regular expressions and what is made of them. */

/** A function value. May return `TAIL`: use `apply` of calls.ts. No payload holds a JavaScript function. */
export interface Callable {
  (args: unknown[], context: unknown): unknown;
  /** Parameters that it declares: `$map` and the like pass no more. */
  arity: number;
  /** True where a missing first argument is taken from the context. */
  takesContext: boolean;
  /** True where it stands for a call that is not made yet: see `tail` in compile.ts. */
  isPending?: boolean;
  /** Where it is a regular expression. */
  pattern?: unknown;
}

/** Returned in place of a result: the call that is to be made instead is noted in the run. */
export const TAIL: Callable = Object.assign((): unknown => undefined, { arity: 0, takesContext: false });

export function isFunction(value: unknown): value is Callable {
  return typeof value === "function";
}
