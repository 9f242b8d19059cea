/** Where two JSON values differ, by JSON Pointer. */
import { isFields, pointerStep } from "../core/schema-walk.ts";

/** `undefined` on one side: there is nothing at the path. */
export interface Difference {
  readonly path: string;
  readonly expected: unknown;
  readonly actual: unknown;
}

const MAX_DIFFERENCES = 20;

/** The differences of two JSON values, at most 20, the outermost first; empty when they are equal. Keys have no order. */
export function differencesOf(expected: unknown, actual: unknown): Difference[] {
  const found: Difference[] = [];
  compare(expected, actual, "", found);
  return found;
}

function compare(expected: unknown, actual: unknown, path: string, found: Difference[]): void {
  if (found.length >= MAX_DIFFERENCES || Object.is(expected, actual) || (expected === 0 && actual === 0))
    return;
  if (Array.isArray(expected) && Array.isArray(actual)) {
    for (let index = 0; index < Math.max(expected.length, actual.length); index++) {
      compare(expected[index], actual[index], path + pointerStep(index), found);
    }
  } else if (isFields(expected) && isFields(actual)) {
    for (const key of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
      compare(own(expected, key), own(actual, key), path + pointerStep(key), found);
    }
  } else found.push({ path, expected, actual });
}

function own(object: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
