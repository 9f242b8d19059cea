/** How far a schema may go: levels, and how often `$ref` and `allOf` multiply what is done for one part of a value. */
import type { Fault } from "./schema-fault.ts";
import { isFields, pointerKeys, pointerStep } from "./schema-walk.ts";
import type { Fields } from "./schema-walk.ts";

/** Levels of objects and lists in a schema's file. */
const MAX_LEVELS = 200;

/** Schemas that one part of a value is held against, those of the way to it included. */
const MAX_WORK = 10_000;

/** What is too much in a schema; `schemas` are those that it may refer to by name. */
export function sizeFault(schema: unknown, schemas: ReadonlyMap<string, unknown>): Fault | undefined {
  const deep = tooDeep(schema);
  if (deep !== undefined) return { path: deep, message: `A schema may have ${MAX_LEVELS} levels at most.` };
  if (!isFields(schema) || workOf(schema, schema, schemas, new Map()) <= MAX_WORK) return undefined;
  const message = `Its references multiply: one part of a value would be held against more than ${MAX_WORK} schemas.`;
  return { path: "", message };
}

/** JSON Pointer of the first part below the last level; undefined for almost all. */
function tooDeep(schema: unknown): string | undefined {
  return isDeeper(schema, 0) ? deepest(schema) : undefined;
}

function isDeeper(value: unknown, level: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (level > MAX_LEVELS) return true;
  if (Array.isArray(value)) return value.some((one) => isDeeper(one, level + 1));
  for (const key in value) if (isDeeper((value as Fields)[key], level + 1)) return true;
  return false;
}

/** Without recursion, since there may be any number of levels. */
function deepest(schema: unknown): string | undefined {
  const open: { readonly value: unknown; readonly path: string; readonly level: number }[] = [
    { value: schema, path: "", level: 0 },
  ];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, path, level } = next;
    if (typeof value !== "object" || value === null) continue;
    if (level > MAX_LEVELS) return path;
    for (const [key, one] of Object.entries(value))
      open.push({ value: one, path: path + pointerStep(key), level: level + 1 });
  }
  return undefined;
}

/** Keywords whose schemas are held against the same part of the value. */
const SAME_PART = new Set([
  "allOf",
  "anyOf",
  "oneOf",
  "not",
  "if",
  "then",
  "else",
  "dependentSchemas",
  "dependencies",
]);

/** Keywords whose schemas are held against parts below; each part meets one of a keyword's, or each of several keywords'. */
const PARTS_BELOW = new Set([
  "properties",
  "patternProperties",
  "additionalProperties",
  "unevaluatedProperties",
  "propertyNames",
  "items",
  "prefixItems",
  "additionalItems",
  "unevaluatedItems",
  "contains",
]);

/** A schema that leads back to itself counts once: how often it is followed is up to the value. */
function workOf(
  schema: Fields,
  root: Fields,
  schemas: ReadonlyMap<string, unknown>,
  known: Map<Fields, number>,
): number {
  const former = known.get(schema);
  if (former !== undefined) return former;
  known.set(schema, 0);
  let work = 1;
  let below = 0;
  for (const keyword in schema) {
    const value = schema[keyword];
    if (keyword === "$ref") {
      const referred = typeof value === "string" ? target(value, root, schemas) : undefined;
      if (isFields(referred?.schema)) work += workOf(referred.schema, referred.root, schemas, known);
      continue;
    }
    const isSamePart = SAME_PART.has(keyword);
    if (!isSamePart && !PARTS_BELOW.has(keyword)) continue;
    const all =
      MAPS.has(keyword) && isFields(value) ? Object.values(value) : Array.isArray(value) ? value : [value];
    for (const one of all as readonly unknown[]) {
      if (!isFields(one)) continue;
      const its = workOf(one, root, schemas, known);
      if (isSamePart) work += its;
      else below = Math.max(below, its);
    }
  }
  work = Math.min(work + below, Number.MAX_SAFE_INTEGER);
  known.set(schema, work);
  return work;
}

const MAPS = new Set(["properties", "patternProperties", "dependentSchemas", "dependencies"]);

/** What a `$ref` by pointer, or by the name of a schema, leads to; undefined where that is for Ajv to tell. */
function target(
  ref: string,
  root: Fields,
  schemas: ReadonlyMap<string, unknown>,
): { readonly schema: unknown; readonly root: Fields } | undefined {
  const [name = "", pointer = ""] = ref.split("#");
  const named = name === "" ? root : schemas.get(name.replace(/^.*[/:]/, "").replace(/\.json$/, ""));
  if (!isFields(named)) return undefined;
  let found: unknown = named;
  for (const key of pointerKeys(pointer))
    found = typeof found === "object" && found !== null ? (found as Fields)[key] : undefined;
  return { schema: found, root: named };
}
