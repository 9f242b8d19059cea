/** Calls in the rule's text: `$f(…)`, `~>`, `$f(?, …)`. Built-ins that nothing can shadow are called without a detour. */
import { asCallable } from "./builtin.ts";
import type { Builtin, BuiltinCode } from "./builtin.ts";
import { TAIL, isFunction } from "./callable.ts";
import type { Callable } from "./callable.ts";
import { apply, asArgument } from "./calls.ts";
import type { Code, Compiler, Frame } from "./code.ts";
import { nodesOf } from "./code.ts";
import { Fault, placed } from "./fault.ts";
import type { Node } from "./jsonata.ts";
import { HOLE, isHole, partial } from "./lambdas.ts";
import { originOf } from "./origin.ts";
import type { Run } from "./run.ts";
import { checkDepth, spendSteps } from "./run.ts";
import { MISFIT, fitted } from "./signature.ts";
import type { Parameter, Signature } from "./signature.ts";
import { collapsed } from "./values.ts";
import { isFree, variable } from "./variables.ts";

/** The built-ins by name; each as a value is made once. */
export type Builtins = (name: string) => { readonly builtin: Builtin; readonly value: Callable } | undefined;

/** All built-ins for one run. */
export function builtinsOf(all: ReadonlyMap<string, Builtin>, run: Run): Builtins {
  const values = new Map<string, { builtin: Builtin; value: Callable }>();
  return (name) => {
    const known = values.get(name);
    const found = known === undefined ? all.get(name) : undefined;
    if (found === undefined) return known;
    const made = { builtin: found, value: asCallable(found, run) };
    values.set(name, made);
    return made;
  };
}

/** How a call is compiled: with a first argument that `~>` brings, or in tail position. Its result has not collapsed. */
export interface CallOptions {
  readonly first?: Code;
  readonly isTail?: boolean;
}

/** `$f(…)`. */
export function call(node: Node, compiler: Compiler, builtins: Builtins, options: CallOptions = {}): Code {
  const procedure = node.procedure as Node;
  const name = nameOf(procedure);
  const { isTail = false } = options;
  const args = nodesOf(node.arguments).map((one) => argument(one, compiler, isTail));
  const all = options.first === undefined ? args : [options.first, ...args];
  const isBare =
    procedure.type === "variable" && procedure.predicate === undefined && procedure.group === undefined;
  const known = isBare && name !== "" && isFree(name, compiler) ? builtins(name) : undefined;
  if (known !== undefined) {
    const direct = builtinCall(node, all, known, compiler, isTail);
    if (direct !== undefined) return direct;
  }
  const callee = compiler.compile(procedure);
  const forgotten = procedure.type === "path" ? forgottenSign(procedure, compiler, builtins) : undefined;
  return isTail
    ? tailCall(node, callee, all, name, compiler.run)
    : ordinaryCall(node, callee, all, name, forgotten, compiler);
}

const nameOf = (procedure: Node): string =>
  procedure.type === "path" ? String(nodesOf(procedure.steps)[0]!.value) : String(procedure.value ?? "");

/** Text, numbers and the like are no functions. */
const NEVER_FUNCTIONS = new Set(["string", "number", "value", "binary", "unary"]);

function argument(node: Node, compiler: Compiler, isTail: boolean): Code {
  const code = compiler.compile(node);
  if (isTail || NEVER_FUNCTIONS.has(node.type)) return code;
  const { run } = compiler;
  return (input, frame) => {
    const value = code(input, frame);
    return typeof value === "function" ? asArgument(value, run) : value;
  };
}

/** True where a function of that name exists: the author forgot the `$`. */
function forgottenSign(procedure: Node, compiler: Compiler, builtins: Builtins): Code {
  const name = nameOf(procedure);
  return variable(name, compiler, builtins(name)?.value);
}

function ordinaryCall(
  node: Node,
  callee: Code,
  args: readonly Code[],
  name: string,
  forgotten: Code | undefined,
  compiler: Compiler,
): Code {
  const { run, depth } = compiler;
  const { position } = node;
  return (input, frame) => {
    const called = callee(input, frame);
    if (called === undefined && forgotten !== undefined && Boolean(forgotten(input, frame)))
      throw new Fault("T1005", { position, token: name });
    const values = new Array<unknown>(args.length);
    for (let at = 0; at < args.length; at++) values[at] = args[at]!(input, frame);
    try {
      run.depth += depth;
      const result = apply(called, values, input, run);
      run.depth -= depth;
      return result;
    } catch (thrown) {
      throw argumentPlaced(thrown, node, name, 0);
    }
  };
}

function tailCall(node: Node, callee: Code, args: readonly Code[], name: string, run: Run): Code {
  const position = (node.procedure as Node).position;
  return (input, frame) => {
    const called = callee(input, frame);
    const values = args.map((code) => code(input, frame));
    if (!isFunction(called)) throw new Fault("T1006", { position, token: name, value: called });
    return noteTail(run, called, values);
  };
}

function noteTail(run: Run, called: Callable, args: unknown[]): Callable {
  run.tailCall = called;
  run.tailArgs = args;
  return TAIL;
}

/** Built-ins that call back nest more of the engine's own calls. */
const CALLBACK_DEPTH = 4;

function builtinCall(
  node: Node,
  args: readonly Code[],
  { builtin, value }: { readonly builtin: Builtin; readonly value: Callable },
  compiler: Compiler,
  isTail: boolean,
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
  const parts = { args, parameters, code: builtin.code, isComplete, depth, run, misfit, failed };
  if (args.length === 1) return oneArgument(parts);
  return args.length === 2 ? twoArguments(parts) : someArguments(parts);
}

interface Parts {
  readonly args: readonly Code[];
  readonly parameters: Signature["parameters"];
  readonly code: BuiltinCode;
  /** True where no argument is left out but those that may be. */
  readonly isComplete: boolean;
  readonly depth: number;
  readonly run: Run;
  /** Where an argument does not fit as it stands. */
  misfit(values: unknown[], input: unknown): unknown;
  failed(thrown: unknown): unknown;
}

function oneArgument({ args, parameters, code, isComplete, depth, run, misfit, failed }: Parts): Code {
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
      return result;
    } catch (thrown) {
      throw failed(thrown);
    }
  };
}

function twoArguments({ args, parameters, code, isComplete, depth, run, misfit, failed }: Parts): Code {
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
      return result;
    } catch (thrown) {
      throw failed(thrown);
    }
  };
}

/** None, three or four. */
function someArguments({ args, parameters, code, isComplete, depth, run, misfit, failed }: Parts): Code {
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
      return result;
    } catch (thrown) {
      throw failed(thrown);
    }
  };
}

/** Adds the place of the call, and which path the wrong argument came from. */
function argumentPlaced(thrown: unknown, node: Node, name: string, shift: number): unknown {
  if (thrown instanceof Fault && thrown.position === undefined && thrown.index !== undefined)
    thrown.origin ??= originOf(nodesOf(node.arguments)[thrown.index - 1 - shift]);
  return placed(thrown, node.position, name);
}

/** `value ~> $f(…)`, `value ~> $f`, `$f ~> $g`. */
export function chain(node: Node, compiler: Compiler, builtins: Builtins): Code {
  const left = compiler.compile(node.lhs as Node);
  const right = node.rhs as Node;
  if (right.type === "function") return call(right, compiler, builtins, { first: left });
  const callee = compiler.compile(right);
  const { run, depth } = compiler;
  const { position } = node;
  return (input, frame) => {
    const value = left(input, frame);
    const called = callee(input, frame);
    if (!isFunction(called))
      throw new Fault("T2006", { position, token: "~>", value: called, origin: originOf(right) });
    if (isFunction(value)) return composed(value, called, run);
    try {
      run.depth += depth;
      const result = apply(called, [value], null, run);
      run.depth -= depth;
      return result;
    } catch (thrown) {
      throw placed(thrown, position, nameOf(right));
    }
  };
}

/** What comes out of the first goes into the second. */
function composed(first: Callable, second: Callable, run: Run): Callable {
  const both = (args: unknown[]): unknown => {
    run.depth += CALLBACK_DEPTH;
    checkDepth(run);
    const between = collapsed(apply(first, [args[0]], null, run));
    run.depth -= CALLBACK_DEPTH;
    return noteTail(run, second, [between]);
  };
  return Object.assign(both, { arity: 1, takesContext: false });
}

/** `$f(?, …)`. */
export function partialApplication(node: Node, compiler: Compiler, builtins: Builtins): Code {
  const procedure = node.procedure as Node;
  const args = nodesOf(node.arguments).map((one) =>
    isHole(one) ? (): unknown => HOLE : compiler.compile(one),
  );
  const callee = compiler.compile(procedure);
  const forgotten = procedure.type === "path" ? forgottenSign(procedure, compiler, builtins) : undefined;
  const name = nameOf(procedure);
  return (input, frame: Frame) => {
    const values = args.map((code) => code(input, frame));
    const called = callee(input, frame);
    const { position } = node;
    if (called === undefined && forgotten !== undefined && Boolean(forgotten(input, frame)))
      throw new Fault("T1007", { position, token: name });
    if (!isFunction(called)) throw new Fault("T1008", { position, token: name });
    return partial(called, values);
  };
}
