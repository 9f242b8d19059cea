/** Names in paths, `*` and `**`. */
import type { Code } from "./code.ts";
import { ITEM_BYTES, spendBytes, spendSteps } from "./run.ts";
import type { Run } from "./run.ts";
import { collapsed, fieldOf, isInherited, isRecord, lookup, sequence } from "./values.ts";
import type { Items } from "./values.ts";

/** One name, as a step or alone: its value has not collapsed. */
export function nameStep(name: string, run: Run): Code {
  if (isInherited(name)) return (input) => lookup(input, name, run);
  return (input) => {
    if (typeof input !== "object" || input === null) return undefined;
    return Array.isArray(input) ? lookup(input, name, run) : (input as Record<string, unknown>)[name];
  };
}

/**
 * `a.b.c` without anything that hangs on it, on the context or, after `first`, on what that yields, which is what stands in
 * `slot` of the frame where there is one. The result has
 * collapsed. Objects cost no sequence; the first array goes the long way.
 */
export function namePath(
  names: readonly string[],
  first: Code | undefined,
  run: Run,
  slot: number | undefined,
): Code {
  const [only] = names;
  const isPlain = !names.some(isInherited);
  if (names.length === 1 && isPlain)
    return slot === undefined ? oneName(only!, first, run) : nameOfSlot(only!, slot, run);
  if (names.length === 2 && isPlain) return twoNames(names as [string, string], first, run);
  const count = names.length;
  const read = isPlain ? plainField : fieldOf;
  return (input, frame) => {
    let value = first === undefined ? input : first(input, frame);
    for (let at = 0; at < count; at++) {
      if (!isRecord(value)) return Array.isArray(value) ? walk(value, names, at, run) : undefined;
      value = read(value, names[at]!);
      if (value === undefined) return undefined;
    }
    return Array.isArray(value) ? last(value) : value;
  };
}

const plainField = (record: Record<string, unknown>, name: string): unknown => record[name];

function oneName(name: string, first: Code | undefined, run: Run): Code {
  const names = [name];
  return (input, frame) => {
    const start = first === undefined ? input : first(input, frame);
    if (typeof start !== "object" || start === null) return undefined;
    if (Array.isArray(start)) return walk(start, names, 0, run);
    const value = (start as Record<string, unknown>)[name];
    return Array.isArray(value) ? last(value) : value;
  };
}

/** `$v.name` of a parameter. */
function nameOfSlot(name: string, slot: number, run: Run): Code {
  const names = [name];
  return (_, frame) => {
    const start = frame[slot];
    if (typeof start !== "object" || start === null) return undefined;
    if (Array.isArray(start)) return walk(start, names, 0, run);
    const value = (start as Record<string, unknown>)[name];
    return Array.isArray(value) ? last(value) : value;
  };
}

/** The commonest paths, without a loop. */
function twoNames(names: readonly [string, string], first: Code | undefined, run: Run): Code {
  const [outer, inner] = names;
  return (input, frame) => {
    const start = first === undefined ? input : first(input, frame);
    if (typeof start !== "object" || start === null) return undefined;
    if (Array.isArray(start)) return walk(start, names, 0, run);
    const record = (start as Record<string, unknown>)[outer];
    if (typeof record !== "object" || record === null) return undefined;
    if (Array.isArray(record)) return walk(record, names, 1, run);
    const value = (record as Record<string, unknown>)[inner];
    return Array.isArray(value) ? last(value) : value;
  };
}

/** The only result of a last step: an array of the body stays what it is, a sequence is made anew. */
function last(value: unknown[]): unknown {
  const items = value as Items;
  if (items.sequence !== true) return value;
  return collapsed(flat(collapsed(items), sequence()));
}

/** The names from one on, over the items of an array. */
function walk(start: readonly unknown[], names: readonly string[], from: number, run: Run): unknown {
  let items: readonly unknown[] = start;
  for (let at = from; at < names.length; at++) {
    const name = names[at]!;
    const found: Items = [];
    let count = 0;
    let only: unknown;
    spendSteps(run, 2 * items.length);
    for (let index = 0; index < items.length; index++) {
      const item = items[index];
      const value = isRecord(item) ? collapsed(fieldOf(item, name)) : collapsed(lookup(item, name, run));
      if (value === undefined) continue;
      count++;
      only = value;
      flat(value, found);
    }
    spendBytes(run, ITEM_BYTES * found.length);
    if (at === names.length - 1 && count === 1 && Array.isArray(only) && (only as Items).sequence !== true)
      return only;
    if (found.length === 0) return undefined;
    items = found;
  }
  if (items.length === 1) return items[0];
  (items as Items).sequence = true;
  return items;
}

/** Adds a step's result to a sequence, the items of an array one by one. */
export function flat(value: unknown, into: Items): Items {
  if (Array.isArray(value) && (value as Items).cons !== true)
    for (let index = 0; index < value.length; index++) into.push(value[index]);
  else into.push(value);
  return into;
}

/** `*`: every value of an object, arrays flattened to the ground. */
export function wildcard(run: Run): Code {
  return (input) => {
    const isWhole = Array.isArray(input) && (input as Items).outerWrapper === true && input.length > 0;
    const start: unknown = isWhole ? (input as Items)[0] : input;
    let found = sequence();
    if (typeof start !== "object" || start === null) return found;
    for (const key of Object.keys(start)) {
      const value = (start as Record<string, unknown>)[key];
      if (!Array.isArray(value)) {
        found.push(value);
        continue;
      }
      // jsonata appends here, and what is appended to is no sequence any more.
      if (found.sequence === true) found = [...found];
      ground(value, found, run);
    }
    spendSteps(run, found.length);
    spendBytes(run, ITEM_BYTES * found.length);
    return found;
  };
}

function ground(items: readonly unknown[], into: unknown[], run: Run): void {
  spendSteps(run, items.length);
  for (const item of items)
    if (Array.isArray(item)) ground(item, into, run);
    else into.push(item);
}

/** `**`: a value and all below it. */
export function descendants(run: Run): Code {
  return (input) => {
    if (input === undefined) return undefined;
    const found = sequence();
    descend(input, found, run);
    return found.length === 1 ? found[0] : found;
  };
}

function descend(value: unknown, into: unknown[], run: Run): void {
  spendSteps(run, 1);
  if (Array.isArray(value)) {
    for (const item of value) descend(item, into, run);
    return;
  }
  spendBytes(run, ITEM_BYTES);
  into.push(value);
  if (typeof value === "object" && value !== null)
    for (const key of Object.keys(value)) descend((value as Record<string, unknown>)[key], into, run);
}
