/** `{ key: value }`: items whose key is the same make one group, and the value is evaluated on the group. */
import type { Code, Compiler, Frame } from "./code.ts";
import { inTuple } from "./code.ts";
import type { Tuple } from "./code.ts";
import { Fault } from "./fault.ts";
import type { Node } from "./jsonata.ts";
import { ITEM_BYTES, spendBytes, spendSteps } from "./run.ts";
import type { Run } from "./run.ts";
import { weightOf } from "./tree.ts";
import { appended, setField } from "./values.ts";
import type { Items } from "./values.ts";

/** A key with its value. */
export type Pair = readonly [Node, Node];

/** An object constructor, or the grouping of what a path yields. */
export function grouping(node: Node, compiler: Compiler): Code {
  const pairs = node.lhs as readonly Pair[];
  const fixed = fixedKeys(pairs);
  const { run } = compiler;
  if (fixed !== undefined) {
    const values = pairs.map(([, value]) => compiler.compile(value));
    const template = Object.fromEntries(fixed.map((key) => [key, undefined]));
    const bytes = OBJECT_BYTES + 2 * ITEM_BYTES * fixed.length;
    return (input, frame) => {
      spendBytes(run, bytes);
      return fixedObject(fixed, values, template, contextOf(input, run), frame);
    };
  }
  const weight = weightOfPairs(pairs);
  const codes = pairs.map(([key, value]) => [compiler.compile(key), compiler.compile(value)] as const);
  return (input, frame) => {
    const items: readonly unknown[] = Array.isArray(input)
      ? input.length === 0
        ? [undefined]
        : input
      : [input];
    const groups = new Map<string, Group>();
    spendSteps(run, weight * items.length);
    for (const item of items)
      for (let pair = 0; pair < codes.length; pair++)
        join(groups, codes[pair]![0](item, frame), pair, item, node, run);
    const result: Record<string, unknown> = {};
    for (const [key, group] of inOrder(groups)) {
      const value = codes[group.pair]![1](dataOf(group), frame);
      if (value !== undefined) setField(result, key, value);
    }
    spendBytes(run, OBJECT_BYTES + 2 * ITEM_BYTES * groups.size);
    return result;
  };
}

/** Steps for one item: each key, and the value that may be evaluated for it alone. */
const weightOfPairs = (pairs: readonly Pair[]): number =>
  pairs.reduce((sum, [key, value]) => sum + weightOf(key) + weightOf(value), 1);

/** Bytes that are charged for an object beside its fields. */
const OBJECT_BYTES = 48;

/** Keys that are all written out, different and ordinary: what almost every object constructor has. */
export function fixedKeys(pairs: readonly Pair[]): readonly string[] | undefined {
  const keys = pairs.map(([key]) => (isPlainText(key) ? (key.value as string) : undefined));
  if (keys.includes(undefined) || new Set(keys).size < keys.length) return undefined;
  return keys.some((key) => isReserved(key!) || key === "__proto__") ? undefined : (keys as string[]);
}

const isPlainText = ({ type, predicate, group }: Node): boolean =>
  type === "string" && predicate === undefined && group === undefined;

const isReserved = (key: string): boolean => key === "_jsonata_lambda" || key === "_jsonata_function";

/** All items are in the one group of each key. */
function contextOf(input: unknown, run: Run): unknown {
  if (!Array.isArray(input)) return input;
  if (input.length < 2) return input[0];
  spendSteps(run, input.length);
  spendBytes(run, ITEM_BYTES * input.length);
  return flattenedOnce(input);
}

/** As `$append` makes it of them one after the other: what is nothing does not count, one alone stays what it is. */
function flattenedOnce(items: readonly unknown[]): unknown {
  const there = items.filter((item) => item !== undefined);
  if (there.length < 2) return there[0];
  const found: unknown[] = [];
  for (const item of there)
    if (Array.isArray(item)) for (const one of item) found.push(one);
    else found.push(item);
  return found;
}

/** Begins with a copy of an object that has all the fields, which is cheaper than adding them one by one. */
function fixedObject(
  keys: readonly string[],
  values: readonly Code[],
  template: Readonly<Record<string, unknown>>,
  context: unknown,
  frame: Frame,
): Record<string, unknown> {
  const result: Record<string, unknown> = { ...template };
  let isWhole = true;
  for (let at = 0; at < keys.length; at++) {
    const value = values[at]!(context, frame);
    if (value === undefined) isWhole = false;
    else result[keys[at]!] = value;
  }
  return isWhole ? result : withoutNothing(result);
}

function withoutNothing(record: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(record)) if (record[key] !== undefined) result[key] = record[key];
  return result;
}

interface Group {
  readonly pair: number;
  readonly items: unknown[];
}

function join(
  groups: Map<string, Group>,
  key: unknown,
  pair: number,
  item: unknown,
  node: Node,
  run: Run,
): void {
  spendSteps(run, 4);
  if (key === undefined) return;
  const { position } = node;
  if (typeof key !== "string") throw new Fault("T1003", { position, token: "{", value: key });
  if (isReserved(key)) throw new Fault("D1013", { position, token: "{", value: key });
  const group = groups.get(key);
  if (group === undefined) {
    groups.set(key, { pair, items: [item] });
    spendBytes(run, 4 * ITEM_BYTES + 2 * key.length);
  } else if (group.pair !== pair) throw new Fault("D1009", { position, token: "{", value: key });
  else group.items.push(item);
}

const dataOf = ({ items }: Group): unknown => (items.length === 1 ? items[0] : flattenedOnce(items));

/** Object.keys' order, which jsonata goes by: whole numbers first. */
function inOrder(groups: ReadonlyMap<string, Group>): readonly (readonly [string, Group])[] {
  const names: Record<string, true> = Object.create(null) as Record<string, true>;
  for (const key of groups.keys()) names[key] = true;
  return Object.keys(names).map((key) => [key, groups.get(key)!] as const);
}

/** The same over a stream of tuples: each group's variables hold what its tuples held. */
export function tupleGrouping(node: Node, compiler: Compiler): (stream: Items, frame: Frame) => unknown {
  const { run } = compiler;
  const weight = weightOfPairs(node.lhs as readonly Pair[]);
  const codes = (node.lhs as readonly Pair[]).map(([key, value]) => {
    return [inTuple(key, compiler), inTuple(value, compiler)] as const;
  });
  return (stream, frame) => {
    const groups = new Map<string, Group>();
    spendSteps(run, weight * stream.length);
    for (const tuple of stream as Tuple[])
      for (let pair = 0; pair < codes.length; pair++)
        join(groups, codes[pair]![0](tuple["@"], tuple, frame), pair, tuple, node, run);
    const result: Record<string, unknown> = {};
    for (const [key, group] of inOrder(groups)) {
      const tuple = reduced(group.items as Tuple[], run);
      const context = tuple["@"];
      // jsonata takes the item out of the tuple: a second key over the same one finds none.
      delete tuple["@"];
      const value = codes[group.pair]![1](context, tuple, frame);
      if (value !== undefined) setField(result, key, value);
    }
    return result;
  };
}

function reduced(tuples: readonly Tuple[], run: Run): Tuple {
  if (tuples.length === 1) return tuples[0]!;
  const result = Object.assign(Object.create(null) as Tuple, tuples[0]);
  for (const tuple of tuples.slice(1))
    for (const name of Object.keys(tuple)) {
      result[name] = appended(result[name], tuple[name]);
      spendBytes(run, ITEM_BYTES);
    }
  spendSteps(run, tuples.length * 2);
  return result;
}
