/** The schemas of `schemas/<name>.json`. */
import { contradictions } from "../core/schema-contradiction.ts";
import { compileSchemas } from "../core/schema.ts";
import { isFields, refsIn } from "../core/schema-walk.ts";
import { didYouMean } from "../core/suggest.ts";
import type { Budgets } from "../language/budgets.ts";
import type { WorkspaceFile } from "./files.ts";
import type { Place, Tell } from "./problem.ts";
import { readJson } from "./read.ts";
import type { Positioned } from "./read.ts";
import type { Checked, Schema } from "./workspace.ts";

/**
 * Reads all schemas; one that is told of is left out. What is sound beyond doubt is compiled when a value is first held against
 * it: hundreds of them would hold up a start, and the traffic at a reload.
 */
export function loadSchemas(files: readonly WorkspaceFile[], tell: Tell): Map<string, Schema> {
  const documents = new Map<string, { path: string; document: Positioned }>();
  for (const { name, path, text } of files) {
    const read = readJson(text);
    if (read.ok) documents.set(name, { path, document: read.document });
    else for (const { code, message, ...place } of read.problems) tell(path, place, code, message);
  }
  const schemas = new Map<string, Schema>();
  const values = new Map([...documents].map(([name, { document }]) => [name, document.value]));
  for (const [name, compiled] of compileSchemas(values, { lazily: true })) {
    const { path, document } = documents.get(name)!;
    if (!compiled.ok) {
      tell(path, document.place(compiled.path), "RULE_SCHEMA_INVALID", sentence(compiled.message));
      continue;
    }
    schemas.set(name, { name, schema: document.value, validate: compiled.validate });
    for (const { path: part, message, whole } of contradictions(document.value, values)) {
      const severity = whole ? "error" : "warning";
      tell(path, document.place(part), "RULE_SCHEMA_CONTRADICTORY", message, undefined, severity);
    }
  }
  return schemas;
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Names of the schemas that a schema refers to, itself left out. */
export function referredBy({ name, schema }: Schema): string[] {
  const names = refsIn(schema).map((ref) => ref.replace(/#.*$/, "").replace(/^.*\//, ""));
  return names.flatMap((one) => [one, one.replace(/\.json$/, "")]).filter((one) => one !== name);
}

/** What is needed to resolve the name of a schema. */
export interface SchemaNames {
  /** All names, of schemas that do not compile too. */
  readonly names: ReadonlySet<string>;
  readonly schemas: ReadonlyMap<string, Schema>;
}

/** What a source or a transform may refer to, and the budgets of what it has to evaluate. */
export interface Known extends SchemaNames {
  readonly budgets: Budgets;
}

/** The schema of a name; told where there is none, undefined too where it does not compile. */
export function resolveSchema(
  name: string,
  { names, schemas }: SchemaNames,
  file: string,
  place: Place,
  tell: Tell,
): Checked | undefined {
  if (!names.has(name)) {
    const hint = didYouMean(name, names);
    tell(file, place, "RULE_SCHEMA_UNKNOWN", `There is no schema \`${name}\`.${hint}`);
  }
  return schemas.get(name);
}

/** The schemas of these names and all that they refer to, by name, as JSON values; all where one has an `$id` of its own. */
export function schemasWith(
  names: readonly (string | undefined)[],
  schemas: ReadonlyMap<string, Schema>,
): Record<string, unknown> {
  const all = [...schemas.values()].map(({ name, schema }): [string, unknown] => [name, schema]);
  if (all.some(([, schema]) => isFields(schema) && "$id" in schema)) return Object.fromEntries(all);
  const found: Record<string, unknown> = {};
  const open = names.filter((name) => name !== undefined);
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const schema = schemas.get(name);
    if (schema === undefined || name in found) continue;
    found[name] = schema.schema;
    open.push(...referredBy(schema));
  }
  return found;
}
