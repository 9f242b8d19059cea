/** Keywords that say nothing of a value, and those that only a value can tell of. */
import type { Fields } from "../../core/schema-walk.ts";

/** Keywords that only a value can tell of. */
export const NOT_FOLLOWED = [
  "not",
  "if",
  "dependentSchemas",
  "dependentRequired",
  "dependencies",
  "unevaluatedProperties",
  "unevaluatedItems",
  "$dynamicRef",
];

const SAYS_NOTHING = new Set([
  "$schema",
  "$id",
  "$defs",
  "definitions",
  "title",
  "description",
  "examples",
  "default",
  "$comment",
  "$ref",
  "allOf",
  "anyOf",
  "oneOf",
  "deprecated",
  "readOnly",
  "writeOnly",
  "format",
  "type",
]);

export const saysMore = (schema: Fields): boolean =>
  Object.keys(schema).some((key) => !SAYS_NOTHING.has(key));
