/** Calls of built-ins that nothing can shadow: the arguments are checked one by one, and no list is made of them. */
import type { Builtin, BuiltinCode } from "./builtin.ts";
import { TAIL } from "./callable.ts";
import type { Callable } from "./callable.ts";
import { apply } from "./calls.ts";
import type { Code, Compiler } from "./code.ts";
import { nodesOf } from "./code.ts";
import { Fault, placed } from "./fault.ts";
import type { Node } from "./jsonata.ts";
import { originOf } from "./origin.ts";
import type { Run } from "./run.ts";
import { spendSteps } from "./run.ts";
import { MISFIT, fitted } from "./signature.ts";
import type { Parameter, Signature } from "./signature.ts";
import { collapsed } from "./values.ts";

/** How a call is compiled: with a first argument that `~>` brings, or in tail position. */
export interface CallOptions {
  readonly first?: Code;
  readonly isTail?: boolean;
  /** True where nothing hangs on the call: its result may collapse at once. */
  readonly collapses?: boolean;
}

/** Leaves a call in tail position to whoever called the function. */
export function noteTail(run: Run, called: Callable, args: unknown[]): Callable {
  run.tailCall = called;
  run.tailArgs = args;
  return TAIL;
}

/** Built-ins that call back nest more of the engine's own calls. */
export const CALLBACK_DEPTH = 4;

/** The call; undefined where the number of arguments needs the long way. */
export function builtinCall(
  node: Node,
  args: readonly Code[],
  { builtin, value }: { readonly builtin: Builtin; readonly value: Callable },
  compiler: Compiler,
  { isTail = false, collapses = false }: CallOptions,
): Code | undefined {
  const { parameters } = builtin.signature;
  const rest = parameters.slice(args.length);
  if (args.length > 4 || args.length > parameters.length || parameters.some(({ isMany }) => isMany))
    return undefined;
  const isComplete = rest.every(({ isOptional, takesContext }) => isOptional && !takesContext);
  const { run } = compiler;
  const depth = builtin.callsBack ? compiler.depth + CALLBACK_DEPTH : 0;
  const misfit = (values: unknown[], input: unknown): unknown => {
    // In tail position a missing argument is the caller's context.
    if (isTail) return noteTail(run, value, values);
    return apply(value, values, input, run);
  };
  const shift = args.length - nodesOf(node.arguments).length;
  const failed = (thrown: unknown): unknown => argumentPlaced(thrown, node, builtin.name, shift);
  const parts = { args, parameters, code: builtin.code, isComplete, depth, run, collapses, misfit, failed };
  if (args.length === 1) return oneArgument(parts);
  if (args.length === 2) return twoArguments(parts);
  return args.length === 3 ? threeArguments(parts) : someArguments(parts);
}

interface Parts {
  readonly args: readonly Code[];
  readonly parameters: Signature["parameters"];
  readonly code: BuiltinCode;
  /** True where no argument is left out but those that may be. */
  readonly isComplete: boolean;
  readonly depth: number;
  readonly run: Run;
  readonly collapses: boolean;
  /** Where an argument does not fit as it stands. */
  misfit(values: unknown[], input: unknown): unknown;
  failed(thrown: unknown): unknown;
}

function oneArgument({
  args,
  parameters,
  code,
  isComplete,
  depth,
  run,
  collapses,
  misfit,
  failed,
}: Parts): Code {
  const argument = args[0]!;
  const parameter = parameters[0]!;
  return (input, frame) => {
    const a = argument(input, frame);
    try {
      spendSteps(run, 4);
      run.depth += depth;
      const fit = isComplete ? fitted(parameter, a) : MISFIT;
      const result = fit === MISFIT ? misfit([a], input) : code(run, fit, undefined, undefined, undefined);
      run.depth -= depth;
      return collapses ? collapsed(result) : result;
    } catch (thrown) {
      throw failed(thrown);
    }
  };
}

function twoArguments({
  args,
  parameters,
  code,
  isComplete,
  depth,
  run,
  collapses,
  misfit,
  failed,
}: Parts): Code {
  const [first, second] = args as [Code, Code];
  const [firstParameter, secondParameter] = parameters as [Parameter, Parameter];
  return (input, frame) => {
    const a = first(input, frame);
    const b = second(input, frame);
    try {
      spendSteps(run, 4);
      run.depth += depth;
      const fitA = isComplete ? fitted(firstParameter, a) : MISFIT;
      const fitB = fitted(secondParameter, b);
      const isMisfit = fitA === MISFIT || fitB === MISFIT;
      const result = isMisfit ? misfit([a, b], input) : code(run, fitA, fitB, undefined, undefined);
      run.depth -= depth;
      return collapses ? collapsed(result) : result;
    } catch (thrown) {
      throw failed(thrown);
    }
  };
}

function threeArguments({
  args,
  parameters,
  code,
  isComplete,
  depth,
  run,
  collapses,
  misfit,
  failed,
}: Parts): Code {
  const [first, second, third] = args as [Code, Code, Code];
  const [firstParameter, secondParameter, thirdParameter] = parameters as [Parameter, Parameter, Parameter];
  return (input, frame) => {
    const a = first(input, frame);
    const b = second(input, frame);
    const c = third(input, frame);
    try {
      spendSteps(run, 4);
      run.depth += depth;
      const fitA = isComplete ? fitted(firstParameter, a) : MISFIT;
      const fitB = fitted(secondParameter, b);
      const fitC = fitted(thirdParameter, c);
      const isMisfit = fitA === MISFIT || fitB === MISFIT || fitC === MISFIT;
      const result = isMisfit ? misfit([a, b, c], input) : code(run, fitA, fitB, fitC, undefined);
      run.depth -= depth;
      return collapses ? collapsed(result) : result;
    } catch (thrown) {
      throw failed(thrown);
    }
  };
}

/** None or four. */
function someArguments({
  args,
  parameters,
  code,
  isComplete,
  depth,
  run,
  collapses,
  misfit,
  failed,
}: Parts): Code {
  const count = args.length;
  return (input, frame) => {
    const values = new Array<unknown>(count);
    for (let at = 0; at < count; at++) values[at] = args[at]!(input, frame);
    try {
      spendSteps(run, 4);
      run.depth += depth;
      const fits = values.map((value, at) => fitted(parameters[at]!, value));
      const result =
        !isComplete || fits.includes(MISFIT)
          ? misfit(values, input)
          : code(run, fits[0], fits[1], fits[2], fits[3]);
      run.depth -= depth;
      return collapses ? collapsed(result) : result;
    } catch (thrown) {
      throw failed(thrown);
    }
  };
}

/** Adds the place of the call, and which path the wrong argument came from. */
export function argumentPlaced(thrown: unknown, node: Node, name: string, shift: number): unknown {
  if (thrown instanceof Fault && thrown.position === undefined && thrown.index !== undefined)
    thrown.origin ??= originOf(nodesOf(node.arguments)[thrown.index - 1 - shift]);
  return placed(thrown, node.position, name);
}
