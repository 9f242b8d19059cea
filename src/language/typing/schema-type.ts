/** Types from JSON Schemas, 2020-12 and draft-07: every value that a schema lets through is in its type. */
import { isFields, pointerKeys } from "../../core/schema-walk.ts";
import type { Fields } from "../../core/schema-walk.ts";
import { join, joinAll, lazyField, lazyItems, meet } from "./join.ts";
import { textsMatching } from "./pattern-shape.ts";
import { SOME_TEXT, meetTexts, textsOf } from "./texts.ts";
import type { Texts } from "./texts.ts";
import { ANY, NEVER, NUMBER, arrayOf, boolOf, numberOf, present, shapeType, textType } from "./lattice.ts";
import type { Field, Items, Numbers, Shape, Type } from "./lattice.ts";

/** Schemas that may be referred to by name. */
export type Named = ReadonlyMap<string, unknown>;

/** A part of a schema, and the whole that its `#/…` point into. */
export interface Part {
  readonly schema: unknown;
  readonly root: unknown;
  readonly named: Named;
}

const NO_NAMES: Named = new Map();

/** A schema with those that it may refer to. */
export const wholeSchema = (schema: unknown, named: Named = NO_NAMES): Part => ({
  schema,
  root: schema,
  named,
});

/** Any value of JSON. */
const ANY_JSON: Type = present(ANY);

const known = new WeakMap<object, WeakMap<object, Type>>();

/** The values that a schema lets through. */
export function typeOf(part: Part): Type {
  const { schema, root } = part;
  if (schema === false) return NEVER;
  if (!isFields(schema) || !isFields(root)) return ANY_JSON;
  const ofRoot = known.get(root) ?? new WeakMap<object, Type>();
  known.set(root, ofRoot);
  const former = ofRoot.get(schema);
  if (former !== undefined) return former;
  // A schema that leads back to itself, without a field or an item between, says nothing of it.
  ofRoot.set(schema, ANY_JSON);
  const type = read(schema, part);
  ofRoot.set(schema, type);
  return type;
}

/** What a `$ref` leads to; undefined for what is not known here. */
export function referred(ref: string, { root, named }: Part): Part | undefined {
  const [name = "", pointer = ""] = ref.split("#");
  const whole = name === "" ? root : named.get(name.replace(/^.*[/:]/, "").replace(/\.json$/, ""));
  if (whole === undefined || (pointer !== "" && !pointer.startsWith("/"))) return undefined;
  let found: unknown = whole;
  for (const key of pointerKeys(decodeURIComponent(pointer))) {
    if (typeof found !== "object" || found === null) return undefined;
    found = (found as Fields)[key];
  }
  return found === undefined ? undefined : { schema: found, root: whole, named };
}

function read(schema: Fields, part: Part): Type {
  const of = (one: unknown): Type => typeOf({ ...part, schema: one });
  let type = ownKeywords(schema, part);
  if (typeof schema.$ref === "string") {
    const target = referred(schema.$ref, part);
    if (target !== undefined) type = meet(type, typeOf(target));
  }
  for (const one of listOf(schema.allOf)) type = meet(type, of(one));
  for (const choice of [schema.anyOf, schema.oneOf])
    if (Array.isArray(choice)) type = meet(type, joinAll((choice as unknown[]).map(of)));
  return type;
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);

const KINDS = ["null", "boolean", "number", "string", "array", "object"] as const;

function ownKeywords(schema: Fields, part: Part): Type {
  const literal = literals(schema);
  const given = schema.type;
  const kinds: readonly unknown[] =
    typeof given === "string" ? [given] : Array.isArray(given) ? given : KINDS;
  const says = SAYS.some((keyword) => keyword in schema);
  if (given === undefined && !says) return literal ?? ANY_JSON;
  const byKinds = joinAll(kinds.map((kind) => ofKind(kind, schema, part)));
  return literal === undefined ? byKinds : meet(literal, byKinds);
}

/** Keywords that say something of values of one kind. */
const SAYS =
  "properties required additionalProperties patternProperties items prefixItems minItems maxItems uniqueItems minLength maxLength pattern format minimum maximum exclusiveMinimum exclusiveMaximum".split(
    " ",
  );

function literals(schema: Fields): Type | undefined {
  if ("const" in schema) return literalType(schema.const);
  return Array.isArray(schema.enum) ? joinAll((schema.enum as unknown[]).map(literalType)) : undefined;
}

/** Exactly one value. */
export function literalType(value: unknown): Type {
  switch (typeof value) {
    case "string":
      return textType(textsOf(value));
    case "number":
      return numberOf({ min: value, max: value, isInteger: Number.isInteger(value), values: [value] });
    case "boolean":
      return boolOf(value ? 2 : 1);
    default:
      if (value === null) return { ...NEVER, isNull: true };
      if (Array.isArray(value))
        return arrayOf(joinAll(value.map(literalType)), value.length, value.length, { isPlain: true });
      return shapeType({
        fields: new Map(
          Object.entries(value as object).map(([key, one]): [string, Field] => [
            key,
            { type: literalType(one), isRequired: true },
          ]),
        ),
        rest: undefined,
        isListed: true,
      });
  }
}

function ofKind(kind: unknown, schema: Fields, part: Part): Type {
  switch (kind) {
    case "null":
      return { ...NEVER, isNull: true };
    case "boolean":
      return boolOf(3);
    case "integer":
    case "number":
      return { ...NEVER, number: numbersOf(schema, kind === "integer") };
    case "string": {
      const text = textsOfSchema(schema);
      return text === undefined ? NEVER : textType(text);
    }
    case "array":
      return { ...NEVER, array: itemsOf(schema, part) };
    case "object":
      return shapeType(shapeOf(schema, part));
    default:
      return NEVER;
  }
}

const numeric = (value: unknown, otherwise: number): number =>
  typeof value === "number" ? value : otherwise;

function numbersOf(schema: Fields, isInteger: boolean): Numbers {
  const min = Math.max(numeric(schema.minimum, -Infinity), numeric(schema.exclusiveMinimum, -Infinity));
  const max = Math.min(numeric(schema.maximum, Infinity), numeric(schema.exclusiveMaximum, Infinity));
  const isWide = [min, max].some(
    (bound) => Number.isFinite(bound) && Math.abs(bound) > Number.MAX_SAFE_INTEGER,
  );
  const isInexact = isInteger && (isWide || schema.format === "int64" || schema.format === "uint64");
  return { ...NUMBER, min, max, isInteger, ...(isInexact ? { isInexact } : {}) };
}

/** Lengths that formats have at least. */
const FORMAT_LENGTHS: Readonly<Record<string, [number, number]>> = {
  "date-time": [17, Infinity],
  date: [10, 10],
  time: [6, Infinity],
  uuid: [36, 45],
  email: [3, Infinity],
  ipv4: [7, 15],
  ipv6: [2, 45],
  uri: [2, Infinity],
};

/** Formats in which there are no blanks. */
const SOLID_FORMATS = new Set(["date", "uuid", "ipv4", "ipv6", "uri"]);

function textsOfSchema(schema: Fields): Texts | undefined {
  const { format, pattern } = schema;
  const [least, most] = (typeof format === "string" && FORMAT_LENGTHS[format]) || [0, Infinity];
  let text: Texts | undefined = {
    ...SOME_TEXT,
    min: Math.max(numeric(schema.minLength, 0), least),
    max: Math.min(numeric(schema.maxLength, Infinity), most),
    ...(typeof format === "string" ? { format, isSolid: SOLID_FORMATS.has(format) } : {}),
  };
  if (typeof pattern === "string") text = meetTexts(text, textsMatching(pattern));
  return text;
}

function itemsOf(schema: Fields, part: Part): Items {
  const of = (one: unknown): Type => typeOf({ ...part, schema: one });
  const first = listOf(schema.prefixItems ?? schema.items);
  const others = Array.isArray(schema.items) ? schema.additionalItems : schema.items;
  const isClosed = others === false;
  return lazyItems(
    () => {
      const rest = others === undefined || others === true ? ANY_JSON : of(others);
      const all = first.length === 0 ? rest : joinAll(first.map(of));
      return first.length > 0 && !isClosed ? join(all, rest) : all;
    },
    {
      min: numeric(schema.minItems, 0),
      max: Math.min(numeric(schema.maxItems, Infinity), isClosed ? first.length : Infinity),
      isPlain: true,
      ...(schema.uniqueItems === true ? { isUnique: true } : {}),
    },
  );
}

function shapeOf(schema: Fields, part: Part): Shape {
  const of = (one: unknown): Type => typeOf({ ...part, schema: one });
  const properties = isFields(schema.properties) ? schema.properties : {};
  const required = new Set(listOf(schema.required).filter((one) => typeof one === "string"));
  const patterns = isFields(schema.patternProperties) ? Object.values(schema.patternProperties) : [];
  const additional = schema.additionalProperties;
  const fields = new Map<string, Field>();
  for (const [name, one] of Object.entries(properties))
    fields.set(
      name,
      lazyField(() => of(one), { isRequired: required.has(name) }),
    );
  const rest =
    additional === false
      ? undefined
      : additional === undefined || additional === true
        ? ANY_JSON
        : of(additional);
  for (const name of required)
    if (!fields.has(name)) fields.set(name, { type: rest === undefined ? NEVER : rest, isRequired: true });
  const ofPatterns =
    patterns.length === 0 ? rest : joinAll([...patterns.map(of), ...(rest === undefined ? [] : [rest])]);
  const isListed =
    fields.size > 0 && patterns.length === 0 && (additional === undefined || additional === false);
  return { fields, rest: ofPatterns, isListed };
}
