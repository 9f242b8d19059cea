/** The smallest JSON value that still has a property: parts are left out and made simple, as long as it has it. */
import { isFields } from "../core/schema-walk.ts";

/** Asks at most so many times. */
const MOST_TRIES = 3_000;

/** What is left of the value, which has the property; deterministic. */
export async function shrunk(value: unknown, has: (value: unknown) => Promise<boolean>): Promise<unknown> {
  let best = value;
  let tries = 0;
  for (let isSmaller = true; isSmaller && tries < MOST_TRIES;) {
    isSmaller = false;
    // What is large is tried first: a part that goes takes all that is in it along.
    for (const path of pathsOf(best)) {
      const part = at(best, path);
      if (part === GONE) continue;
      for (const simpler of simplerThan(part, path.length > 0)) {
        if (++tries > MOST_TRIES) break;
        const candidate = replaced(best, path, simpler);
        if (!(await has(candidate))) continue;
        best = candidate;
        isSmaller = true;
        break;
      }
    }
  }
  return best;
}

type Path = readonly (string | number)[];

const GONE: unique symbol = Symbol("gone");

/** All parts, the outer before the inner, items of lists from the last. */
function pathsOf(value: unknown, path: Path = []): Path[] {
  const keys = Array.isArray(value) ? [...value.keys()].reverse() : isFields(value) ? Object.keys(value) : [];
  return [
    path,
    ...keys.flatMap((key) => pathsOf((value as Record<string | number, unknown>)[key], [...path, key])),
  ];
}

function at(value: unknown, path: Path): unknown {
  let part = value;
  for (const key of path) {
    if (typeof part !== "object" || part === null || !Object.hasOwn(part, key)) return GONE;
    part = (part as Record<string | number, unknown>)[key];
  }
  return part;
}

/** Simpler values, the simplest first; `GONE` leaves it out. */
function simplerThan(value: unknown, mayGo: boolean): unknown[] {
  const gone = mayGo ? [GONE] : [];
  if (Array.isArray(value)) {
    const half = value.slice(0, Math.floor(value.length / 2));
    return [...gone, ...(value.length > 0 ? [[]] : []), ...(value.length > 2 ? [half] : [])];
  }
  if (isFields(value)) return [...gone, ...(Object.keys(value).length > 0 ? [{}] : [])];
  if (typeof value === "string") {
    const half = Math.floor(value.length / 2);
    const shorter = ["", "a", value.slice(0, half), value.slice(half), value.slice(0, -1), value.slice(1)];
    return [...gone, ...shorter.filter((text) => text.length < value.length)];
  }
  if (typeof value === "number")
    return [...gone, ...[0, 1, Math.trunc(value)].filter((other) => Math.abs(other) < Math.abs(value))];
  return value === true ? [...gone, false] : gone;
}

function replaced(value: unknown, path: Path, by: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return by;
  if (Array.isArray(value)) {
    const items = [...(value as unknown[])];
    if (rest.length === 0 && by === GONE) items.splice(Number(key), 1);
    else items[Number(key)] = replaced(items[Number(key)], rest, by);
    return items;
  }
  const entries = Object.entries(value as object).flatMap(([name, part]): [string, unknown][] => {
    if (name !== key) return [[name, part]];
    return rest.length === 0 && by === GONE ? [] : [[name, replaced(part, rest, by)]];
  });
  return Object.fromEntries(entries);
}
