/** JSONata's values at run time: sequences, functions, and what the language means by true, equal and looked up. */
import { Fault } from "./fault.ts";
import { spendSteps } from "./run.ts";
import type { Run } from "./run.ts";

/** An array; a sequence collapses to its only item, or to nothing. The marks are jsonata's. */
export interface Items extends Array<unknown> {
  sequence?: true;
  keepSingleton?: true;
  /** Holds the whole body, where that is an array. */
  outerWrapper?: true;
  /** Made by an array constructor at an end of a path: not flattened. */
  cons?: true;
  /** Of tuples: what `@`, `#` and `%` have bound. */
  tupleStream?: true;
}

/** An object of JSON, no array. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An empty sequence. */
export function sequence(): Items {
  const items: Items = [];
  items.sequence = true;
  return items;
}

/** A sequence of one, `undefined` included. */
export function sequenceOf(item: unknown): Items {
  const items: Items = [item];
  items.sequence = true;
  return items;
}

export function isSequence(value: unknown): value is Items {
  return Array.isArray(value) && (value as Items).sequence === true;
}

/** What every node yields: a sequence of one is that one unless it is kept, an empty one is nothing. */
export function collapsed(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  const items = value as Items;
  if (items.length > 1 || items.sequence !== true || items.tupleStream === true) return value;
  if (items.length === 0) return undefined;
  return items.keepSingleton === true ? value : items[0];
}

/** The same where `[]` asks for an array. */
export function collapsedToArray(value: unknown): unknown {
  if (!isSequence(value) || value.tupleStream === true) return value;
  value.keepSingleton = true;
  return value.length === 0 ? undefined : value;
}

/** What `[]` in a path makes of its result: one item stays an array of one. An array of the body is one already. */
export function kept(found: unknown): unknown {
  if (found === undefined) return undefined;
  const isArray =
    Array.isArray(found) && ((found as Items).sequence === true || (found as Items).cons !== true);
  const items = isArray ? (found as Items) : sequenceOf(found);
  if (items.sequence === true) items.keepSingleton = true;
  return items;
}

/** Names that every object inherits: reading them needs a look whether they are the object's own. */
const INHERITED: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype));

export function isInherited(name: string): boolean {
  return INHERITED.has(name);
}

/** The field of an object, never an inherited one. */
export function fieldOf(record: Record<string, unknown>, name: string): unknown {
  const value = record[name];
  // What is inherited are functions, and `__proto__`.
  if (typeof value !== "function" && name !== "__proto__") return value;
  return INHERITED.has(name) && !Object.hasOwn(record, name) ? undefined : value;
}

/** The value of a field; of every item where the input is an array. */
export function lookup(input: unknown, name: string, run: Run): unknown {
  if (typeof input !== "object" || input === null) return undefined;
  if (!Array.isArray(input)) return fieldOf(input as Record<string, unknown>, name);
  const found = sequence();
  spendSteps(run, 2 * input.length);
  for (let index = 0; index < input.length; index++) {
    const value = lookup(input[index], name, run);
    if (Array.isArray(value)) for (let at = 0; at < value.length; at++) found.push(value[at]);
    else if (value !== undefined) found.push(value);
  }
  return found;
}

/** Sets an own field, `__proto__` too: an assignment would replace the prototype. */
export function setField(record: Record<string, unknown>, name: string, value: unknown): void {
  if (name === "__proto__")
    Object.defineProperty(record, name, { value, enumerable: true, configurable: true, writable: true });
  else record[name] = value;
}

/** What `$boolean` makes of a value that is there; nothing is false. Throws Fault D1001 for infinity. */
export function isTrue(value: unknown, run: Run): boolean {
  switch (typeof value) {
    case "boolean":
      return value;
    case "string":
      return value.length > 0;
    case "number":
      return checkedFinite(value) && value !== 0;
    case "object":
      if (value === null) return false;
      if (!Array.isArray(value)) return hasFields(value);
      return isAnyTrue(value, run);
    default:
      return false;
  }
}

/** All are looked at, as jsonata does: one may be infinite. */
function isAnyTrue(items: readonly unknown[], run: Run): boolean {
  let found = false;
  spendSteps(run, items.length);
  for (const item of items) if (isTrue(item, run)) found = true;
  return found;
}

function hasFields(value: object): boolean {
  for (const key in value) if (Object.hasOwn(value, key)) return true;
  return false;
}

/** True for a number; NaN is none. Throws Fault D1001 for infinity. */
export function isNumeric(value: unknown): value is number {
  return typeof value === "number" && checkedFinite(value);
}

function checkedFinite(value: number): boolean {
  if (Number.isFinite(value)) return true;
  if (Number.isNaN(value)) return false;
  throw new Fault("D1001", { value });
}

/** Texts that are long cost what it takes to compare them. */
export function spendComparison(run: Run, left: unknown, right: unknown): void {
  if (typeof left === "string" && typeof right === "string" && left.length > 1023)
    spendSteps(run, Math.min(left.length, right.length) >> 10);
}

/** Equal by structure; functions only by identity. */
export function areEqual(left: unknown, right: unknown, run: Run): boolean {
  spendComparison(run, left, right);
  if (left === right) return true;
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) return false;
  spendSteps(run, 1);
  if (Array.isArray(left) && Array.isArray(right)) {
    if (left.length !== right.length) return false;
    for (let index = 0; index < left.length; index++)
      if (!areEqual(left[index], right[index], run)) return false;
    return true;
  }
  if (Array.isArray(left) || Array.isArray(right)) return false;
  const keys = Object.keys(left);
  spendSteps(run, 1 + keys.length);
  if (keys.length !== Object.keys(right).length) return false;
  const [one, other] = [left as Record<string, unknown>, right as Record<string, unknown>];
  for (const key of keys)
    if (!Object.hasOwn(other, key) || !areEqual(one[key], other[key], run)) return false;
  return true;
}

/** `$append`, as the language uses it everywhere: nothing is left out, one is an array of one. */
export function appended(left: unknown, right: unknown): unknown {
  if (left === undefined) return right;
  if (right === undefined) return left;
  const first: readonly unknown[] = Array.isArray(left) ? left : [left];
  const more: readonly unknown[] = Array.isArray(right) ? right : [right];
  const result = new Array<unknown>(first.length + more.length);
  for (let at = 0; at < first.length; at++) result[at] = first[at];
  for (let at = 0; at < more.length; at++) result[first.length + at] = more[at];
  return result;
}
