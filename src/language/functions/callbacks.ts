/** `$map`, `$filter`, `$reduce` and the others that call a function for each item. */
import { builtin } from "../builtin.ts";
import type { Builtin } from "../builtin.ts";
import type { Callable } from "../callable.ts";
import { apply, callback } from "../calls.ts";
import { Fault } from "../fault.ts";
import { ITEM_BYTES, spendBytes, spendSteps } from "../run.ts";
import type { Run } from "../run.ts";
import { isRecord, isTrue, sequence, setField } from "../values.ts";

/** Each takes an array or an object, and a function of value, index or key, and the whole. */
export const callbackFunctions: readonly Builtin[] = [
  builtin("map", "<af>", (run, items, called) => mapped(run, items, called as Callable), { callsBack: true }),
  builtin("filter", "<af>", (run, items, called) => filtered(run, items, called as Callable), {
    callsBack: true,
  }),
  builtin("single", "<af?>", (run, items, called) => single(run, items, called as Callable | undefined), {
    callsBack: true,
  }),
  builtin(
    "reduce",
    "<afj?:j>",
    (run, items, called, initial) => reduced(run, items, called as Callable, initial),
    { callsBack: true },
  ),
  builtin("each", "<o-f:a>", (run, value, called) => each(run, value, called as Callable), {
    callsBack: true,
  }),
  builtin("sift", "<o-f?:o>", (run, value, called) => sifted(run, value, called as Callable | undefined), {
    callsBack: true,
  }),
];

function mapped(run: Run, items: unknown, called: Callable): unknown {
  if (items === undefined) return undefined;
  const given = items as readonly unknown[];
  const call = callback(called, run);
  const found = sequence();
  for (let index = 0; index < given.length; index++) {
    const result = call(given[index], index, given);
    if (result !== undefined) found.push(result);
  }
  spendBytes(run, ITEM_BYTES * found.length);
  return found;
}

function filtered(run: Run, items: unknown, called: Callable): unknown {
  if (items === undefined) return undefined;
  const given = items as readonly unknown[];
  const call = callback(called, run);
  const found = sequence();
  for (let index = 0; index < given.length; index++)
    if (isTrue(call(given[index], index, given), run)) found.push(given[index]);
  spendBytes(run, ITEM_BYTES * found.length);
  return found;
}

function single(run: Run, items: unknown, called: Callable | undefined): unknown {
  if (items === undefined) return undefined;
  const given = items as readonly unknown[];
  const call = called && callback(called, run);
  let found: { readonly item: unknown } | undefined;
  for (let index = 0; index < given.length; index++) {
    const item = given[index];
    if (call !== undefined && !isTrue(call(item, index, given), run)) continue;
    if (found !== undefined) throw new Fault("D3138");
    found = { item };
  }
  if (found === undefined) throw new Fault("D3139");
  return found.item;
}

function reduced(run: Run, items: unknown, called: Callable, initial: unknown): unknown {
  if (items === undefined) return undefined;
  const given = items as readonly unknown[];
  const { arity } = called;
  if (arity < 2) throw new Fault("D3050", { index: 1 });
  const isBegun = initial === undefined && given.length > 0;
  let result = isBegun ? given[0] : initial;
  for (let index = isBegun ? 1 : 0; index < given.length; index++) {
    spendSteps(run, 2);
    result = apply(called, [result, given[index], index, given].slice(0, Math.min(4, arity)), null, run);
  }
  return result;
}

function each(run: Run, value: unknown, called: Callable): unknown {
  const found = sequence();
  if (typeof value !== "object" || value === null) return found;
  const call = callback(called, run);
  for (const key of Object.keys(value)) {
    const result = call((value as Record<string, unknown>)[key], key, value);
    if (result !== undefined) found.push(result);
  }
  spendBytes(run, ITEM_BYTES * found.length);
  return found;
}

function sifted(run: Run, value: unknown, called: Callable | undefined): unknown {
  if (!isRecord(value)) return undefined;
  const keys = Object.keys(value);
  if (keys.length === 0) return undefined;
  if (called === undefined) throw new Fault("T0410", { index: 2, value: called });
  const call = callback(called, run);
  const kept = keys.filter((key) => isTrue(call(value[key], key, value), run));
  if (kept.length === 0) return undefined;
  const result: Record<string, unknown> = {};
  spendBytes(run, 2 * ITEM_BYTES * kept.length);
  for (const key of kept) setField(result, key, value[key]);
  return result;
}
