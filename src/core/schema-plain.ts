/**
 * Which schemas are sound beyond doubt, told in one walk: known keywords with values of the right kinds, patterns that compile,
 * references that lead somewhere. Of all others, what is wrong is for the schema of schemas and for the compiler to tell.
 */
import { linearRegExp } from "./pattern.ts";
import { isFields, pointerKeys } from "./schema-walk.ts";
import type { Fields } from "./schema-walk.ts";

/** True for a schema that compiles; false says nothing. `schemas` are those of its draft that it may refer to by name. */
export function isPlain(schema: unknown, schemas: ReadonlyMap<string, unknown>): boolean {
  return isFields(schema) && isSound(schema, { root: schema, schemas, roots: new Set([schema]) });
}

interface Whole {
  readonly root: Fields;
  readonly schemas: ReadonlyMap<string, unknown>;
  /** Those that have been looked at, or are being. */
  readonly roots: Set<Fields>;
}

function isSound(schema: unknown, whole: Whole): boolean {
  if (typeof schema === "boolean") return true;
  if (!isFields(schema)) return false;
  for (const keyword in schema) {
    const judge = KEYWORDS[keyword];
    if (judge === undefined || !judge(schema[keyword], whole, schema)) return false;
  }
  return true;
}

type Judge = (value: unknown, whole: Whole, schema: Fields) => boolean;

const anything: Judge = () => true;
const isText: Judge = (value) => typeof value === "string";
const isFlag: Judge = (value) => typeof value === "boolean";
const isNumber: Judge = (value) => typeof value === "number";
const isCount: Judge = (value) => Number.isSafeInteger(value) && (value as number) >= 0;

const TYPES = new Set(["null", "boolean", "object", "array", "number", "string", "integer"]);

const isType: Judge = (value) =>
  Array.isArray(value)
    ? value.length > 0 &&
      new Set(value).size === value.length &&
      value.every((one) => TYPES.has(one as string))
    : TYPES.has(value as string);

const areNames: Judge = (value) =>
  Array.isArray(value) &&
  value.every((one) => typeof one === "string") &&
  new Set(value).size === value.length;

/** Objects among them may be equal: that is not looked into here. */
const areValues: Judge = (value) =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((one) => typeof one !== "object" || one === null) &&
  new Set(value).size === value.length;

const areSchemas: Judge = (value, whole) =>
  Array.isArray(value) && value.length > 0 && value.every((one) => isSound(one, whole));

function areNamed(value: unknown, whole: Whole): boolean {
  if (!isFields(value)) return false;
  for (const name in value) if (!isSound(value[name], whole)) return false;
  return true;
}

function isPattern(value: unknown): boolean {
  if (typeof value !== "string") return false;
  try {
    linearRegExp(value, "u");
    return true;
  } catch {
    return false;
  }
}

const arePatterns: Judge = (value, whole) =>
  areNamed(value, whole) && Object.keys(value as Fields).every((pattern) => isPattern(pattern));

/** `#`, `#/…` and the same behind a name of the folder. */
function isReference(ref: unknown, { root, schemas, roots }: Whole): boolean {
  if (typeof ref !== "string") return false;
  const [, name = "", pointer = ""] = /^([\w.-]*)(?:#((?:\/[^%]*)?))?$/.exec(ref) ?? [
    undefined,
    undefined,
    undefined,
  ];
  if (ref !== name && ref !== `${name}#${pointer}`) return false;
  const whole = name === "" ? root : schemas.get(name.replace(/\.json$/, ""));
  if (!isFields(whole)) return false;
  if (!roots.has(whole)) {
    roots.add(whole);
    if (!isSound(whole, { root: whole, schemas, roots })) return false;
  }
  let found: unknown = whole;
  for (const key of pointerKeys(pointer)) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, key)) return false;
    found = (found as Fields)[key];
  }
  // What is no schema where it stands is none that was looked at: only what `isSound` comes by is sure.
  return typeof found === "boolean" || (isFields(found) && isSchemaPlace(pointer));
}

/** A pointer of schema keywords: properties, definitions, items and the like. */
const isSchemaPlace = (pointer: string): boolean =>
  /^(?:\/(?:properties|\$defs|definitions|patternProperties|dependentSchemas)\/[^/]*|\/(?:allOf|anyOf|oneOf|prefixItems)\/\d+|\/(?:items|not|if|then|else|contains|additionalProperties|propertyNames))*$/.test(
    pointer,
  );

const KEYWORDS: Readonly<Record<string, Judge>> = Object.assign(
  Object.create(null) as Record<string, Judge>,
  {
    // Which draft it is has been looked at.
    $schema: (value: unknown, { root }: Whole, schema: Fields) =>
      typeof value === "string" && root === schema,
    $ref: (value: unknown, whole: Whole) => isReference(value, whole),
    $comment: isText,
    title: isText,
    description: isText,
    default: anything,
    examples: (value: unknown) => Array.isArray(value),
    deprecated: isFlag,
    readOnly: isFlag,
    writeOnly: isFlag,
    type: isType,
    enum: areValues,
    const: anything,
    format: isText,
    pattern: isPattern,
    minLength: isCount,
    maxLength: isCount,
    minimum: isNumber,
    maximum: isNumber,
    exclusiveMinimum: isNumber,
    exclusiveMaximum: isNumber,
    multipleOf: (value: unknown) => typeof value === "number" && value > 0,
    minItems: isCount,
    maxItems: isCount,
    uniqueItems: isFlag,
    minProperties: isCount,
    maxProperties: isCount,
    required: areNames,
    properties: areNamed,
    patternProperties: arePatterns,
    additionalProperties: isSound,
    propertyNames: isSound,
    items: isSound,
    prefixItems: areSchemas,
    contains: isSound,
    allOf: areSchemas,
    anyOf: areSchemas,
    oneOf: areSchemas,
    not: isSound,
    if: isSound,
    then: isSound,
    else: isSound,
    $defs: areNamed,
    definitions: areNamed,
  },
);
