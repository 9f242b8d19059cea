/** Paths: each step is evaluated on every item that the step before yields, and what they yield is one sequence. */
import type { Code, Compiler, Frame } from "./code.ts";
import { nodesOf } from "./code.ts";
import { placed } from "./fault.ts";
import { filter } from "./filters.ts";
import type { Filter } from "./filters.ts";
import { grouping } from "./grouping.ts";
import type { Node } from "./jsonata.ts";
import { flat, namePath } from "./names.ts";
import { ordering } from "./ordering.ts";
import { ITEM_BYTES, spendBytes, spendSteps } from "./run.ts";
import type { Run } from "./run.ts";
import { weightOf } from "./tree.ts";
import { tuplePath } from "./tuples.ts";
import { kept, sequence, sequenceOf } from "./values.ts";
import type { Items } from "./values.ts";
import { givenSlot } from "./variables.ts";

/** A path's code; `hasCollapsed` where its result needs no more. */
export function path(
  node: Node,
  compiler: Compiler,
): { readonly code: Code; readonly hasCollapsed: boolean } {
  const simple = simplePath(node, compiler);
  if (simple !== undefined) return { code: simple, hasCollapsed: true };
  const steps = nodesOf(node.steps);
  const firstTuple = steps.findIndex(({ tuple }) => tuple === true);
  if (firstTuple !== -1) {
    const before = stepsOf(steps.slice(0, firstTuple), compiler, false);
    return { code: tuplePath(node, firstTuple, before, compiler), hasCollapsed: false };
  }
  const walk = stepsOf(steps, compiler, true);
  const group = node.group === undefined ? undefined : grouping(node.group as Node, compiler);
  const isKept = node.keepSingletonArray === true;
  const code: Code = (input, frame) => {
    const walked = walk(input, frame);
    const found = isKept ? kept(walked) : walked;
    if (group === undefined) return found;
    return group(found === undefined ? sequence() : found, frame);
  };
  return { code, hasCollapsed: false };
}

/** Names only, on the context or on a variable. */
function simplePath(node: Node, compiler: Compiler): Code | undefined {
  // Who watches wants to see each step.
  if (compiler.watch !== undefined) return undefined;
  if (node.group !== undefined || node.keepSingletonArray === true || node.tuple === true) return undefined;
  const steps = nodesOf(node.steps);
  const isBare = (step: Node): boolean =>
    step.stages === undefined &&
    step.predicate === undefined &&
    step.tuple !== true &&
    step.group === undefined;
  if (!steps.every(isBare)) return undefined;
  const isVariable = steps[0]!.type === "variable";
  const names = (isVariable ? steps.slice(1) : steps).map((step) =>
    step.type === "name" ? (step.value as string) : undefined,
  );
  if (names.includes(undefined)) return undefined;
  const first = isVariable ? compiler.compile(steps[0]!) : undefined;
  const slot = isVariable ? givenSlot(steps[0]!.value as string, compiler) : undefined;
  return namePath(names as string[], first, compiler.run, slot);
}

interface Step {
  readonly code: Code;
  /** Steps for one item. */
  readonly weight: number;
  readonly stages: readonly Filter[];
  /** Sorts all items instead. */
  readonly order: ((items: Items, frame: Frame) => Items) | undefined;
}

/** Yields a sequence, an array as it is, a single item that is no array, or undefined for none. */
function stepsOf(nodes: readonly Node[], compiler: Compiler, isWhole: boolean): Code {
  const steps = nodes.map((step) => stepOf(step, compiler));
  const isAbsolute = nodes[0]?.type === "variable";
  const makesArray = nodes[0]?.consarray === true;
  const last = isWhole ? steps.length - 1 : Infinity;
  const { run } = compiler;
  const position = nodes.find((step) => step.position !== undefined)?.position;
  const walked: Code = (input, frame) => {
    let isMany = Array.isArray(input) && !isAbsolute;
    let value = input;
    for (let at = 0; at < steps.length; at++) {
      const step = steps[at]!;
      if (step.order !== undefined) {
        value = sorted(step, isMany ? (value as Items) : sequenceOf(value), frame);
        isMany = true;
      } else if (at === 0 && makesArray) {
        value = step.code(isMany ? value : sequenceOf(value), frame);
        isMany = Array.isArray(value);
      } else if (isMany) value = manyResults(step, value as Items, at === last, frame, run);
      else {
        value = oneResult(step, value, at === last, frame);
        isMany = Array.isArray(value);
      }
      if (value === undefined) return undefined;
      if (isMany && (value as Items).length === 0) return value;
    }
    return value;
  };
  return (input, frame) => {
    try {
      return walked(input, frame);
    } catch (thrown) {
      throw placed(thrown, position);
    }
  };
}

function stepOf(node: Node, compiler: Compiler): Step {
  const stages = nodesOf(node.stages).map((stage) => filter(stage.expr as Node, compiler));
  if (node.type === "sort")
    return { code: () => undefined, weight: 1, stages, order: ordering(node, compiler, false) };
  return { code: compiler.compile(node), weight: 1 + weightOf(node), stages, order: undefined };
}

function sorted({ order, stages }: Step, items: Items, frame: Frame): Items {
  let result = order!(items, frame);
  for (const stage of stages) result = stage(result, frame);
  return result;
}

function oneResult({ code, stages }: Step, item: unknown, isLast: boolean, frame: Frame): unknown {
  let result = code(item, frame);
  for (const stage of stages) result = stage(result, frame);
  if (!Array.isArray(result)) return result;
  if (isLast && (result as Items).sequence !== true) return result;
  return flat(result, sequence());
}

function manyResults(step: Step, items: Items, isLast: boolean, frame: Frame, run: Run): Items {
  const { code, stages, weight } = step;
  const found = sequence();
  let count = 0;
  let only: unknown;
  spendSteps(run, weight * items.length);
  for (let index = 0; index < items.length; index++) {
    let result = code(items[index], frame);
    for (const stage of stages) result = stage(result, frame);
    if (result === undefined) continue;
    count++;
    only = result;
    flat(result, found);
  }
  if (isLast && count === 1 && Array.isArray(only) && (only as Items).sequence !== true) return only;
  spendBytes(run, ITEM_BYTES * found.length);
  return found;
}
