/** Calling function values: of the rule, built in, or made of others. */
import { TAIL, isFunction } from "./callable.ts";
import type { Callable } from "./callable.ts";
import { Fault } from "./fault.ts";
import type { Run } from "./run.ts";
import { spendSteps } from "./run.ts";

/** Calls, and makes the calls in tail position that come of it, on the first one's context. */
export function apply(called: unknown, args: unknown[], context: unknown, run: Run): unknown {
  if (!isFunction(called)) throw new Fault("T1006", { value: called });
  return settled(called(args, context), context, run);
}

/** What comes of a function's result once the calls in tail position are made. */
export function settled(yielded: unknown, context: unknown, run: Run): unknown {
  let result = yielded;
  while (typeof result === "function") {
    if (result === TAIL) result = run.tailCall!(run.tailArgs, context);
    else if ((result as Callable).isPending === true) result = (result as Callable)([], context);
    else break;
  }
  return result;
}

/**
 * The function as `$map` and its like call it: with as many of the arguments as it declares, and with null as context, as
 * jsonata does where a function was an argument.
 */
export function callback(called: Callable, run: Run): (a: unknown, b: unknown, c: unknown) => unknown {
  const { arity } = called;
  return (a, b, c) => {
    spendSteps(run, 2);
    return apply(called, arity >= 3 ? [a, b, c] : arity === 2 ? [a, b] : [a], null, run);
  };
}

/** A function as an argument: called from there it sees no context. */
export function asArgument(value: unknown, run: Run): unknown {
  if (!isFunction(value) || !value.takesContext) return value;
  const wrapped = (args: unknown[]): unknown => apply(value, args, null, run);
  return Object.assign(wrapped, { arity: value.arity, takesContext: false });
}
