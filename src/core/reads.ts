/** Which fields of a JSON value are read: by their paths, with `*` for the items of a list. */
import { pointerStep } from "./schema-walk.ts";

/** The value, which tells `read` of every field that is looked at, once or more. It may not be changed. */
export function readable(value: unknown, read: (path: string) => void): unknown {
  const seen = new WeakMap<object, object>();
  return watched(value, "", read, seen);
}

function watched(
  value: unknown,
  path: string,
  read: (path: string) => void,
  seen: WeakMap<object, object>,
): unknown {
  if (typeof value !== "object" || value === null) return value;
  const known = seen.get(value);
  if (known !== undefined) return known;
  const isList = Array.isArray(value);
  const proxy = new Proxy(value, {
    get(target, key, receiver): unknown {
      const part: unknown = Reflect.get(target, key, receiver);
      // What is not there counts as looked at, what every object inherits does not.
      if (typeof key === "symbol" || (!Object.hasOwn(target, key) && key in target)) return part;
      if (isList && !/^\d+$/.test(key)) return part;
      const below = path + pointerStep(isList ? "*" : key);
      read(below);
      return watched(part, below, read, seen);
    },
  });
  seen.set(value, proxy);
  return proxy;
}
