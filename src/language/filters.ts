/** Predicates in brackets: by position, or by truth for each item. */
import type { Code, Compiler, Frame } from "./code.ts";
import { inTuple } from "./code.ts";
import type { Tuple } from "./code.ts";
import { placed } from "./fault.ts";
import type { Node } from "./jsonata.ts";
import { weightOf } from "./tree.ts";
import { ITEM_BYTES, spendBytes, spendSteps } from "./run.ts";
import type { Run } from "./run.ts";
import { isNumeric, isTrue, sequence, sequenceOf } from "./values.ts";
import type { Items } from "./values.ts";

/** Keeps of a value what a predicate is true for; the result has not collapsed. */
export type Filter = (input: unknown, frame: Frame) => Items;

/** The filter of a predicate's node. */
export function filter(predicate: Node, compiler: Compiler): Filter {
  if (predicate.type === "number") return byPosition(Math.floor(predicate.value as number));
  const code = compiler.compile(predicate);
  const { run } = compiler;
  return isVerdict(predicate) ? byVerdict(code, weightOf(predicate), run) : byAnything(code, predicate, run);
}

/** The filter over a stream of tuples: evaluated on each one's item, with its variables. */
export function tupleFilter(predicate: Node, compiler: Compiler): Filter {
  if (predicate.type === "number") return marked(byPosition(Math.floor(predicate.value as number)));
  const code = inTuple(predicate, compiler);
  const onTuple: Code = (tuple, frame) => code((tuple as Tuple)["@"], tuple as Tuple, frame);
  return marked(byAnything(onTuple, predicate, compiler.run));
}

const marked =
  (keep: Filter): Filter =>
  (input, frame) => {
    const kept = keep(input, frame);
    kept.tupleStream = true;
    return kept;
  };

/** Comparisons and the like yield a boolean or nothing: no position can be meant. */
function isVerdict({ type, value, predicate, group }: Node): boolean {
  return (
    type === "binary" &&
    predicate === undefined &&
    group === undefined &&
    ["=", "!=", "<", "<=", ">", ">=", "and", "or", "in"].includes(value as string)
  );
}

function byPosition(position: number): Filter {
  return (input) => {
    const items = Array.isArray(input) ? (input as Items) : sequenceOf(input);
    const item = items[position < 0 ? items.length + position : position];
    if (Array.isArray(item)) return item;
    return item === undefined ? sequence() : sequenceOf(item);
  };
}

function byVerdict(code: Code, weight: number, run: Run): Filter {
  return (input, frame) => {
    const kept = sequence();
    if (!Array.isArray(input)) {
      if (code(input, frame) === true) kept.push(input);
      return kept;
    }
    spendSteps(run, weight * input.length);
    for (let index = 0; index < input.length; index++)
      if (code(input[index], frame) === true) kept.push(input[index]);
    spendBytes(run, ITEM_BYTES * kept.length);
    return kept;
  };
}

function byAnything(code: Code, predicate: Node, run: Run): Filter {
  const weight = 1 + weightOf(predicate);
  return (input, frame) => {
    const kept = sequence();
    const items: readonly unknown[] = Array.isArray(input) ? input : [input];
    spendSteps(run, weight * items.length);
    for (let index = 0; index < items.length; index++) {
      const verdict = code(items[index], frame);
      const times = typeof verdict === "boolean" ? Number(verdict) : timesKept(verdict, index, items.length);
      for (let time = 0; time < times; time++) kept.push(items[index]);
    }
    spendBytes(run, ITEM_BYTES * kept.length);
    return kept;
  };

  function timesKept(verdict: unknown, index: number, count: number): number {
    try {
      if (isNumeric(verdict)) return isAt(verdict, index, count) ? 1 : 0;
      if (Array.isArray(verdict)) {
        spendSteps(run, verdict.length);
        if (verdict.filter((one) => !isNumeric(one)).length === 0)
          return verdict.filter((one) => isAt(one as number, index, count)).length;
      }
      return isTrue(verdict, run) ? 1 : 0;
    } catch (thrown) {
      throw placed(thrown, predicate.position);
    }
  }
}

function isAt(wanted: number, index: number, count: number): boolean {
  const position = Math.floor(wanted);
  return (position < 0 ? count + position : position) === index;
}
