/** The shape of a body: its paths with the kinds of their values, bounded; and what a schema says of a path. Pure. */
import { isFields, pointerKeys, pointerStep } from "./schema-walk.ts";

/** Deeper, and beyond so many paths, nothing is looked at. */
const MOST_LEVELS = 8;
export const MOST_PATHS = 300;
/** Items of a list that are looked at. */
const MOST_ITEMS = 5;
/** An object with more fields than this is a map: its names are `*`. */
const MOST_FIELDS = 60;

/** A JSON Pointer with `*` for items and for names that are data → the kinds of the values there, sorted. */
export type Shape = ReadonlyMap<string, readonly Kind[]>;
export type Kind = "null" | "boolean" | "number" | "text" | "array" | "object";

/** The shape of one body. */
export function shapeOf(body: unknown): Shape {
  const found = new Map<string, Set<Kind>>();
  walk(body, "", 0, found);
  return new Map([...found].map(([path, kinds]) => [path, [...kinds].sort()]));
}

function walk(value: unknown, path: string, level: number, found: Map<string, Set<Kind>>): void {
  const known = found.get(path);
  if (known === undefined && found.size >= MOST_PATHS) return;
  if (known === undefined) found.set(path, new Set([kindOf(value)]));
  else known.add(kindOf(value));
  if (level >= MOST_LEVELS) return;
  if (Array.isArray(value))
    for (const item of value.slice(0, MOST_ITEMS)) walk(item, `${path}/*`, level + 1, found);
  else if (isFields(value)) {
    const names = Object.keys(value);
    const isMap = names.length > MOST_FIELDS;
    for (const name of names.slice(0, MOST_PATHS))
      walk(value[name], path + (isMap || isData(name) ? "/*" : pointerStep(name)), level + 1, found);
  }
}

/** Names that are ids, dates, addresses: data, which would make a path each. */
function isData(name: string): boolean {
  return name.length > 60 || /^[\d.:-]+$/.test(name) || /@|^[\da-f-]{16,}$|\d{5}/i.test(name) || name === "";
}

/** The kind of a JSON value. */
export function kindOf(value: unknown): Kind {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return "array";
  if (isFields(value)) return "object";
  return typeof value === "string" ? "text" : (typeof value as "number" | "boolean");
}

/** What a schema says of a path; undefined where it says nothing. */
export interface Said {
  /** Absent: any. */
  readonly kinds?: readonly Kind[];
  readonly isRequired: boolean;
  readonly values?: readonly unknown[];
}

const KINDS: Readonly<Record<string, Kind>> = {
  ...{ null: "null", boolean: "boolean", number: "number", integer: "number" },
  ...{ string: "text", array: "array", object: "object" },
};

/** What schemas (all of them hold) say of a path. What stands behind `$ref` elsewhere, `oneOf` and the like says nothing. */
export function saidOf(schema: unknown, path: string): Said | undefined {
  let at: unknown = schema;
  let isRequired = false;
  for (const key of pointerKeys(path)) {
    at = resolved(at, schema);
    if (!isFields(at)) return undefined;
    const properties = isFields(at["properties"]) ? at["properties"] : {};
    isRequired = Array.isArray(at["required"]) && at["required"].includes(key);
    const below = Object.hasOwn(properties, key)
      ? properties[key]
      : key === "*"
        ? (at["items"] ?? at["additionalProperties"])
        : isFields(at["additionalProperties"])
          ? at["additionalProperties"]
          : undefined;
    if (below === undefined || typeof below === "boolean") return undefined;
    at = below;
  }
  at = resolved(at, schema);
  if (!isFields(at)) return undefined;
  const types = at["type"] === undefined ? [] : [at["type"]].flat().map(String);
  const kinds = types.flatMap((type) => KINDS[type] ?? []);
  const values = Array.isArray(at["enum"]) ? at["enum"] : "const" in at ? [at["const"]] : undefined;
  return { ...(kinds.length > 0 && { kinds }), isRequired, ...(values && { values }) };
}

/** Follows `#/…` within the schema. */
function resolved(at: unknown, root: unknown, left = 8): unknown {
  if (!isFields(at) || typeof at["$ref"] !== "string" || left === 0) return at;
  if (!at["$ref"].startsWith("#")) return undefined;
  const keys = pointerKeys(at["$ref"].slice(1));
  const found = keys.reduce<unknown>((part, key) => (isFields(part) ? part[key] : undefined), root);
  return resolved(found, root, left - 1);
}

/** The paths of a body whose value is none that a schema lists. */
export function outsideOf(body: unknown, schema: unknown, paths: Iterable<string>): string[] {
  return [...paths].filter((path) => {
    const values = saidOf(schema, path)?.values;
    if (values === undefined) return false;
    const known = new Set(values.map((one) => JSON.stringify(one)));
    return valuesAt(body, pointerKeys(path)).some((one) => !known.has(JSON.stringify(one)));
  });
}

function valuesAt(value: unknown, [key, ...rest]: readonly string[]): unknown[] {
  if (key === undefined) return [value];
  if (Array.isArray(value)) return value.slice(0, MOST_ITEMS).flatMap((item) => valuesAt(item, rest));
  if (!isFields(value)) return [];
  if (key === "*") return Object.values(value).flatMap((one) => valuesAt(one, rest));
  return Object.hasOwn(value, key) ? valuesAt(value[key], rest) : [];
}
