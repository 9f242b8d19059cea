/** A JSON Schema from samples, and a schema widened until samples satisfy it, with what was changed. Pure. */
import { isFields, pointerStep } from "./schema-walk.ts";
import type { Fields } from "./schema-walk.ts";

type Written = Record<string, unknown>;

/** The narrowest schema of types, required fields and formats that all samples satisfy. */
export function inferredSchema(samples: readonly unknown[]): Written {
  return { $schema: "https://json-schema.org/draft/2020-12/schema", ...levelOf(samples) };
}

function levelOf(samples: readonly unknown[]): Written {
  const types = [...new Set(samples.map(typeOf))].sort();
  const joined = types.includes("number") ? types.filter((type) => type !== "integer") : types;
  const level: Written = joined.length === 0 ? {} : { type: joined.length === 1 ? joined[0] : joined };
  const objects = samples.filter(isFields);
  if (objects.length > 0) Object.assign(level, ofObjects(objects));
  const lists = samples.filter((one): one is unknown[] => Array.isArray(one));
  const items = lists.flat();
  if (items.length > 0) level["items"] = levelOf(items);
  const texts = samples.filter((one) => typeof one === "string");
  const format =
    texts.length === 0 ? undefined : FORMATS.find(([, fits]) => texts.every((one) => fits.test(one)));
  if (format !== undefined) level["format"] = format[0];
  return level;
}

function ofObjects(objects: readonly Fields[]): Written {
  const names = [...new Set(objects.flatMap((one) => Object.keys(one)))];
  const required = names.filter((name) => objects.every((one) => Object.hasOwn(one, name)));
  const valuesOf = (name: string): unknown[] =>
    objects.filter((one) => Object.hasOwn(one, name)).map((one) => one[name]);
  return {
    ...(required.length > 0 && { required }),
    properties: Object.fromEntries(names.map((name) => [name, levelOf(valuesOf(name))])),
  };
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

const FORMATS: readonly (readonly [string, RegExp])[] = [
  ["date-time", /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/],
  ["date", /^\d{4}-\d\d-\d\d$/],
  ["email", /^[\w.+-]+@[a-z\d-]+(?:\.[a-z\d-]+)+$/i],
  ["uuid", /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i],
  ["uri", /^https?:\/\/[\w.-]+(?::\d+)?(?:\/[\w.~!$&'()*+,;=:@/%-]*)?(?:\?[\w.~!$&'()*+,;=:@/?%-]*)?$/],
];

/** A change of a schema, at the JSON Pointer of the value that it is about (`*` for items). */
export interface Widening {
  readonly path: string;
  readonly change: string;
}

/**
 * The schema widened as far as types, required and unknown fields, enumerations and formats go; what stands behind `$ref`
 * and in `oneOf` and the like is left as it is.
 */
export function widenedSchema(
  schema: unknown,
  samples: readonly unknown[],
): { readonly schema: unknown; readonly changes: readonly Widening[] } {
  const changes: Widening[] = [];
  return { schema: widened(schema, samples, "", changes), changes };
}

function widened(schema: unknown, samples: readonly unknown[], path: string, changes: Widening[]): unknown {
  if (!isFields(schema) || samples.length === 0 || "$ref" in schema) return schema;
  const made: Written = { ...schema };
  const tell = (change: string): void => void changes.push({ path, change });
  widenTypes(made, samples, tell);
  for (const keyword of ["const", "enum"]) widenChoice(made, keyword, samples, tell);
  if (typeof made["format"] === "string") {
    const known = FORMATS.find(([name]) => name === made["format"]);
    const texts = samples.filter((one) => typeof one === "string");
    if (known !== undefined && !texts.every((one) => known[1].test(one))) {
      tell(`no longer of format ${known[0]}`);
      delete made["format"];
    }
  }
  const objects = samples.filter(isFields);
  if (objects.length > 0) widenObject(made, objects, path, changes);
  const items = samples.filter((one) => Array.isArray(one)).flat();
  if (isFields(made["items"])) made["items"] = widened(made["items"], items, `${path}/*`, changes);
  return made;
}

function widenTypes(made: Written, samples: readonly unknown[], tell: (change: string) => void): void {
  if (made["type"] === undefined) return;
  const types = [made["type"]].flat().map(String);
  const isKnown = (type: string): boolean =>
    types.includes(type) || (type === "integer" && types.includes("number"));
  const more = [...new Set(samples.map(typeOf))].filter((type) => !isKnown(type));
  if (more.length === 0) return;
  tell(`may be ${more.join(" or ")}, too`);
  const all = [...types, ...more];
  made["type"] = all.includes("number") ? all.filter((type) => type !== "integer") : all;
}

function widenChoice(
  made: Written,
  keyword: string,
  samples: readonly unknown[],
  tell: (change: string) => void,
): void {
  if (!(keyword in made)) return;
  const before = keyword === "enum" ? (made["enum"] as unknown[]) : [made["const"]];
  const known = new Set(before.map((one) => JSON.stringify(one)));
  const more = [...new Set(samples.map((one) => JSON.stringify(one)))].filter((one) => !known.has(one));
  if (more.length === 0) return;
  tell(`may be ${more.length} other ${more.length === 1 ? "value" : "values"}, too`);
  Reflect.deleteProperty(made, keyword);
  made["enum"] = [...before, ...more.map((one) => JSON.parse(one) as unknown)];
}

function widenObject(made: Written, objects: readonly Fields[], path: string, changes: Widening[]): void {
  const required = Array.isArray(made["required"]) ? (made["required"] as unknown[]).map(String) : [];
  const kept = required.filter((name) => objects.every((one) => Object.hasOwn(one, name)));
  for (const name of required)
    if (!kept.includes(name)) changes.push({ path: path + pointerStep(name), change: "no longer required" });
  if (kept.length < required.length) made["required"] = kept;
  const before = isFields(made["properties"]) ? made["properties"] : {};
  const properties: Written = { ...before };
  for (const name of new Set(objects.flatMap((one) => Object.keys(one)))) {
    const values = objects.filter((one) => Object.hasOwn(one, name)).map((one) => one[name]);
    const at = path + pointerStep(name);
    if (Object.hasOwn(before, name)) properties[name] = widened(before[name], values, at, changes);
    else {
      properties[name] = levelOf(values);
      changes.push({ path: at, change: `new: ${[...new Set(values.map(typeOf))].join(" or ")}` });
    }
  }
  if (Object.keys(properties).length > 0) made["properties"] = properties;
}
