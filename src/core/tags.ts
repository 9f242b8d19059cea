/** Tags: business keys that authors declare and events are found by. Their format in files, and what may become of a value. */
import type { TagValue } from "./event.ts";

/** The part of a source's or route's JSON Schema. */
export const tagsSchema = {
  type: "object",
  additionalProperties: false,
  maxProperties: 16,
  patternProperties: {
    "^[a-z][a-zA-Z0-9_-]{0,31}$": { type: "string", minLength: 1 },
  },
  description:
    "Business keys to find events by: a name, and JSONata over the body that yields text, a number, true or false, or up to 8 of them.",
  examples: [{ repository: "repository.full_name" }, { customer: "data.object.customer" }],
} as const;

/** An event has at most so many; of a list so many values count, and a text at most so many characters. */
export const MAX_TAGS = 16;
const MAX_VALUES = 8;
const MAX_LENGTH = 200;

/** What an expression yielded as a tag's value; undefined where it is none. */
export function tagValueOf(value: unknown): TagValue | undefined {
  if (!Array.isArray(value)) return isScalar(value) ? value : undefined;
  if (value.length === 0 || value.length > MAX_VALUES) return undefined;
  const all = value as readonly unknown[];
  return all.every(isScalar) ? all : undefined;
}

function isScalar(value: unknown): value is string | number | boolean {
  if (typeof value === "string") return value !== "" && value.length <= MAX_LENGTH;
  return typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value));
}
