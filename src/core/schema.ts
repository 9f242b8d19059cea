/**
 * JSON Schema, 2020-12 and draft-07: compiles schemas once and checks values in our own voice. Nothing is ever fetched,
 * and no pattern and no list, however long, can block the process.
 */
import { Ajv } from "ajv";
import type { AnySchema, CodeOptions, Options, ValidateFunction } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import ajvFormats from "ajv-formats";
import { linearRegExp } from "./pattern.ts";
import { chosen } from "./schema-choice.ts";
import { problemOf } from "./schema-sentence.ts";
import type { SchemaProblem } from "./schema-sentence.ts";
import { compileFault, draftOf, idFault, missingSchema, partsFault } from "./schema-fault.ts";
import type { Draft, Fault } from "./schema-fault.ts";
import { isPlain } from "./schema-plain.ts";
import { sizeFault } from "./schema-size.ts";
import { isFields } from "./schema-walk.ts";

export type { SchemaProblem };

/** What is wrong with a value; empty when it is valid, and then cheap. At most 20 problems. Never throws. */
export type Validator = (value: unknown) => readonly SchemaProblem[];

/** A schema ready for use, or the JSON Pointer of its faulty part and a sentence. */
export type CompiledSchema =
  | { readonly ok: true; readonly validate: Validator }
  | { readonly ok: false; readonly path: string; readonly message: string };

const MAX_PROBLEMS = 20;
/** A value of more parts than this gets its first problem only: to list all would make one for each part. */
const MAX_PARTS_LISTED = 5000;
const NONE: readonly SchemaProblem[] = [];

/** Compiles one schema. It may refer to parts of itself only. */
export function compileSchema(schema: unknown): CompiledSchema {
  return compileSchemas(new Map([["schema", schema]])).get("schema")!;
}

/**
 * Compiles schemas that may refer to one another: `$ref` by name ("github.push"), by file name ("github.push.json"), or by
 * the `$id` of another, each with a `#/…` pointer if need be. `lazily`: what is sound beyond doubt is compiled when a value is
 * first held against it.
 */
export function compileSchemas(
  schemas: ReadonlyMap<string, unknown>,
  { lazily = false }: { readonly lazily?: boolean } = {},
): ReadonlyMap<string, CompiledSchema> {
  const registry = new Registry(schemas, lazily);
  return new Map([...schemas].map(([name, schema]) => [name, registry.compile(name, schema)]));
}

/**
 * A validator for one of our own formats: fills in the defaults, in place, and lists every problem. It is compiled when it is
 * first asked, since no command needs them all; throws then when the schema is wrong.
 */
export function compileFormat(schema: object): Validator {
  let validate: ValidateFunction | undefined;
  return (value) => {
    // One for all: each would compile the schema of schemas anew. Not optimized: each runs a few times in a process's life.
    formats ??= newAjv("2020-12", { allErrors: true, useDefaults: true }, { optimize: false });
    validate ??= formats.compile(schema);
    return validate(value) ? NONE : problemsOf(validate);
  };
}

let formats: Ajv | undefined;

class Registry {
  private readonly ajvs = new Map<string, Ajv>();

  private readonly schemas: ReadonlyMap<string, unknown>;

  private readonly lazily: boolean;

  private readonly drafts = new Map<Draft, ReadonlyMap<string, unknown>>();

  constructor(schemas: ReadonlyMap<string, unknown>, lazily: boolean) {
    this.schemas = schemas;
    // With an `$id` a name may mean another schema.
    this.lazily = lazily && ![...schemas.values()].some((schema) => isFields(schema) && "$id" in schema);
  }

  compile(name: string, schema: unknown): CompiledSchema {
    const draft = draftOf(schema);
    if (draft === undefined) {
      return { ok: false, path: "/$schema", message: "`$schema` must name JSON Schema 2020-12 or draft-07." };
    }
    // Before Ajv sees it, which follows a schema as deep as it goes.
    const large = sizeFault(schema, this.schemas);
    if (large !== undefined) return { ok: false, ...large };
    if (this.lazily && isPlain(schema, this.ofDraft(draft)))
      return { ok: true, validate: this.later(name, draft) };
    const fault = faultOf(schema, this.ajv(draft, false)) ?? idFault(name, schema, this.schemas);
    if (fault !== undefined) return { ok: false, ...fault };
    try {
      return { ok: true, validate: this.validator(name, draft) };
    } catch (error) {
      return { ok: false, ...compileFault(error, schema) };
    }
  }

  private validator(name: string, draft: Draft): Validator {
    const fast = this.function(name, draft, false);
    // The one that lists everything is compiled when something is first wrong: most never are.
    let thorough: ValidateFunction | undefined;
    const validate: Validator = (value) => {
      if (fast(value)) return NONE;
      if (!isSmall(value)) return problemsOf(fast);
      thorough ??= this.function(name, draft, true);
      return thorough(value) ? NONE : problemsOf(thorough);
    };
    return withinStack(validate);
  }

  private later(name: string, draft: Draft): Validator {
    let validate: Validator | undefined;
    return (value) => (validate ??= this.validator(name, draft))(value);
  }

  private ofDraft(draft: Draft): ReadonlyMap<string, unknown> {
    const known = this.drafts.get(draft);
    if (known !== undefined) return known;
    const found = new Map([...this.schemas].filter(([, schema]) => draftOf(schema) === draft));
    this.drafts.set(draft, found);
    return found;
  }

  /** Adds what a `$ref` asks for by a name of the folder, as often as something is missing, and compiles. */
  private function(name: string, draft: Draft, allErrors: boolean): ValidateFunction {
    const ajv = this.ajv(draft, allErrors);
    for (;;) {
      try {
        return ajv.getSchema(keyOf(name))!;
      } catch (error) {
        const missing = missingSchema(error);
        const referred =
          missing === undefined
            ? undefined
            : this.schemas.get(missing.replace(/^.*[/:]/, "").replace(/\.json$/, ""));
        if (missing === undefined || referred === undefined || draftOf(referred) !== draft) throw error;
        if (ajv.schemas[missing] !== undefined || ajv.refs[missing] !== undefined) throw error;
        ajv.addSchema(referred as AnySchema, missing);
      }
    }
  }

  private ajv(draft: Draft, allErrors: boolean): Ajv {
    const key = `${draft} ${String(allErrors)}`;
    let ajv = this.ajvs.get(key);
    if (ajv === undefined) {
      // What lists everything runs for what is wrong, which is seldom.
      ajv = newAjv(draft, { allErrors }, { optimize: !allErrors });
      this.ajvs.set(key, ajv);
      for (const [name, schema] of this.schemas) if (draftOf(schema) === draft) register(ajv, name, schema);
    }
    return ajv;
  }
}

/** A key that no `$ref` can name, so that names are looked up by us alone: the same way from every schema. */
const keyOf = (name: string): string => `signalbox-schema:${name}`;

function register(ajv: Ajv, name: string, schema: unknown): void {
  if (!isFields(schema) && typeof schema !== "boolean") return;
  if (sizeFault(schema, new Map()) !== undefined) return;
  try {
    ajv.addSchema(schema as AnySchema, keyOf(name));
  } catch {
    // Its `$id` is another's or no text: `faultOf` says so.
  }
}

function newAjv(draft: Draft, options: Options, code: CodeOptions = {}): Ajv {
  const all: Options = {
    strict: false,
    logger: false,
    verbose: true,
    // Without it a payload's missing `constructor` would be looked up in its prototype.
    ownProperties: true,
    validateSchema: false,
    code: { regExp: patternEngine, ...code },
    ...options,
  };
  const ajv = draft === "draft-07" ? new Ajv(all) : new Ajv2020(all);
  ajvFormats.default(ajv);
  // ajv-formats' pattern for it backtracks: 2 s for 50 KB.
  ajv.addFormat("url", { validate: (text: string) => text.length <= 2048 && URL.canParse(text) });
  ajv.removeKeyword("uniqueItems");
  ajv.addKeyword({
    keyword: "uniqueItems",
    type: "array",
    schemaType: "boolean",
    validate: hasUniqueItems,
    errors: false,
  });
  return ajv;
}

const patternEngine = Object.assign(
  (source: string, flags: string) => {
    const { test } = linearRegExp(source, flags);
    // Ajv tells patterns apart by their text.
    return { test, toString: () => `/${source}/${flags}` };
  },
  { code: "linearRegExp" },
);

/** In linear time, where Ajv compares each with each. */
function hasUniqueItems(wanted: boolean, items: readonly unknown[]): boolean {
  return !wanted || new Set(items.map((item) => canonical(item))).size === items.length;
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    isFields(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part,
  );
}

/** What is wrong with a schema as it stands, before compiling. */
function faultOf(schema: unknown, ajv: Ajv): Fault | undefined {
  if (!isFields(schema) && typeof schema !== "boolean")
    return { path: "", message: "A schema must be an object or a boolean." };
  const meta = ajv.defaultMeta();
  if (ajv.validate(meta as string, schema) !== true) {
    const problem = chosen(ajv.errors ?? []).map(problemOf)[0]!;
    return { path: problem.path, message: `${problem.message}.` };
  }
  return partsFault(schema);
}

/** A schema may send the validator round and round (`{ "$ref": "#" }`), a value may be nested as deep as its sender likes. */
function withinStack(validate: Validator): Validator {
  return (value) => {
    try {
      return validate(value);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      const message = "the value must not be nested deeper than the schema can be followed";
      return [{ path: "", keyword: "$ref", message, schemaPath: "#" }];
    }
  };
}

function problemsOf(validate: ValidateFunction): readonly SchemaProblem[] {
  return chosen(validate.errors ?? [])
    .slice(0, MAX_PROBLEMS)
    .map(problemOf);
}

/** True when a value has few enough parts that all its problems may be listed. */
function isSmall(value: unknown): boolean {
  const open = [value];
  for (let seen = 0; open.length > 0; seen++) {
    if (seen > MAX_PARTS_LISTED) return false;
    const part = open.pop();
    if (typeof part !== "object" || part === null) continue;
    const parts: readonly unknown[] = Array.isArray(part) ? part : Object.values(part);
    if (parts.length > MAX_PARTS_LISTED) return false;
    for (const one of parts) open.push(one);
  }
  return true;
}
