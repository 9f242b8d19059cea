/** Where a schema itself is at fault: unknown draft, a pattern that does not compile, a `$ref` that leads nowhere. */
import { linearRegExp } from "./pattern.ts";
import { isFields, pointerStep, subschemas } from "./schema-walk.ts";
import type { Fields } from "./schema-walk.ts";

/** The drafts that are understood. */
export type Draft = "2020-12" | "draft-07";

/** JSON Pointer of the part at fault, and a sentence. */
export interface Fault {
  readonly path: string;
  readonly message: string;
}

/** The draft that `$schema` names, 2020-12 without it; undefined for any other. */
export function draftOf(schema: unknown): Draft | undefined {
  const named = isFields(schema) ? schema.$schema : undefined;
  if (named === undefined) return "2020-12";
  if (typeof named !== "string") return undefined;
  if (/^https?:\/\/json-schema\.org\/draft\/2020-12\/schema#?$/.test(named)) return "2020-12";
  return /^https?:\/\/json-schema\.org\/draft-07\/schema#?$/.test(named) ? "draft-07" : undefined;
}

/** The first part whose pattern does not compile, or that asks for Ajv's own `$async`. */
export function partsFault(schema: unknown): Fault | undefined {
  for (const part of subschemas(schema)) {
    const fault = partFault(part.schema, part.path);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** Two schemas of one folder with one `$id`: the later one is at fault. */
export function idFault(
  name: string,
  schema: unknown,
  schemas: ReadonlyMap<string, unknown>,
): Fault | undefined {
  if (!isFields(schema) || schema.$id === undefined) return undefined;
  for (const [other, its] of schemas) {
    if (other === name) return undefined;
    if (!isFields(its) || its.$id !== schema.$id) continue;
    return { path: "/$id", message: `\`$id\` is already that of schema \`${other}\`.` };
  }
  return undefined;
}

function partFault(schema: Fields, path: string): Fault | undefined {
  if (schema.$async === true)
    return { path: `${path}/$async`, message: "`$async` is not part of JSON Schema." };
  const patterns = isFields(schema.patternProperties) ? Object.keys(schema.patternProperties) : [];
  const places = patterns.map((pattern): [string, string] => [
    `${path}/patternProperties${pointerStep(pattern)}`,
    pattern,
  ]);
  if (typeof schema.pattern === "string") places.push([`${path}/pattern`, schema.pattern]);
  for (const [place, pattern] of places) {
    try {
      linearRegExp(pattern, "u");
    } catch (error) {
      return { path: place, message: `The pattern does not compile: ${sentenceOf(error)}.` };
    }
  }
  return undefined;
}

/** What Ajv throws while compiling: in practice a `$ref` that leads nowhere. */
export function compileFault(error: unknown, schema: unknown): Fault {
  const missing = (error as { missingRef?: unknown } | undefined)?.missingRef;
  if (typeof missing !== "string")
    return { path: "", message: `The schema does not compile: ${sentenceOf(error)}.` };
  for (const part of subschemas(schema)) {
    const ref = part.schema.$ref;
    if (typeof ref !== "string" || !missing.endsWith(ref)) continue;
    return {
      path: `${part.path}/$ref`,
      message: `\`$ref\` names \`${ref}\`, which is no part of this schema and no schema of the folder of its draft.`,
    };
  }
  return {
    path: "",
    message: `It refers to a schema that has a \`$ref\` to \`${missing.replace(/^signalbox-schema:/, "")}\`, which is not there.`,
  };
}

/** The schema that Ajv misses, as an absolute URI or a name; undefined when something else is wrong. */
export function missingSchema(error: unknown): string | undefined {
  const missing = (error as { missingSchema?: unknown } | undefined)?.missingSchema;
  return typeof missing === "string" ? missing : undefined;
}

function sentenceOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\.$/, "");
}
