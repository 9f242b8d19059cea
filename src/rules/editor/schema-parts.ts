/** Parts of a JSON Schema by the keys that lead to a value, through `$ref`, `allOf` and choices. */
import { isFields, pointerStep } from "../../core/schema-walk.ts";
import type { Fields } from "../../core/schema-walk.ts";
import { resolved } from "../schema-fields.ts";
import type { Schema } from "../workspace.ts";

/** A part, with the schema that it stands in. */
export interface SchemaAt {
  readonly schema: Fields;
  readonly root: unknown;
  /** JSON Pointer in the root. */
  readonly pointer: string;
  /** The root's name, where it is another than the one that was begun with. */
  readonly name: string | undefined;
}

type Schemas = ReadonlyMap<string, Schema>;

const MAX_DEPTH = 12;
const NONE: Schemas = new Map();

/** The parts that say something of the value which the keys lead to; `*` stands for any item. */
export function partsAt(
  schema: unknown,
  keys: readonly string[],
  schemas: Schemas = NONE,
): readonly SchemaAt[] {
  let parts = isFields(schema)
    ? expanded({ schema, root: schema, pointer: "", name: undefined }, schemas)
    : [];
  for (const key of keys)
    parts = parts.flatMap((part) => below(part, key)).flatMap((part) => expanded(part, schemas));
  return parts;
}

/** The fields that the parts name, in their order. */
export function fieldsAt(
  parts: readonly SchemaAt[],
): ReadonlyMap<string, { readonly part: SchemaAt; readonly isRequired: boolean }> {
  const found = new Map<string, { part: SchemaAt; isRequired: boolean }>();
  for (const part of parts) {
    const { properties, required } = part.schema;
    if (!isFields(properties)) continue;
    for (const [name, schema] of Object.entries(properties)) {
      const isRequired = Array.isArray(required) && required.includes(name);
      const known = found.get(name);
      if (known !== undefined) found.set(name, { ...known, isRequired: known.isRequired || isRequired });
      else if (isFields(schema)) {
        const pointer = `${part.pointer}/properties${pointerStep(name)}`;
        found.set(name, { part: { ...part, schema, pointer }, isRequired });
      }
    }
  }
  return found;
}

function expanded(part: SchemaAt, schemas: Schemas, depth = 0): SchemaAt[] {
  if (depth > MAX_DEPTH) return [];
  const { schema, root, pointer } = part;
  const more: SchemaAt[] = [];
  if (typeof schema["$ref"] === "string") {
    const found = resolved(schema["$ref"], root, schemas);
    if (found !== undefined && isFields(found.schema)) {
      const [document = "", at = ""] = schema["$ref"].split("#");
      const name = document === "" ? part.name : document.replace(/^.*[/:]/, "").replace(/\.json$/, "");
      more.push({ schema: found.schema, root: found.root, pointer: at, name });
    }
  }
  for (const keyword of ["allOf", "anyOf", "oneOf"]) {
    const list = schema[keyword];
    if (!Array.isArray(list)) continue;
    for (const [index, one] of (list as unknown[]).entries())
      if (isFields(one)) more.push({ ...part, schema: one, pointer: `${pointer}/${keyword}/${index}` });
  }
  for (const keyword of ["then", "else"]) {
    const one = schema[keyword];
    if (isFields(one)) more.push({ ...part, schema: one, pointer: `${pointer}/${keyword}` });
  }
  return [part, ...more.flatMap((one) => expanded(one, schemas, depth + 1))];
}

function below(part: SchemaAt, key: string): SchemaAt[] {
  const { schema, pointer } = part;
  const { properties, items, prefixItems, additionalProperties } = schema;
  const isItem = key === "*" || /^\d+$/.test(key);
  if (isItem && isFields(items)) return [{ ...part, schema: items, pointer: `${pointer}/items` }];
  if (isItem && Array.isArray(prefixItems) && isFields(prefixItems[0]))
    return [{ ...part, schema: prefixItems[0], pointer: `${pointer}/prefixItems/0` }];
  if (isFields(properties) && isFields(properties[key]))
    return [{ ...part, schema: properties[key], pointer: `${pointer}/properties${pointerStep(key)}` }];
  if (isFields(additionalProperties))
    return [{ ...part, schema: additionalProperties, pointer: `${pointer}/additionalProperties` }];
  return [];
}

/** What a schema says of a value, on one line: "text, at most 255 characters". */
export function kindOf({ type, format, enum: choices, const: only, $ref }: Fields): string {
  if (only !== undefined) return JSON.stringify(only);
  if (Array.isArray(choices))
    return choices
      .slice(0, 8)
      .map((one) => JSON.stringify(one))
      .join(" | ");
  const types = [type].flat().filter((one) => typeof one === "string");
  const said = types.join(" | ") || (typeof $ref === "string" ? $ref : "any value");
  return typeof format === "string" ? `${said} (${format})` : said;
}
