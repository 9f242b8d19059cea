/** Calls in the rule's text: `$f(…)`, `~>`, `$f(?, …)`. Built-ins that nothing can shadow are called without a detour. */
import { asCallable } from "./builtin.ts";
import type { Builtin } from "./builtin.ts";
import { CALLBACK_DEPTH, argumentPlaced, builtinCall, noteTail } from "./builtin-call.ts";
import type { CallOptions } from "./builtin-call.ts";
import { isFunction } from "./callable.ts";
import type { Callable } from "./callable.ts";
import { apply, asArgument } from "./calls.ts";
import type { Code, Compiler, Frame } from "./code.ts";
import { nodesOf } from "./code.ts";
import { Fault, placed } from "./fault.ts";
import { hasInlineCallback, inlineCallback } from "./inline-callbacks.ts";
import type { Node } from "./jsonata.ts";
import { HOLE, isHole, partial } from "./lambdas.ts";
import { originOf } from "./origin.ts";
import type { Run } from "./run.ts";
import { checkDepth } from "./run.ts";
import { collapsed } from "./values.ts";
import type { Parameter } from "./signature.ts";
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

/** `$f(…)`. */
export function call(node: Node, compiler: Compiler, builtins: Builtins, options: CallOptions = {}): Code {
  const procedure = node.procedure as Node;
  const name = nameOf(procedure);
  const { isTail = false } = options;
  const isBare =
    procedure.type === "variable" && procedure.predicate === undefined && procedure.group === undefined;
  const known = isBare && name !== "" && isFree(name, compiler) ? builtins(name) : undefined;
  const isChained = options.first !== undefined;
  if (known !== undefined && hasInlineCallback(node, known.builtin, isChained)) {
    const items = options.first ?? argument(nodesOf(node.arguments)[0]!, compiler, isTail);
    return inlineCallback(node, name, items, Number(isChained), compiler, options.collapses === true);
  }
  const takenBy = known?.builtin.signature.parameters.slice(Number(isChained)) ?? [];
  const args = nodesOf(node.arguments).map((one, at) => argument(one, compiler, isTail, takenBy[at]));
  const all = options.first === undefined ? args : [options.first, ...args];
  if (known !== undefined) {
    const direct = builtinCall(node, all, known, compiler, options);
    if (direct !== undefined) return direct;
  }
  const callee = compiler.compile(procedure);
  const forgotten = procedure.type === "path" ? forgottenSign(procedure, compiler, builtins) : undefined;
  return isTail
    ? tailCall(node, callee, all, name, compiler.run)
    : ordinaryCall(node, callee, all, forgotten, compiler, options.collapses === true);
}

const nameOf = (procedure: Node): string =>
  procedure.type === "path" ? String(nodesOf(procedure.steps)[0]!.value) : String(procedure.value ?? "");

/** Text, numbers and the like are no functions. */
const NEVER_FUNCTIONS = new Set(["string", "number", "value", "binary", "unary"]);

function argument(node: Node, compiler: Compiler, isTail: boolean, parameter?: Parameter): Code {
  const code = compiler.compile(node);
  // A built-in's parameter that takes no function has no use for one: what is wrong is told of either way.
  const isRefused = parameter !== undefined && !parameter.isArray && !parameter.symbols.includes("f");
  if (isTail || isRefused || NEVER_FUNCTIONS.has(node.type)) return code;
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
  forgotten: Code | undefined,
  compiler: Compiler,
  collapses: boolean,
): Code {
  const { run, depth } = compiler;
  const { position } = node;
  const name = nameOf(node.procedure as Node);
  const shift = args.length - nodesOf(node.arguments).length;
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
      return collapses ? collapsed(result) : result;
    } catch (thrown) {
      throw argumentPlaced(thrown, node, name, shift);
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
