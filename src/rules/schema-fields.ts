/** The fields that a JSON Schema names: by their paths, as far as it can be followed. */
import { isFields, pointerStep } from "../core/schema-walk.ts";
import type { Schema } from "./workspace.ts";

/** A field; `*` in its path stands for the items of a list. */
export interface SchemaField {
  readonly path: string;
  /** True where everything on the way to it is required, but that a list may be empty. */
  readonly required: boolean;
}

const MAX_DEPTH = 12;
const MAX_FIELDS = 2_000;

/** Of `properties`, `items`, `allOf` and `$ref`; what only some form of `oneOf`, `anyOf` or `if` has is named, and not required. */
export function fieldsOf(schema: unknown, schemas: ReadonlyMap<string, Schema>): SchemaField[] {
  const found = new Map<string, boolean>();
  walk(schema, "", { root: schema, required: true, depth: 0, found, schemas });
  return [...found].map(([path, required]) => ({ path, required }));
}

interface Walk {
  /** What `#/…` is looked up in. */
  readonly root: unknown;
  readonly required: boolean;
  readonly depth: number;
  readonly found: Map<string, boolean>;
  readonly schemas: ReadonlyMap<string, Schema>;
}

function walk(schema: unknown, path: string, from: Walk): void {
  if (!isFields(schema) || from.depth > MAX_DEPTH || from.found.size > MAX_FIELDS) return;
  const deeper = { ...from, depth: from.depth + 1 };
  if (typeof schema["$ref"] === "string") {
    const referred = resolved(schema["$ref"], from.root, from.schemas);
    if (referred !== undefined) walk(referred.schema, path, { ...deeper, root: referred.root });
  }
  const required = new Set(Array.isArray(schema["required"]) ? (schema["required"] as unknown[]) : []);
  if (isFields(schema["properties"]))
    for (const [key, below] of Object.entries(schema["properties"])) {
      const at = path + pointerStep(key);
      const isRequired = from.required && required.has(key);
      from.found.set(at, isRequired || from.found.get(at) === true);
      walk(below, at, { ...deeper, required: isRequired });
    }
  for (const items of [schema["items"], ...listOf(schema["prefixItems"])]) walk(items, `${path}/*`, deeper);
  for (const part of listOf(schema["allOf"])) walk(part, path, deeper);
  const maybe = { ...deeper, required: false };
  for (const part of [...listOf(schema["oneOf"]), ...listOf(schema["anyOf"])]) walk(part, path, maybe);
  for (const part of [schema["then"], schema["else"]]) walk(part, path, maybe);
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** What a `$ref` means: a place in the same document, or a schema of the folder by its name. */
export function resolved(
  ref: string,
  root: unknown,
  schemas: ReadonlyMap<string, Schema>,
): { readonly schema: unknown; readonly root: unknown } | undefined {
  const [document = "", pointer = ""] = ref.split("#");
  const name = document.replace(/^.*[/:]/, "").replace(/\.json$/, "");
  const whole = document === "" ? root : schemas.get(name)?.schema;
  if (whole === undefined) return undefined;
  let at: unknown = whole;
  for (const step of pointer.split("/").slice(1)) {
    const key = decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Readonly<Record<string, unknown>>)[key];
  }
  return { schema: at, root: whole };
}
