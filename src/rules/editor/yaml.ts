/** YAML files while they are written: keys and values from the formats' schemas, names from the workspace. */
import { TEXT_TYPES, namesFor, refersTo } from "./yaml-names.ts";
import type { WorkspaceFile } from "../files.ts";
import { START } from "../problem.ts";
import { pointerKeys } from "../../core/schema-walk.ts";
import { pointerAt } from "../read.ts";
import { formats } from "../reference.ts";
import { valueAt } from "../format.ts";
import type { Completion, Definition, Hover } from "./answers.ts";
import { fieldsAt, kindOf, partsAt } from "./schema-parts.ts";
import type { SchemaAt } from "./schema-parts.ts";
import { fileOf } from "./sight.ts";
import type { Sight } from "./sight.ts";
import { yamlCursor } from "./yaml-cursor.ts";
import type { YamlCursor } from "./yaml-cursor.ts";

/** The format of a folder's YAML files. */
function schemaOf({ folder }: WorkspaceFile): unknown {
  return formats.find(({ name }) => `${name}s` === folder)?.schema;
}

/** What can be written at an offset. */
export function completeYaml(sight: Sight, file: WorkspaceFile, offset: number): readonly Completion[] {
  const { text } = file;
  const cursor = yamlCursor(text, offset);
  if (cursor === undefined) return [];
  const end = offset + /^[\w.$*-]*/.exec(text.slice(offset))![0].length;
  const range = { start: cursor.start, end };
  const isText = cursor.path.at(-1) === "*" && fieldsAt(partsAt(schemaOf(file), cursor.path)).size === 0;
  if (cursor.of === "key" && !isText) return keysAt(file, cursor, range, text);
  return valuesAt(sight, file, cursor, range);
}

interface Range {
  readonly start: number;
  readonly end: number;
}

function keysAt(
  file: WorkspaceFile,
  { path, siblings }: YamlCursor,
  range: Range,
  text: string,
): Completion[] {
  const hasColon = /^\s*:/.test(text.slice(range.end));
  const fields = [...fieldsAt(partsAt(schemaOf(file), path))].filter(([name]) => !siblings.includes(name));
  return fields.map(([name, { part, isRequired }], at): Completion => ({
    ...{ label: name, kind: "key", ...range, rank: (isRequired ? 0 : 100) + at },
    detail: kindOf(part.schema) + (isRequired ? ", required" : ""),
    documentation: wordsOf(part),
    insert: hasColon ? name : name + openingOf(part),
  }));
}

function openingOf({ schema }: SchemaAt): string {
  const isBlock =
    schema["type"] === "object" || (schema["type"] === "array" && schema["examples"] === undefined);
  return isBlock ? ":" : ": ";
}

function valuesAt(sight: Sight, file: WorkspaceFile, { path }: YamlCursor, range: Range): Completion[] {
  const named = namesFor(sight, file, path);
  if (named !== undefined)
    return named.map(({ name, detail }, rank) => ({
      ...{ label: name, kind: "reference", insert: quoted(name), ...range, rank },
      ...(detail !== undefined && { detail }),
    }));
  const parts = partsAt(schemaOf(file), path);
  const found = new Map<string, Completion>();
  for (const { schema } of parts) {
    const { enum: choices, const: only, type, default: preset, examples } = schema;
    const values: unknown[] = [
      ...(Array.isArray(choices) ? (choices as unknown[]) : []),
      ...(only === undefined ? [] : [only]),
      ...(type === "boolean" ? [true, false] : []),
      ...(preset === undefined ? [] : [preset]),
      ...(Array.isArray(examples) ? (examples as unknown[]) : []),
    ];
    for (const value of values) {
      const text = writtenValue(value);
      if (found.has(text)) continue;
      const detail = value === preset ? "the default" : undefined;
      found.set(text, {
        ...{ label: text, kind: "value", insert: text, ...range, rank: found.size },
        ...(detail !== undefined && { detail }),
      });
    }
  }
  return [...found.values()];
}

const quoted = (name: string): string => (TEXT_TYPES.test(name) ? name : JSON.stringify(name));

function writtenValue(value: unknown): string {
  if (typeof value === "string")
    return /^[\w$][\w .:=$/-]*$/.test(value) && !/: |^(?:true|false|null)$/.test(value)
      ? value
      : JSON.stringify(value);
  return JSON.stringify(value);
}

/** What the format says of a key. */
function wordsOf({ schema }: SchemaAt): string {
  const { description, default: preset, examples } = schema;
  const example = Array.isArray(examples) ? (examples as unknown[])[0] : undefined;
  return [
    typeof description === "string" ? description : "",
    preset === undefined ? "" : `Default: \`${JSON.stringify(preset)}\`.`,
    example === undefined ? "" : `Example: \`${JSON.stringify(example)}\``,
  ]
    .filter((words) => words !== "")
    .join("\n\n");
}

/** What the format says of the key at an offset, and what a name refers to. */
export function hoverYaml(sight: Sight, file: WorkspaceFile, offset: number): Hover | undefined {
  const at = pointerAt(file.text, offset);
  if (at === undefined) return undefined;
  const keys = pointerKeys(at.pointer);
  const start = offset - /[\w$-]*$/.exec(file.text.slice(0, offset))![0].length;
  const end = offset + /^[\w$-]*/.exec(file.text.slice(offset))![0].length;
  const [part] = partsAt(schemaOf(file), keys);
  const target = at.of === "value" ? referredAt(sight, file, at.pointer) : undefined;
  if (target !== undefined) return { markdown: `\`${target.path}\``, start, end };
  if (part === undefined) return undefined;
  const name = keys.filter((key) => !/^\d+$/.test(key)).join(".");
  return { markdown: `\`${name}\`: ${kindOf(part.schema)}\n\n${wordsOf(part)}`, start, end };
}

/** The file that the name at an offset refers to. */
export function defineYaml(sight: Sight, file: WorkspaceFile, offset: number): Definition | undefined {
  const at = pointerAt(file.text, offset);
  return at === undefined ? undefined : referredAt(sight, file, at.pointer);
}

function referredAt(sight: Sight, file: WorkspaceFile, pointer: string): Definition | undefined {
  const name = valueAt(sight.values.get(file.path), pointer);
  const folder = refersTo(file, pointerKeys(pointer));
  if (typeof name !== "string" || folder === undefined) return undefined;
  if (folder === "beside") return { path: `transforms/${name}`, place: START };
  const target = fileOf(sight, folder, name);
  return target && { path: target.path, place: START };
}
