/** Where the values of a result were taken from: the same value in the body, by its path there. */
import type { Line } from "./diff.ts";

/** Values that are too common to tell anything. */
function tells(leaf: Line["leaf"]): leaf is string | number {
  if (typeof leaf === "string") return leaf.length > 1;
  return typeof leaf === "number" && Math.abs(leaf) > 1;
}

/** For each line of the result whose value stands in the body as it is: the path of its first place there. */
export function originsOf(body: readonly Line[], result: readonly Line[]): Map<string, string> {
  const places = new Map<string | number, string>();
  for (const { leaf, path } of body) if (tells(leaf) && !places.has(leaf)) places.set(leaf, path);
  const origins = new Map<string, string>();
  for (const { leaf, path } of result) {
    const origin = tells(leaf) ? places.get(leaf) : undefined;
    if (origin !== undefined) origins.set(path, origin);
  }
  return origins;
}
