/** What a built-in function is: its name, signature and code on arguments that fit. */
import type { Callable } from "./callable.ts";
import type { Run } from "./run.ts";
import { signatureOf } from "./signature.ts";
import type { Signature } from "./signature.ts";

/** The code of a built-in; missing arguments are undefined. */
export type BuiltinCode = (run: Run, a: unknown, b: unknown, c: unknown, d: unknown) => unknown;

/** A function that the language brings. */
export interface Builtin {
  readonly name: string;
  readonly signature: Signature;
  /** Parameters that jsonata's implementation declares without a default: `$map` and the like pass no more. */
  readonly arity: number;
  readonly code: BuiltinCode;
  /** True where it calls functions that it is given. */
  readonly callsBack: boolean;
  /** True where `code` takes any number of arguments, as one array. */
  readonly isVariadic: boolean;
}

/** Describes a built-in; `arity` where it is not the number of parameters. */
export function builtin(
  name: string,
  definition: string,
  code: BuiltinCode,
  {
    arity,
    callsBack = false,
    isVariadic = false,
  }: { arity?: number; callsBack?: boolean; isVariadic?: boolean } = {},
): Builtin {
  const signature = signatureOf(definition);
  return {
    name,
    signature,
    arity: arity ?? signature.parameters.length,
    code,
    callsBack,
    isVariadic,
  };
}

/** The built-in as a value. */
export function asCallable({ signature, arity, code, isVariadic }: Builtin, run: Run): Callable {
  const call = (args: unknown[], context: unknown): unknown => {
    const valid = signature.validate(args, context);
    if (isVariadic) return code(run, valid, undefined, undefined, undefined);
    const [a, b, c, d] = valid;
    return code(run, a, b, c, d);
  };
  return Object.assign(call, { arity, takesContext: signature.parameters.some((one) => one.takesContext) });
}
