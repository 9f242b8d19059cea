/**
 * Built-ins that jsonata implements in quadratic time or by splitting a text into characters, as linear ones. Each equals
 * jsonata's where it gives an answer, and leaves the rest to it by answering undefined.
 */
import type { Focus } from "./jsonata.ts";
import { limits } from "./limits.ts";
import { LimitReached } from "./meter.ts";

/** jsonata compares each with each: 5,000 objects take about a second. */
const MAX_COMPARED = 5_000;

/** Without characters outside the basic plane, characters are UTF-16 units. */
const isBasic = (value: unknown): value is string =>
  typeof value === "string" && !/[\ud800-\udbff]/.test(value);

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !("_jsonata_lambda" in value);

/** `$length`. */
export function length(_: Focus, text: unknown): number | undefined {
  return isBasic(text) ? text.length : undefined;
}

/** `$substring`. */
export function substring(_: Focus, text: unknown, start: unknown, count: unknown): string | undefined {
  if (!isBasic(text) || typeof start !== "number") return undefined;
  const from = text.length + start < 0 ? 0 : start;
  if (count === undefined) return text.slice(from);
  if (typeof count !== "number") return undefined;
  if (count <= 0) return "";
  return text.slice(from, from >= 0 ? from + count : text.length + from + count);
}

/** `$sort` without a comparator. */
export function sorted(_: Focus, items: unknown, comparator: unknown): unknown[] | undefined {
  if (comparator !== undefined || !Array.isArray(items) || items.length < 2) return undefined;
  const kind = typeof items[0];
  if ((kind !== "number" && kind !== "string") || !items.every((item) => typeof item === kind))
    return undefined;
  return ([...items] as string[]).sort((a, b) => (a > b ? 1 : a < b ? -1 : 0));
}

/** `$distinct` of what is neither array nor object; throws LimitReached for more objects than jsonata can compare in time. */
export function distinct(focus: Focus, items: unknown): unknown[] | undefined {
  if (!Array.isArray(items) || items.length < 2) return undefined;
  if (items.some((item) => typeof item === "object" && item !== null)) {
    if (items.length > MAX_COMPARED)
      throw new LimitReached("call", `was given more than ${MAX_COMPARED} objects to compare`);
    return undefined;
  }
  const result = "sequence" in items ? focus.createSequence() : [];
  for (const item of new Set(items)) result.push(item);
  return result;
}

/** `$spread` of an array of objects. */
export function spread(_: Focus, items: unknown): unknown[] | undefined {
  if (!Array.isArray(items) || items.length === 0 || !items.every(isObject)) return undefined;
  const result = items.flatMap((item) => Object.entries(item).map(([key, value]) => ownEntry(key, value)));
  if (result.length > limits.sequence)
    throw new LimitReached("call", `made a sequence of more than ${limits.sequence} items`);
  return result;
}

function ownEntry(key: string, value: unknown): object {
  const entry = Object.create(null) as Record<string, unknown>;
  entry[key] = value;
  return entry;
}
