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

/** What the schemas inside a schema refer to, each as it is written; without the places, which cost most of a walk. */
export function refsIn(schema: unknown, found: string[] = []): string[] {
  if (!isFields(schema)) return found;
  for (const keyword in schema) {
    const value = schema[keyword];
    if (keyword === "$ref" && typeof value === "string") found.push(value);
    else if (typeof value !== "object" || value === null) continue;
    else if (Array.isArray(value)) {
      if (LISTS.includes(keyword)) for (const one of value) refsIn(one, found);
    } else if (MAPS.includes(keyword)) for (const name in value) refsIn((value as Fields)[name], found);
    else if (SINGLES.includes(keyword)) refsIn(value, found);
  }
  return found;
}

/** The schemas right inside a schema, with the keys that lead to each, in the order of its text. Booleans are left out. */
export function partsOf(schema: Fields): { readonly steps: (string | number)[]; readonly part: Fields }[] {
  const parts: { steps: (string | number)[]; part: Fields }[] = [];
  for (const keyword in schema) {
    const value = schema[keyword];
    if (Array.isArray(value)) {
      if (!LISTS.includes(keyword)) continue;
      for (const [index, part] of value.entries())
        if (isFields(part)) parts.push({ steps: [keyword, index], part });
    } else if (!isFields(value)) continue;
    else if (SINGLES.includes(keyword)) parts.push({ steps: [keyword], part: value });
    else if (MAPS.includes(keyword)) {
      for (const name in value) {
        const part = value[name];
        if (isFields(part)) parts.push({ steps: [keyword, name], part });
      }
    }
  }
  return parts;
}

/** Every schema inside a schema with its JSON Pointer, the root first, in the order of its text. Booleans are left out. */
export function* subschemas(schema: unknown, path = ""): Generator<{ path: string; schema: Fields }> {
  if (!isFields(schema)) return;
  yield { path, schema };
  for (const { steps, part } of partsOf(schema))
    yield* subschemas(part, path + steps.map(pointerStep).join(""));
}
