/** Reads a router's own OpenAPI document and makes calls of it: valid ones, edge cases, and ones that must be refused. */
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import ajvFormats from "ajv-formats";

export type Schema = Readonly<Record<string, unknown>>;

export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query";
  readonly required: boolean;
  readonly schema: Schema;
}

export interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly scope: string;
  readonly parameters: readonly Parameter[];
  readonly body: Schema | undefined;
  readonly responses: Readonly<
    Record<string, { content?: Readonly<Record<string, { schema: Schema }>>; "x-events"?: Schema }>
  >;
}

export interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Schema>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** Every operation of a document: what reads first, what deletes last. */
export function operationsOf({ paths }: Document): Operation[] {
  const order = ["get", "post", "put", "patch", "delete"];
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): Operation => {
      const { operationId, parameters, requestBody, responses } = operation as unknown as {
        operationId: string;
        parameters: Parameter[];
        requestBody?: { content: { "application/json": { schema: Schema } } };
        responses: Operation["responses"];
      };
      return {
        ...{ id: operationId, method, path, parameters, responses },
        scope: String(operation["x-scope"]),
        body: requestBody?.content["application/json"].schema,
      };
    }),
  );
  return all.sort((a, b) => order.indexOf(a.method) - order.indexOf(b.method));
}

/** Checks values against the document's schemas. */
export function checker(document: Document): (schema: Schema, value: unknown) => string[] {
  const ajv = new Ajv2020({ strict: false, allErrors: true, logger: false });
  ajvFormats.default(ajv);
  ajv.addSchema({ ...document, $id: "doc" } as object);
  const compiled = new Map<string, ValidateFunction>();
  return (schema, value) => {
    const text = JSON.stringify(schema).replaceAll('"#/components/', '"doc#/components/');
    const validate = compiled.get(text) ?? ajv.compile(JSON.parse(text) as object);
    compiled.set(text, validate);
    if (validate(value)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  };
}

/** The schema that a `$ref` into the document stands for. */
export function resolved(schema: Schema, { components }: Document): Schema {
  const ref = schema["$ref"];
  return typeof ref === "string" ? (components.schemas[ref.split("/").at(-1)!] ?? {}) : schema;
}

/** A value that a schema takes. */
export function sampleOf(schema: Schema, document: Document, name = ""): unknown {
  const {
    type,
    enum: words,
    properties,
    required,
    items,
    pattern,
    format,
    ...rest
  } = resolved(schema, document);
  const { const: constant, default: preset, minimum, minLength, anyOf, oneOf } = rest as Schema;
  if (constant !== undefined) return constant;
  if (preset !== undefined) return preset;
  if (Array.isArray(words)) return words[0];
  const branches = anyOf ?? oneOf;
  if (Array.isArray(branches)) return sampleOf(branches[0] as Schema, document, name);
  if (type === "object" || properties !== undefined) {
    const wanted = (required as string[] | undefined) ?? [];
    return Object.fromEntries(
      wanted.map((key) => [key, sampleOf((properties as Record<string, Schema>)[key] ?? {}, document, key)]),
    );
  }
  if (type === "array") return [sampleOf((items as Schema | undefined) ?? {}, document, name)];
  if (type === "integer" || type === "number") return Number(minimum ?? 1);
  if (type === "boolean") return true;
  if (format === "date-time") return "2026-01-02T03:04:05.678Z";
  if (pattern !== undefined) return patterned(String(pattern));
  return "sample".repeat(Math.ceil(Number(minLength ?? 1) / 6));
}

/** Texts for the patterns that the API has. */
function patterned(pattern: string): string {
  const texts = [
    "order:1",
    `evt_${"0".repeat(26)}`,
    `dlv_${"0".repeat(34)}`,
    "a1",
    "123456",
    "name",
    "a".repeat(64),
  ];
  return texts.find((text) => new RegExp(pattern, "u").test(text)) ?? "sample";
}

/** Texts that parameters of any kind may meet. */
export const ODD_TEXTS: readonly string[] = [
  "",
  " ",
  "0",
  "-1",
  "1e999",
  "99999999999999999999",
  "null",
  "true",
  "__proto__",
  "constructor",
  "../../etc/passwd",
  "a'b\"c`d<script>alert(1)</script>",
  "ünïcödé 💥 ‮abc",
  "\u0000\u0001",
  "x".repeat(6000),
  "%",
  "${jndi:x}",
  "evt_zzzzzzzzzzzzzzzzzzzzzzzzzz",
  "bm90LWEtY3Vyc29y",
];

/** Values of every kind, for a body's properties. */
export const ODD_VALUES: readonly unknown[] = [
  null,
  true,
  -1,
  1e308,
  "",
  "x".repeat(20_000),
  "\u0000💥‮",
  [],
  [[[[]]]],
  {},
  { __proto__x: 1 },
  JSON.parse('{"__proto__":{"admin":true},"constructor":{}}'),
];
