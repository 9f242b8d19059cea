/** Walks a JSON Schema's own schemas (not its data, such as `const` or `examples`), to find the place of a fault. */

const MAPS = ["properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "dependencies"];
const LISTS = ["allOf", "anyOf", "oneOf", "prefixItems", "items"];
const SINGLES = [
  "items",
  "additionalItems",
  "additionalProperties",
  "unevaluatedItems",
  "unevaluatedProperties",
  "contains",
  "propertyNames",
  "not",
  "if",
  "then",
  "else",
];

/** A JSON object, as far as one may look into it. */
export type Fields = Readonly<Record<string, unknown>>;

/** True for a JSON object; false for lists and null. */
export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** One step of a JSON Pointer (RFC 6901), with `~` and `/` escaped. */
export function pointerStep(key: string | number): string {
  return `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/** The keys that a JSON Pointer names, unescaped. */
export function pointerKeys(pointer: string): string[] {
  const steps = pointer.split("/").slice(1);
  return steps.map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** Every schema inside a schema with its JSON Pointer, the root first. Booleans are left out. */
export function* subschemas(schema: unknown, path = ""): Generator<{ path: string; schema: Fields }> {
  if (!isFields(schema)) return;
  yield { path, schema };
  for (const keyword of SINGLES) yield* subschemas(schema[keyword], path + pointerStep(keyword));
  for (const keyword of LISTS) {
    const list = schema[keyword];
    if (!Array.isArray(list)) continue;
    for (const [index, item] of list.entries())
      yield* subschemas(item, path + pointerStep(keyword) + pointerStep(index));
  }
  for (const keyword of MAPS) {
    const map = schema[keyword];
    if (!isFields(map)) continue;
    for (const key of Object.keys(map))
      yield* subschemas(map[key], path + pointerStep(keyword) + pointerStep(key));
  }
}
