/** The rule's own functions: closures over the frame where they are written, their calls in tail position, partial application. */
import type { Callable } from "./callable.ts";
import type { Code, Compiler, Frame } from "./code.ts";
import { frameTemplate, nodesOf, scopeOf } from "./code.ts";
import type { Node } from "./jsonata.ts";
import { checkDepth, spendBytes, spendSteps } from "./run.ts";
import { signatureOf } from "./signature.ts";
import { bindingsIn, weightOf } from "./tree.ts";

/** Steps that are charged for a call beside its body's nodes. */
const CALL_STEPS = 4;

/** Bytes that are charged for a closure and for a frame. */
export const CLOSURE_BYTES = 96;

/** A function's body, to be run in the frames that `enter` makes. */
export interface Body {
  readonly arity: number;
  readonly code: Code;
  /** Steps for a call. */
  readonly weight: number;
  /** A frame inside of another one, with the first three arguments. */
  readonly enter: (around: Frame, a: unknown, b: unknown, c: unknown) => Frame;
}

/** The body of `function($a, $b) { … }`. */
export function bodyOf(node: Node, compiler: Compiler): Body {
  const names = nodesOf(node.arguments).map(({ value }) => value as string);
  const body = node.body as Node;
  const scope = scopeOf(compiler.scope, names, bindingsIn(body));
  const code = compiler.compileIn(scope, body, true);
  const arity = names.length;
  return { arity, code, weight: CALL_STEPS + weightOf(body), enter: entering(frameTemplate(scope), arity) };
}

function entering(template: Frame, arity: number): Body["enter"] {
  // Where the parameters are all that is bound, the frame is written out.
  if (template.length === arity + 1) {
    if (arity === 1) return (around, a) => [around, a];
    if (arity === 2) return (around, a, b) => [around, a, b];
    if (arity === 3) return (around, a, b, c) => [around, a, b, c];
  }
  return (around, a, b, c) => {
    const inside = template.slice();
    inside[0] = around;
    if (arity > 0) inside[1] = a;
    if (arity > 1) inside[2] = b;
    if (arity > 2) inside[3] = c;
    for (let at = 4; at <= arity; at++) inside[at] = undefined;
    return inside;
  };
}

/** `function($a, $b)<…> { … }`. */
export function lambda(node: Node, compiler: Compiler): Code {
  const { arity, code, weight, enter } = bodyOf(node, compiler);
  const definition = (node.signature as { readonly definition: string } | undefined)?.definition;
  const signature = definition === undefined ? undefined : signatureOf(definition);
  const takesContext = signature?.parameters.some((one) => one.takesContext) ?? false;
  const { run } = compiler;
  return (input, frame) => {
    spendBytes(run, CLOSURE_BYTES);
    const unchecked = (args: readonly unknown[]): unknown => {
      checkDepth(run);
      spendSteps(run, weight);
      const inside = enter(frame, args[0], args[1], args[2]);
      for (let at = 3; at < arity; at++) inside[at + 1] = args[at];
      return code(input, inside);
    };
    if (signature === undefined) return callable(unchecked, arity, takesContext);
    const checked = (args: readonly unknown[], context: unknown): unknown =>
      unchecked(signature.validate(args, context));
    return Object.assign(checked, { arity, takesContext, unchecked });
  };
}

/** Field by field, which is many times as fast as assigning an object of them. */
function callable(
  call: Partial<Callable> & ((args: unknown[], context: unknown) => unknown),
  arity: number,
  takesContext: boolean,
): Callable {
  call.arity = arity;
  call.takesContext = takesContext;
  return call as Callable;
}

/** A function with some of its arguments given; `HOLE`s are left. What is not given and no hole is nothing. */
export function partial(target: Callable, given: readonly unknown[]): Callable {
  const holes = given.flatMap((value, at) => (value === HOLE && at < target.arity ? [at] : []));
  const { unchecked } = target as Callable & { unchecked?: (args: unknown[]) => unknown };
  const call = (args: readonly unknown[]): unknown => {
    const all = given.map((value) => (value === HOLE ? undefined : value));
    holes.forEach((at, index) => (all[at] = args[index]));
    if (unchecked !== undefined) return unchecked(all);
    // jsonata does not check the arguments of a built-in here: nothing in place of its first one comes first.
    if (target.takesContext && all[0] === undefined) return undefined;
    return target(all, null);
  };
  return Object.assign(call, { arity: holes.length, takesContext: false });
}

/** Stands for `?` in a partial application. */
export const HOLE: unique symbol = Symbol("hole");

export const isHole = ({ type, value }: Node): boolean => type === "operator" && value === "?";
