/** `$clone`: an own copy of a value, as writing it out and reading it again would make it. */
import { Fault } from "./fault.ts";
import { ITEM_BYTES, spendBytes, spendSteps } from "./run.ts";
import type { Run } from "./run.ts";
import { isNumeric, setField } from "./values.ts";
import type { Items } from "./values.ts";

/** The copy; functions become "", numbers keep 15 digits. Every object and array of it is added to `copies`. */
export function copied(value: unknown, run: Run, copies?: Set<object>): unknown {
  if (typeof value === "number" && !Number.isFinite(value)) throw new Fault("D3001", { value });
  const isWhole = Array.isArray(value) && (value as Items).outerWrapper === true;
  return copy(isWhole ? (value as Items)[0] : value, run, copies);
}

function copy(value: unknown, run: Run, copies: Set<object> | undefined): unknown {
  if (typeof value === "number") {
    if (Number.isInteger(value)) return value + 0 || 0;
    return isNumeric(value) ? Number(value.toPrecision(15)) : null;
  }
  if (typeof value === "function") return "";
  if (typeof value !== "object" || value === null) return value;
  spendSteps(run, 1);
  if (Array.isArray(value)) {
    spendBytes(run, ITEM_BYTES * value.length);
    const items = value.map((item) => (item === undefined ? null : copy(item, run, copies)));
    copies?.add(items);
    return items;
  }
  spendBytes(run, 4 * ITEM_BYTES);
  const record: Record<string, unknown> = {};
  copies?.add(record);
  for (const key of Object.keys(value)) {
    const field = (value as Record<string, unknown>)[key];
    if (field === undefined) continue;
    spendBytes(run, 3 * ITEM_BYTES);
    spendSteps(run, 2);
    setField(record, key, copy(field, run, copies));
  }
  return record;
}
