/** Blocks, conditions and array constructors. */
import type { Code, Compiler } from "./code.ts";
import { frameTemplate, nodesOf, scopeOf } from "./code.ts";
import { placed } from "./fault.ts";
import type { Node } from "./jsonata.ts";
import { ITEM_BYTES, spendBytes } from "./run.ts";
import type { Run } from "./run.ts";
import { bindingsIn } from "./tree.ts";
import { isTrue } from "./values.ts";

/** `( …; … )`: a frame of its own where it binds something. */
export function block(node: Node, compiler: Compiler): Code {
  const expressions = nodesOf(node.expressions);
  const names = expressions.flatMap(bindingsIn);
  const scope = names.length === 0 ? compiler.scope : scopeOf(compiler.scope, [], names);
  const codes = expressions.map((one) => compiler.compileIn(scope, one));
  const [only] = codes;
  if (names.length === 0 && codes.length === 1) return only!;
  const template = frameTemplate(scope);
  return (input, frame) => {
    let inside = frame;
    if (names.length > 0) {
      inside = template.slice();
      inside[0] = frame;
    }
    let result: unknown;
    for (let at = 0; at < codes.length; at++) result = codes[at]!(input, inside);
    return result;
  };
}

/** `… ? … : …`. */
export function condition(node: Node, compiler: Compiler): Code {
  const test = compiler.compile(node.condition as Node);
  const then = compiler.compile(node.then as Node);
  const otherwise = node.else === undefined ? undefined : compiler.compile(node.else as Node);
  const { run } = compiler;
  return (input, frame) => {
    const verdict = test(input, frame);
    if (verdict === true || (typeof verdict !== "boolean" && holds(verdict, node, run)))
      return then(input, frame);
    return otherwise?.(input, frame);
  };
}

function holds(verdict: unknown, node: Node, run: Run): boolean {
  try {
    return isTrue(verdict, run);
  } catch (thrown) {
    throw placed(thrown, node.position, "?");
  }
}

/** `[ …, … ]`: an array in it is nested only where it is written as one. */
export function array(node: Node, compiler: Compiler): Code {
  const nodes = nodesOf(node.expressions);
  const items = nodes.map((one) => ({ code: compiler.compile(one), isNested: one.value === "[" }));
  const isCons = node.consarray === true;
  const { run } = compiler;
  return (input, frame) => {
    const result: unknown[] = [];
    for (const { code, isNested } of items) {
      const value = code(input, frame);
      if (value === undefined) continue;
      if (isNested || !Array.isArray(value)) result.push(value);
      else {
        spendBytes(run, ITEM_BYTES * value.length);
        for (let at = 0; at < value.length; at++) result.push(value[at]);
      }
    }
    spendBytes(run, ITEM_BYTES * (2 + items.length));
    if (isCons)
      Object.defineProperty(result, "cons", { enumerable: false, configurable: false, value: true });
    return result;
  };
}
