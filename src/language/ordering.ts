/** `^(…)` and `$sort`: a stable merge sort that asks "does this one come after that one?". */
import type { Code, Compiler, Frame } from "./code.ts";
import { inTuple } from "./code.ts";
import type { Tuple } from "./code.ts";
import { Fault } from "./fault.ts";
import type { Node } from "./jsonata.ts";
import { originOf } from "./origin.ts";
import { ITEM_BYTES, spendBytes, spendSteps } from "./run.ts";
import type { Run } from "./run.ts";
import { weightOf } from "./tree.ts";
import type { Items } from "./values.ts";

/** True where `left`, which stands before `right`, is to come after it. */
export type ComesAfter = (left: unknown, right: unknown) => boolean;

/** The items in order; compares the same pairs in the same order as jsonata's. Arrays of less than two are left as they are. */
export function mergeSorted(items: readonly unknown[], comesAfter: ComesAfter, run: Run): unknown[] {
  if (items.length < 2) return items as unknown[];
  spendBytes(run, ITEM_BYTES * items.length);
  const middle = Math.floor(items.length / 2);
  const left = mergeSorted(items.slice(0, middle), comesAfter, run);
  const right = mergeSorted(items.slice(middle), comesAfter, run);
  const merged: unknown[] = [];
  let at = 0;
  let beside = 0;
  spendSteps(run, items.length);
  while (at < left.length && beside < right.length)
    merged.push(comesAfter(left[at], right[beside]) ? right[beside++] : left[at++]);
  while (at < left.length) merged.push(left[at++]);
  while (beside < right.length) merged.push(right[beside++]);
  return merged;
}

interface Term {
  readonly code: Code;
  readonly isDescending: boolean;
  /** Steps for one key. */
  readonly weight: number;
  readonly node: Node;
}

/** `^(…)` over items, or over a stream of tuples. */
export function ordering(
  node: Node,
  compiler: Compiler,
  ofTuples: boolean,
): (items: Items, frame: Frame) => Items {
  const terms = (node.terms as readonly { descending: boolean; expression: Node }[]).map((term): Term => {
    const { expression } = term;
    const isDescending = term.descending;
    const weight = weightOf(expression);
    if (!ofTuples) return { code: compiler.compile(expression), isDescending, weight, node: expression };
    const inner = inTuple(expression, compiler);
    const code: Code = (tuple, frame) => inner((tuple as Tuple)["@"], tuple as Tuple, frame);
    return { code, isDescending, weight, node: expression };
  });
  const { run } = compiler;
  return (items, frame) => {
    if (items.length < 2) return items;
    // Each key is evaluated once, when it is first compared: what stands behind a difference may fail, and must not.
    const keyed = items.map((item): Keyed => ({ item, keys: [] }));
    spendBytes(run, 4 * ITEM_BYTES * items.length);
    const keyOf = (one: Keyed, at: number): unknown => {
      if (at < one.keys.length) return one.keys[at];
      spendSteps(run, terms[at]!.weight);
      return (one.keys[at] = terms[at]!.code(one.item, frame));
    };
    const comesAfter = (left: unknown, right: unknown): boolean => {
      for (let at = 0; at < terms.length; at++) {
        const order = compareKeys(keyOf(left as Keyed, at), keyOf(right as Keyed, at), terms[at]!, node);
        if (order !== 0) return order > 0;
      }
      return false;
    };
    // jsonata's sort makes a plain array, also of tuples: what follows in the path sees the tuples themselves.
    return mergeSorted(keyed, comesAfter, run).map((one) => (one as Keyed).item);
  };
}

interface Keyed {
  readonly item: unknown;
  readonly keys: unknown[];
}

/** Nothing comes last, whatever the direction. */
function compareKeys(left: unknown, right: unknown, { isDescending, node: term }: Term, node: Node): number {
  if (left === undefined) return right === undefined ? 0 : 1;
  if (right === undefined) return -1;
  const details = { position: node.position, token: "^", origin: originOf(term) };
  const bad = [left, right].find((key) => typeof key !== "string" && typeof key !== "number");
  if (bad !== undefined) throw new Fault("T2008", { ...details, value: bad });
  if (typeof left !== typeof right) throw new Fault("T2007", { ...details, value: left, value2: right });
  if (left === right) return 0;
  const order = (left as string) < (right as string) ? -1 : 1;
  return isDescending ? -order : order;
}
