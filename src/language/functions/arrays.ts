/** Arrays and sequences: their size, order, and what is joined of them. */
import { builtin } from "../builtin.ts";
import type { Builtin } from "../builtin.ts";
import type { Callable } from "../callable.ts";
import { apply } from "../calls.ts";
import { Fault } from "../fault.ts";
import { mergeSorted } from "../ordering.ts";
import { chanceOf, spendItems, spendSteps } from "../run.ts";
import type { Run } from "../run.ts";
import type { Seeded } from "../seeded.ts";
import { appended, areEqual, isNumeric, isRecord, sequence } from "../values.ts";
import type { Items } from "../values.ts";

/** The functions on arrays that call no function but `$sort`'s. */
export const arrayFunctions: readonly Builtin[] = [
  builtin("count", "<a:n>", (_, items) => (items === undefined ? 0 : (items as unknown[]).length)),
  builtin("append", "<xx:a>", (run, left, right) => {
    const result = appended(left, right);
    if (Array.isArray(result) && result !== left && result !== right) {
      spendItems(run, result.length);
      spendSteps(run, result.length >> 4);
    }
    return result;
  }),
  builtin("reverse", "<a:a>", (run, items) => {
    if (items === undefined || (items as unknown[]).length < 2) return items;
    spendItems(run, (items as unknown[]).length);
    return [...(items as unknown[])].reverse();
  }),
  builtin("sort", "<af?:a>", (run, items, comparator) => sorted(run, items, comparator), { callsBack: true }),
  builtin("shuffle", "<a:a>", (run, items) => {
    if (items === undefined || (items as unknown[]).length < 2) return items;
    spendItems(run, (items as unknown[]).length);
    spendSteps(run, (items as unknown[]).length);
    return shuffled(items as unknown[], chanceOf(run));
  }),
  builtin("distinct", "<x:x>", (run, items) => distinct(run, items)),
  builtin("zip", "<a+>", (run, args) => zipped(run, args as unknown[]), { arity: 0, isVariadic: true }),
];

function sorted(run: Run, items: unknown, comparator: unknown): unknown {
  if (items === undefined || (items as unknown[]).length < 2) return items;
  const given = items as unknown[];
  if (comparator !== undefined) {
    const comesAfter = comparator as Callable;
    return mergeSorted(given, (a, b) => Boolean(apply(comesAfter, [a, b], null, run)), run);
  }
  const isOfNumbers = given.filter((item) => !isNumeric(item)).length === 0;
  if (!isOfNumbers && !given.every((item) => typeof item === "string"))
    throw new Fault("D3070", { index: 1 });
  spendItems(run, given.length);
  spendSteps(run, given.length * Math.ceil(Math.log2(given.length)));
  return ([...given] as string[]).sort((a, b) => (a > b ? 1 : a < b ? -1 : 0));
}

/** Fisher and Yates, as Durstenfeld has it (CACM 1964, algorithm 235), on a copy. */
function shuffled(items: readonly unknown[], chance: Seeded): unknown[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last--) {
    const other = Math.floor(chance.number() * (last + 1));
    [result[last], result[other]] = [result[other], result[last]];
  }
  return result;
}

const FEW = 16;

/** Compares a value only with those that look alike at the first level. */
function distinct(run: Run, items: unknown): unknown {
  if (!Array.isArray(items) || items.length < 2) return items;
  const result: Items = (items as Items).sequence === true ? sequence() : [];
  // Of few, a list is looked through sooner than a set is made.
  const plain = items.length > FEW ? new Set<unknown>() : undefined;
  let alike: Map<string, unknown[]> | undefined;
  spendSteps(run, items.length);
  spendItems(run, 2 * items.length);
  for (const item of items) {
    if (typeof item === "object" && item !== null) {
      const look = lookOf(item as object, run);
      alike ??= new Map();
      const others = alike.get(look) ?? [];
      if (others.some((other) => areEqual(item, other, run))) continue;
      if (others.push(item) === 1) alike.set(look, others);
    } else if (!Number.isNaN(item)) {
      if (plain === undefined ? result.includes(item) : plain.has(item)) continue;
      plain?.add(item);
    }
    result.push(item);
  }
  return result;
}

function lookOf(value: object, run: Run): string {
  if (!isRecord(value)) return `[${(value as unknown[]).length},${lookOfItem((value as unknown[])[0])}`;
  const keys = Object.keys(value).sort();
  spendSteps(run, 12 + 4 * keys.length);
  spendItems(run, 2 * keys.length);
  return keys.map((key) => `${key}:${lookOfItem(value[key])}`).join();
}

const lookOfItem = (value: unknown): string =>
  typeof value === "object" || typeof value === "function" ? "" : String(value).slice(0, 40);

function zipped(run: Run, args: readonly unknown[]): unknown {
  const lengths = args.map((arg) => (Array.isArray(arg) ? arg.length : 0));
  const length = Math.min(...lengths);
  if (!Number.isFinite(length)) return [];
  spendItems(run, (length + 1) * (args.length + 1));
  spendSteps(run, 2 * length * (1 + args.length));
  return Array.from({ length }, (_, index) => args.map((arg) => (arg as unknown[])[index]));
}
