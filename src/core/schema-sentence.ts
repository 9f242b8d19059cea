/** Turns a schema validator's findings into sentences in our own voice: the kind of what was got, never its value. */
import { isFields } from "./schema-walk.ts";

/** What does not fit, where, and why. */
export interface SchemaProblem {
  /** JSON Pointer into the value; of the object that has or lacks `key`, where there is one. */
  readonly path: string;
  readonly keyword: string;
  /** "`/commits/0/id` must be text that matches ^[0-9a-f]{40}$, got text of 7 characters" */
  readonly message: string;
  /** The unknown or missing key. */
  readonly key?: string;
  /** The values or keys that would be right, where they can be listed. */
  readonly allowed?: readonly unknown[];
  readonly schemaPath: string;
}

/** A finding as Ajv's `verbose` mode gives it. */
export interface Finding {
  readonly instancePath: string;
  readonly schemaPath: string;
  readonly keyword: string;
  readonly params: Record<string, unknown>;
  readonly message?: string | undefined;
  readonly propertyName?: string | undefined;
  readonly parentSchema?: object | undefined;
  readonly data?: unknown;
}

/** The parameters that the sentences read, as Ajv documents them for each keyword. */
interface Params {
  readonly type: string | readonly string[];
  readonly limit: number;
  readonly allowedValues: readonly unknown[];
  readonly minContains: number;
  readonly multipleOf: number;
  readonly [name: string]: unknown;
}

type Sentence = (params: Params, finding: Finding) => string;

const sentences: Record<string, Sentence> = {
  type: ({ type, form }, { data }) =>
    `must be ${typeNames(type)}${form === undefined ? "" : `, such as \`${clip(form)}\``}, got ${kindOf(data)}`,
  required: ({ missingProperty }) => `must have \`${clip(missingProperty)}\``,
  dependentRequired: ({ missingProperty, property }) =>
    `must have \`${clip(missingProperty)}\` beside \`${clip(property)}\``,
  additionalProperties: ({ additionalProperty }) => `must not have the key \`${clip(additionalProperty)}\``,
  unevaluatedProperties: ({ unevaluatedProperty }) =>
    `must not have the key \`${clip(unevaluatedProperty)}\``,
  propertyNames: ({ propertyName }) => `must not have the key \`${clip(propertyName)}\``,
  enum: ({ allowedValues }, { data }) => `must be ${oneOf(allowedValues)}, got ${kindOf(data)}`,
  const: ({ allowedValue }, { data }) => `must be ${oneOf([allowedValue])}, got ${kindOf(data)}`,
  pattern: ({ pattern }, { data }) => `must be text that matches ${clip(pattern)}, got ${kindOf(data)}`,
  format: ({ format }, { data }) => `must be text in the format ${clip(format)}, got ${kindOf(data)}`,
  minLength: ({ limit }, { data }) =>
    `must be text of at least ${count(limit, "character")}, got ${kindOf(data)}`,
  maxLength: ({ limit }, { data }) =>
    `must be text of at most ${count(limit, "character")}, got ${kindOf(data)}`,
  minItems: ({ limit }, { data }) => `must have at least ${count(limit, "item")}, got ${kindOf(data)}`,
  maxItems: ({ limit }, { data }) => `must have at most ${count(limit, "item")}, got ${kindOf(data)}`,
  minProperties: ({ limit }, { data }) => `must have at least ${count(limit, "key")}, got ${kindOf(data)}`,
  maxProperties: ({ limit }, { data }) => `must have at most ${count(limit, "key")}, got ${kindOf(data)}`,
  minimum: ({ limit }) => `must be at least ${limit}, got a number below it`,
  maximum: ({ limit }) => `must be at most ${limit}, got a number above it`,
  exclusiveMinimum: ({ limit }) => `must be more than ${limit}, got a number that is not`,
  exclusiveMaximum: ({ limit }) => `must be less than ${limit}, got a number that is not`,
  multipleOf: ({ multipleOf }) => `must be a multiple of ${multipleOf}, got a number that is not`,
  uniqueItems: () => "must not hold an item twice",
  contains: ({ minContains }) =>
    `must hold at least ${count(minContains, "item")} of the kind that the schema asks for`,
  not: () => "must not be of the kind that the schema excludes",
  if: ({ failingKeyword }) => `must fit the schema's \`${failingKeyword}\``,
  "false schema": () => "must not be there",
};

/** One finding as a problem with its sentence. */
export function problemOf(finding: Finding): SchemaProblem {
  const { instancePath: path, keyword, params, schemaPath } = finding;
  const sentence = sentences[keyword];
  const text =
    sentence === undefined ? (finding.message ?? "does not fit") : sentence(params as Params, finding);
  const key = keyOf(finding);
  const allowed = allowedBy(finding);
  return {
    path,
    keyword,
    message: `${nameOf(path, finding.propertyName)} ${text}`,
    ...(key === undefined ? {} : { key }),
    ...(allowed === undefined ? {} : { allowed }),
    schemaPath,
  };
}

/** What kind of value it is, with its size; never the value. */
export function kindOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return `a list of ${count(value.length, "item")}`;
  if (typeof value === "string") return `text of ${count(value.length, "character")}`;
  if (typeof value === "object") return "an object";
  return `a ${typeof value}`;
}

/** A JSON Pointer as a sentence's subject. */
export function nameOf(path: string, propertyName?: string): string {
  const place = path === "" ? "the value" : `\`${clip(path, 200)}\``;
  return propertyName === undefined ? place : `the key \`${clip(propertyName)}\` of ${place}`;
}

/** `"a"`, or `one of "a", "b"`; at most ten are named. */
export function oneOf(values: readonly unknown[]): string {
  const named = values.slice(0, 10).map((value) => clip(JSON.stringify(value)));
  if (values.length > 10) named.push("…");
  return values.length === 1 ? named[0]! : `one of ${named.join(", ")}`;
}

function keyOf({ params, propertyName }: Finding): string | undefined {
  const key =
    params.missingProperty ?? params.additionalProperty ?? params.unevaluatedProperty ?? params.propertyName;
  return typeof key === "string" ? key : propertyName;
}

function allowedBy({ keyword, params, parentSchema }: Finding): readonly unknown[] | undefined {
  if (keyword === "enum") return params.allowedValues as readonly unknown[];
  if (keyword === "const") return [params.allowedValue];
  if (keyword !== "additionalProperties" || !isFields(parentSchema) || !isFields(parentSchema.properties))
    return undefined;
  return Object.keys(parentSchema.properties);
}

function typeNames(type: string | readonly string[]): string {
  const names = typeof type === "string" ? type.split(",") : type;
  return names.map((name) => TYPES[name] ?? name).join(" or ");
}

const TYPES: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  integer: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  null: "null",
};

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function clip(text: unknown, length = 100): string {
  const whole = String(text);
  return whole.length > length ? `${whole.slice(0, length)}…` : whole;
}
