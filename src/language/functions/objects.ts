/** Objects and values of any kind: fields, merging, types, truth. */
import { builtin } from "../builtin.ts";
import type { Builtin } from "../builtin.ts";
import { isFunction } from "../callable.ts";
import { copied } from "../copy.ts";
import { Fault } from "../fault.ts";
import { ITEM_BYTES, spendBytes, spendItems, spendSteps } from "../run.ts";
import type { Run } from "../run.ts";
import { isNumeric, isRecord, isTrue, lookup, sequence, setField } from "../values.ts";
import type { Items } from "../values.ts";

/** The functions on objects, and those that tell what a value is. */
export const objectFunctions: readonly Builtin[] = [
  builtin("keys", "<x-:a<s>>", (run, value) => keysOf(run, value)),
  builtin("lookup", "<x-s:x>", (run, value, name) => lookup(value, name as string, run)),
  builtin("spread", "<x-:a<o>>", (run, value) => spread(run, value)),
  builtin("merge", "<a<o>:o>", (run, items) => merged(run, items)),
  builtin("exists", "<x:b>", (_, value) => value !== undefined),
  builtin("boolean", "<x-:b>", (run, value) => (value === undefined ? undefined : isTrue(value, run))),
  builtin("not", "<x-:b>", (run, value) => (value === undefined ? undefined : !isTrue(value, run))),
  builtin("type", "<x:s>", (_, value) => typeOf(value)),
  builtin("clone", "<(oa)-:o>", (run, value) => (value === undefined ? undefined : copied(value, run))),
  builtin("error", "<s?:x>", () => {
    throw new Fault("D3137");
  }),
  builtin("assert", "<bs?:x>", (_, isTold) => {
    if (isTold !== true) throw new Fault("D3141");
    return undefined;
  }),
];

function keysOf(run: Run, value: unknown): Items {
  const found = sequence();
  const names = isRecord(value) ? Object.keys(value) : [...namesIn(run, value, new Set())];
  spendItems(run, names.length);
  spendSteps(run, names.length >> 2);
  for (const name of names) found.push(name);
  return found;
}

/** Of all objects in an array, each once, in Object.keys' order. */
function namesIn(run: Run, value: unknown, found: Set<string>): Iterable<string> {
  if (!Array.isArray(value)) return found;
  const merged: Record<string, true> = {};
  const collect = (one: unknown): void => {
    spendSteps(run, 1);
    if (Array.isArray(one)) one.forEach(collect);
    else if (isRecord(one))
      for (const name of Object.keys(one)) {
        spendSteps(run, 1);
        Object.defineProperty(merged, name, { value: true, enumerable: true, configurable: true });
      }
  };
  collect(value);
  return Object.keys(merged);
}

/** An object for each field; of an array those of its items, and what is no object as it is. */
function spread(run: Run, value: unknown): unknown {
  if (Array.isArray(value)) {
    const found: unknown[] = [];
    let isMade = false;
    spendSteps(run, value.length);
    for (const item of value) {
      const parts = spread(run, item);
      if (parts === undefined) continue;
      isMade = true;
      if (Array.isArray(parts)) for (const part of parts) found.push(part);
      else found.push(parts);
    }
    spendItems(run, found.length);
    return isMade ? found : sequence();
  }
  if (!isRecord(value)) return value;
  const found = sequence();
  const keys = Object.keys(value);
  spendBytes(run, 4 * ITEM_BYTES * keys.length);
  for (const key of keys) {
    const part: Record<string, unknown> = {};
    setField(part, key, value[key]);
    found.push(part);
  }
  return found;
}

function merged(run: Run, items: unknown): unknown {
  if (items === undefined) return undefined;
  const result: Record<string, unknown> = {};
  for (const item of items as readonly Record<string, unknown>[]) {
    const keys = Object.keys(item);
    spendSteps(run, 1 + keys.length);
    spendBytes(run, 2 * ITEM_BYTES * keys.length);
    for (const key of keys) setField(result, key, item[key]);
  }
  return result;
}

function typeOf(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (isFunction(value)) return "function";
  if (typeof value === "number") return isNumeric(value) ? "number" : "object";
  return typeof value;
}
