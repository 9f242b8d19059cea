/** The rule's own functions: closures over the frame where they are written, their calls in tail position, partial application. */
import type { Callable } from "./callable.ts";
import type { Code, Compiler } from "./code.ts";
import { frameTemplate, nodesOf, scopeOf } from "./code.ts";
import type { Node } from "./jsonata.ts";
import { checkDepth, spendBytes, spendSteps } from "./run.ts";
import { signatureOf } from "./signature.ts";
import { bindingsIn, weightOf } from "./tree.ts";

/** Steps that are charged for a call beside its body's nodes. */
const CALL_STEPS = 4;

/** Bytes that are charged for a closure and for a frame. */
const CLOSURE_BYTES = 96;

/** `function($a, $b)<…> { … }`. */
export function lambda(node: Node, compiler: Compiler): Code {
  const names = nodesOf(node.arguments).map(({ value }) => value as string);
  const body = node.body as Node;
  const scope = scopeOf(compiler.scope, names, bindingsIn(body));
  const code = compiler.compileIn(scope, body, true);
  const template = frameTemplate(scope);
  const definition = (node.signature as { readonly definition: string } | undefined)?.definition;
  const signature = definition === undefined ? undefined : signatureOf(definition);
  const takesContext = signature?.parameters.some((one) => one.takesContext) ?? false;
  const arity = names.length;
  const weight = CALL_STEPS + weightOf(body);
  const { run } = compiler;
  return (input, frame) => {
    spendBytes(run, CLOSURE_BYTES);
    const unchecked = (args: readonly unknown[]): unknown => {
      checkDepth(run);
      spendSteps(run, weight);
      const inside = template.slice();
      inside[0] = frame;
      for (let at = 0; at < arity; at++) inside[at + 1] = args[at];
      return code(input, inside);
    };
    if (signature === undefined) return Object.assign(unchecked, { arity, takesContext });
    const checked = (args: readonly unknown[], context: unknown): unknown =>
      unchecked(signature.validate(args, context));
    return Object.assign(checked, { arity, takesContext, unchecked });
  };
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
