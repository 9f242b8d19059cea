/** Paths with `@$x`, `#$i` or `%`: each item goes with a tuple of what was bound on the way to it. */
import type { Code, Compiler, Frame, Tuple } from "./code.ts";
import { inTuple, nodesOf } from "./code.ts";
import { filter, tupleFilter } from "./filters.ts";
import { grouping, tupleGrouping } from "./grouping.ts";
import type { Node } from "./jsonata.ts";
import { ordering } from "./ordering.ts";
import { ITEM_BYTES, spendBytes, spendSteps } from "./run.ts";
import type { Run } from "./run.ts";
import { weightOf } from "./tree.ts";
import { kept, sequence, sequenceOf } from "./values.ts";
import type { Items } from "./values.ts";

/** What one step makes of a stream; `undefined` in place of the first stream stands for the items before it. */
type TupleStep = (items: Items, stream: Items | undefined, frame: Frame) => Items;

/** A path whose steps from `first` on carry tuples; `before` walks those before. The result has not collapsed. */
export function tuplePath(node: Node, first: number, before: Code, compiler: Compiler): Code {
  const nodes = nodesOf(node.steps);
  const makesArray = first === 0 && nodes[0]!.consarray === true;
  const isAbsolute = nodes[0]!.type === "variable";
  const array = makesArray ? compiler.compile(nodes[0]!) : undefined;
  const steps = nodes.slice(makesArray ? 1 : first).map((step) => tupleStep(step, compiler));
  const groups = node.group === undefined ? undefined : groupsOf(node.group as Node, compiler);
  const isStream = node.tuple === true;
  const isKept = node.keepSingletonArray === true;
  return (input, frame) => {
    let start = first === 0 ? startOf(input, isAbsolute) : before(input, frame);
    if (array !== undefined) start = array(start, frame);
    if (first > 0 && (start === undefined || (Array.isArray(start) && start.length === 0))) {
      const none = isKept ? kept(start) : start;
      return groups === undefined ? none : groups((none ?? sequence()) as Items, frame);
    }
    const items = Array.isArray(start) ? (start as Items) : sequenceOf(start);
    let stream: Items | undefined;
    for (const step of steps) stream = step(items, stream, frame);
    const tuples = stream ?? sequence();
    let result: unknown = isStream ? tuples : itemsOf(tuples);
    if (isKept) result = kept(result);
    return groups === undefined ? result : groups(tuples, frame);
  };
}

const startOf = (input: unknown, isAbsolute: boolean): Items =>
  Array.isArray(input) && !isAbsolute ? (input as Items) : sequenceOf(input);

/** After a sort the stream is a plain array to jsonata, and its tuples are grouped as the objects that they are. */
function groupsOf(node: Node, compiler: Compiler): (tuples: Items, frame: Frame) => unknown {
  const ofTuples = tupleGrouping(node, compiler);
  const ofItems = grouping(node, compiler);
  return (tuples, frame) => (tuples.tupleStream === true ? ofTuples(tuples, frame) : ofItems(tuples, frame));
}

function itemsOf(tuples: Items): Items {
  const items = sequence();
  for (const tuple of tuples as Tuple[]) items.push(tuple["@"]);
  return items;
}

function tupleStep(node: Node, compiler: Compiler): TupleStep {
  const stages = stagesOf(node, compiler);
  const step = node.type === "sort" ? sortStep(node, compiler) : itemStep(node, compiler);
  return (items, stream, frame) => stages(step(items, stream, frame), frame);
}

function stagesOf(node: Node, compiler: Compiler): (stream: Items, frame: Frame) => Items {
  const stages = nodesOf(node.stages).map((stage) => {
    if (stage.type === "index") return numbered(stage.value as string);
    const ofTuples = tupleFilter(stage.expr as Node, compiler);
    const ofItems = filter(stage.expr as Node, compiler);
    return (stream: Items, frame: Frame) => (stream.tupleStream === true ? ofTuples : ofItems)(stream, frame);
  });
  return (stream, frame) => stages.reduce((found, stage) => stage(found, frame), stream);
}

const numbered =
  (name: string) =>
  (stream: Items): Items => {
    stream.forEach((tuple, index) => ((tuple as Tuple)[name] = index));
    return stream;
  };

function sortStep(node: Node, compiler: Compiler): TupleStep {
  const ofTuples = ordering(node, compiler, true);
  const ofItems = ordering(node, compiler, false);
  return (items, stream, frame) => {
    if (stream !== undefined) return (stream.tupleStream === true ? ofTuples : ofItems)(stream, frame);
    const sorted = emptyStream();
    ofItems(items, frame).forEach((item, index) => {
      const tuple: Tuple = tupleOf({ "@": item });
      tuple[String(node.index)] = index;
      sorted.push(tuple);
    });
    return sorted;
  };
}

function emptyStream(): Items {
  const stream = sequence();
  stream.tupleStream = true;
  return stream;
}

const tupleOf = (fields: Tuple): Tuple => Object.assign(Object.create(null) as Tuple, fields);

function itemStep(node: Node, compiler: Compiler): TupleStep {
  const code = inTuple(node, compiler);
  const bind = binder(node);
  const weight = 4 + weightOf(node);
  const { run } = compiler;
  return (items, stream, frame) => {
    const tuples = (stream ?? items.map((item) => tupleOf({ "@": item }))) as Tuple[];
    const found = emptyStream();
    spendSteps(run, weight * tuples.length);
    for (const tuple of tuples) {
      const result = code(tuple["@"], tuple, frame);
      if (result !== undefined) join(tuple, result, bind, found, run);
    }
    return found;
  };
}

type Bind = (tuple: Tuple, item: unknown, index: number, before: Tuple) => void;

function binder(node: Node): Bind {
  const focus = node.focus as string | undefined;
  const index = node.index as string | undefined;
  const label = (node.ancestor as { readonly label: string } | undefined)?.label;
  return (tuple, item, at, before) => {
    tuple[focus ?? "@"] = item;
    if (index !== undefined) tuple[index] = at;
    if (label !== undefined) tuple[label] = before["@"];
  };
}

/** A step's result may be a stream itself, of a path in parentheses: its tuples are joined with this one. */
function join(before: Tuple, result: unknown, bind: Bind, found: Items, run: Run): void {
  const items = (Array.isArray(result) ? result : [result]) as Items;
  spendBytes(run, 4 * ITEM_BYTES * items.length);
  spendSteps(run, 2 * items.length);
  for (let index = 0; index < items.length; index++) {
    const tuple = tupleOf(before);
    if (items.tupleStream === true) Object.assign(tuple, items[index]);
    else bind(tuple, items[index], index, before);
    found.push(tuple);
  }
}
