/**
 * Makes plain JSON of what an evaluation yields: own copies, ordinary prototypes, arrays without jsonata's marks. Equal to
 * JSON.parse(JSON.stringify(x)) for all that is JSON, and never silently lossy for what is not.
 */
import { SignalboxError } from "../core/errors.ts";
import { defaultBudgets, limits } from "./budgets.ts";
import { BudgetExceeded } from "./fault.ts";
import type { Fresh } from "./fresh.ts";
import { setField } from "./values.ts";

/** Where in the result we are, from the inside out: only an error reads it. */
interface Path {
  readonly key: string | number;
  readonly above: Path | undefined;
}

interface Size {
  /** Bytes, as `Budgets.output` counts them. */
  left: number;
  readonly allowed: number;
}

const VALUE_BYTES = 8;
const OBJECT_BYTES = 48;

/**
 * The value as plain JSON; undefined stays undefined. Throws TRANSFORM_RESULT_INVALID for a function, a number that is not
 * finite or more than 100 levels, naming the path, and BudgetExceeded for more bytes than `allowed`. What is `fresh` is looked
 * through and not copied.
 */
export function plainJson(value: unknown, allowed: number = defaultBudgets.output, fresh?: Fresh): unknown {
  return value === undefined ? undefined : copied(value, 0, undefined, { left: allowed, allowed }, fresh);
}

function spend(size: Size, bytes: number): void {
  if ((size.left -= bytes) < 0) throw new BudgetExceeded("output", size.allowed);
}

function copied(
  value: unknown,
  level: number,
  path: Path | undefined,
  size: Size,
  fresh: Fresh | undefined,
): unknown {
  spend(size, VALUE_BYTES);
  switch (typeof value) {
    case "string":
      spend(size, 2 * value.length);
      return value;
    case "number":
      if (!Number.isFinite(value)) throw invalid(path, "is a number that is not finite");
      return value + 0 || 0;
    case "boolean":
      return value;
    case "object":
      if (value === null) return null;
      if (level >= limits.resultDepth)
        throw invalid(path, `is nested more than ${limits.resultDepth} levels deep`);
      return Array.isArray(value)
        ? copiedArray(value, level, path, size, fresh === "array")
        : copiedObject(value, level, path, size, fresh);
    default:
      throw invalid(
        path,
        typeof value === "function" ? "is a function" : `is a ${typeof value}, which JSON has not`,
      );
  }
}

/** True for what needs no copy and no place in an error: most values. */
function isPlain(value: unknown, size: Size): boolean {
  if (typeof value === "string") {
    size.left -= 2 * value.length;
    return true;
  }
  if (typeof value === "number") return Number.isFinite(value) && value !== 0;
  return typeof value === "boolean" || value === null;
}

function copiedArray(
  items: readonly unknown[],
  level: number,
  path: Path | undefined,
  size: Size,
  isFresh: boolean,
): unknown[] {
  const copy = isFresh ? (items as unknown[]) : new Array<unknown>(items.length);
  for (let index = 0; index < items.length; index++) {
    const item = items[index];
    if (item === undefined) copy[index] = null;
    else if (isPlain(item, size)) copy[index] = item;
    else copy[index] = copied(item, level + 1, { key: index, above: path }, size, undefined);
  }
  spend(size, VALUE_BYTES * items.length);
  return copy;
}

/** Spreading copies the shape at once, and a field named `__proto__` as a field; what is plain is in place then. */
function copiedObject(
  value: object,
  level: number,
  path: Path | undefined,
  size: Size,
  fresh: Fresh | undefined,
): object {
  const fields = typeof fresh === "object" ? fresh : undefined;
  const copy =
    fields === undefined ? { ...(value as Record<string, unknown>) } : (value as Record<string, unknown>);
  spend(size, OBJECT_BYTES);
  // All are its own: it has been made a line above.
  for (const key in copy) {
    const item = copy[key];
    spend(size, VALUE_BYTES + 2 * key.length);
    if (isPlain(item, size)) continue;
    if (item === undefined) Reflect.deleteProperty(copy, key);
    else setField(copy, key, copied(item, level + 1, { key, above: path }, size, fields?.get(key)));
  }
  return copy;
}

const invalid = (path: Path | undefined, what: string): SignalboxError =>
  new SignalboxError("TRANSFORM_RESULT_INVALID", `the result at ${pathText(path)} ${what}`);

/** `$.a.b[3]`; long and odd keys are cut and quoted, since they may come from the payload. */
function pathText(path: Path | undefined): string {
  if (path === undefined) return "$";
  const { key, above } = path;
  if (typeof key === "number") return `${pathText(above)}[${key}]`;
  return `${pathText(above)}${/^[A-Za-z_]\w{0,39}$/.test(key) ? `.${key}` : `[${JSON.stringify(key.slice(0, 40))}]`}`;
}
