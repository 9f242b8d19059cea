/** A JSON Schema with its `$ref`, `allOf` and one of its alternatives taken into one level: what making a value needs. */
import { isFields } from "../core/schema-walk.ts";
import type { Fields } from "../core/schema-walk.ts";
import { resolved } from "./schema-fields.ts";
import type { Schema } from "./workspace.ts";

/** A schema and the document that its `#/…` is looked up in. */
export interface Rooted {
  readonly schema: unknown;
  readonly root: unknown;
}

/** A level of a schema without `$ref` and choices; its parts are still as they were written. */
export interface Level {
  readonly fields: Fields;
  /** By the key: all that must hold of the field. */
  readonly properties: ReadonlyMap<string, readonly Rooted[]>;
  readonly required: ReadonlySet<string>;
  readonly items: readonly Rooted[];
  readonly root: unknown;
}

const MAX_DEPTH = 20;

/** The level of all these schemas together; `choose` picks one of so many alternatives. */
export function levelOf(
  all: readonly Rooted[],
  schemas: ReadonlyMap<string, Schema>,
  choose: (count: number) => number,
): Level {
  const made = { fields: {} as Record<string, unknown>, properties: new Map<string, Rooted[]>() };
  const level = { ...made, required: new Set<string>(), items: [] as Rooted[], root: all[0]?.root };
  for (const one of all) take(one, level, schemas, choose, 0);
  return level;
}

interface Making {
  readonly fields: Record<string, unknown>;
  readonly properties: Map<string, Rooted[]>;
  readonly required: Set<string>;
  readonly items: Rooted[];
}

function take(
  { schema, root }: Rooted,
  into: Making,
  schemas: ReadonlyMap<string, Schema>,
  choose: (count: number) => number,
  depth: number,
): void {
  if (!isFields(schema) || depth > MAX_DEPTH) return;
  const also = (part: unknown, itsRoot = root): void =>
    take({ schema: part, root: itsRoot }, into, schemas, choose, depth + 1);
  if (typeof schema["$ref"] === "string") {
    const referred = resolved(schema["$ref"], root, schemas);
    if (referred !== undefined) also(referred.schema, referred.root);
  }
  for (const part of listOf(schema["allOf"])) also(part);
  for (const keyword of ["oneOf", "anyOf"]) {
    const choices = listOf(schema[keyword]);
    if (choices.length > 0) also(choices[choose(choices.length)]);
  }
  if (schema["if"] !== undefined) {
    const holds = choose(2) === 0;
    if (holds) also(schema["if"]);
    also(holds ? schema["then"] : schema["else"]);
  }
  for (const [keyword, value] of Object.entries(schema)) narrow(keyword, value, root, into);
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function narrow(keyword: string, value: unknown, root: unknown, into: Making): void {
  const { fields, properties, required, items } = into;
  const before = fields[keyword];
  if (keyword === "properties" && isFields(value)) {
    for (const [key, schema] of Object.entries(value))
      properties.set(key, [...(properties.get(key) ?? []), { schema, root }]);
  } else if (keyword === "required") for (const key of listOf(value)) required.add(String(key));
  else if (keyword === "items" && !Array.isArray(value)) items.push({ schema: value, root });
  else if (/^(?:min|exclusiveMin)/.test(keyword) && typeof before === "number")
    fields[keyword] = Math.max(before, Number(value));
  else if (/^(?:max|exclusiveMax)/.test(keyword) && typeof before === "number")
    fields[keyword] = Math.min(before, Number(value));
  else if (keyword === "type" && before !== undefined) fields["type"] = common(before, value);
  else if (keyword === "enum" && Array.isArray(before)) {
    const texts = new Set(listOf(value).map((one) => JSON.stringify(one)));
    fields["enum"] = before.filter((one) => texts.has(JSON.stringify(one)));
  } else fields[keyword] = value;
}

function common(one: unknown, other: unknown): unknown {
  const [first, second] = [[one].flat(), [other].flat()];
  const both = first.filter((type) => second.includes(type));
  if (both.length > 0) return both;
  // A whole number is a number.
  return first.includes("integer") || second.includes("integer") ? "integer" : other;
}
