/** `$map` and `$filter` with a function that is written in place: its body runs in a loop, and no function value is made. */
import type { Builtin } from "./builtin.ts";
import { CALLBACK_DEPTH, argumentPlaced } from "./builtin-call.ts";
import { settled } from "./calls.ts";
import type { Code, Compiler, Frame } from "./code.ts";
import { nodesOf } from "./code.ts";
import type { Node } from "./jsonata.ts";
import { CLOSURE_BYTES, bodyOf } from "./lambdas.ts";
import type { Body } from "./lambdas.ts";
import { ITEM_BYTES, checkDepth, spendBytes, spendSteps } from "./run.ts";
import { collapsed, isTrue, sequence } from "./values.ts";

/** True for a call that `inlineCallback` compiles: of two arguments, the first of which `~>` may have brought. */
export function hasInlineCallback(node: Node, { name }: Builtin, isChained: boolean): boolean {
  const args = nodesOf(node.arguments);
  const { type, signature, thunk, predicate, group } = args.at(-1) ?? { type: "none" };
  const isPlain = type === "lambda" && signature === undefined && thunk !== true;
  const isBare = predicate === undefined && group === undefined;
  return (name === "map" || name === "filter") && isPlain && isBare && args.length === (isChained ? 1 : 2);
}

/** The call on what `items` yields. It is charged as if the function were a value. */
export function inlineCallback(
  node: Node,
  name: string,
  items: Code,
  shift: number,
  compiler: Compiler,
  collapses: boolean,
): Code {
  const body = bodyOf(nodesOf(node.arguments).at(-1)!, compiler);
  const each = name === "map" ? mapped(body, compiler) : filtered(body, compiler);
  const depth = compiler.depth + CALLBACK_DEPTH;
  const { run } = compiler;
  return (input, frame) => {
    const value = items(input, frame);
    try {
      spendSteps(run, 4);
      spendBytes(run, CLOSURE_BYTES);
      if (value === undefined) return undefined;
      run.depth += depth;
      checkDepth(run);
      const result = each(Array.isArray(value) ? value : [value], input, frame);
      run.depth -= depth;
      return collapses ? collapsed(result) : result;
    } catch (thrown) {
      throw argumentPlaced(thrown, node, name, shift);
    }
  };
}

type Each = (items: readonly unknown[], input: unknown, frame: Frame) => unknown;

/** Steps that are charged for an item beside its call. */
const ITEM_STEPS = 2;

function mapped({ code, weight, enter }: Body, { run }: Compiler): Each {
  return (items, input, frame) => {
    const found = sequence();
    for (let index = 0; index < items.length; index++) {
      spendSteps(run, ITEM_STEPS + weight);
      const result = settled(code(input, enter(frame, items[index], index, items)), null, run);
      if (result !== undefined) found.push(result);
    }
    spendBytes(run, ITEM_BYTES * found.length);
    return found;
  };
}

function filtered({ code, weight, enter }: Body, { run }: Compiler): Each {
  return (items, input, frame) => {
    const found = sequence();
    for (let index = 0; index < items.length; index++) {
      spendSteps(run, ITEM_STEPS + weight);
      const verdict = settled(code(input, enter(frame, items[index], index, items)), null, run);
      if (verdict === true || (verdict !== false && isTrue(verdict, run))) found.push(items[index]);
    }
    spendBytes(run, ITEM_BYTES * found.length);
    return found;
  };
}
