/** A first rule from one schema to another: fields that are likely meant, and a mark where somebody must decide. */
import type { Fields } from "../core/schema-walk.ts";
import { analyse, wholeSchema } from "../language/typing/analyse.ts";
import { formatJsonata } from "../language/layout/format.ts";
import { fieldsAt, kindOf, partsAt } from "./editor/schema-parts.ts";
import type { SchemaAt } from "./editor/schema-parts.ts";
import { propose } from "./propose.ts";
import type { Candidate } from "./propose.ts";
import { fieldsOf } from "./schema-fields.ts";
import type { Schema } from "./workspace.ts";
import { pointerKeys } from "../core/schema-walk.ts";

/** What became of a field of the result. */
export interface Filled {
  readonly field: string;
  /** The path in the body; undefined where nothing is like it. */
  readonly from?: string;
  readonly score?: number;
  readonly isRequired: boolean;
}

export interface Scaffold {
  readonly rule: string;
  readonly fields: readonly Filled[];
}

/** What a rule is made for. */
export interface Between {
  readonly input: unknown;
  readonly output: unknown;
  readonly schemas: ReadonlyMap<string, Schema>;
}

type Way = "proposed" | "placeholder" | "omitted";

interface Drawing {
  readonly candidates: readonly Candidate[];
  readonly between: Between;
  /** Fields that had to be given up, by their path. */
  readonly ways: ReadonlyMap<string, Way>;
  readonly fields: Filled[];
  readonly lines: { readonly text: string; readonly field?: string }[];
}

const ROUNDS = 12;
const MAX_DEPTH = 6;

/** Writes the rule; what the analysis finds wrong with a proposal is taken back, field by field. */
export function scaffold(between: Between): Scaffold {
  const ways = new Map<string, Way>();
  const named = new Map([...between.schemas.values()].map(({ name, schema }) => [name, schema]));
  const candidates = candidatesIn(between);
  for (let round = 0; ; round++) {
    const drawing: Drawing = { candidates, between, ways, fields: [], lines: [] };
    drawObject([], "", "", drawing);
    const rule = `${drawing.lines.map(({ text }) => text).join("\n")}\n`;
    const { problems } = analyse(rule, wholeSchema(between.input, named), wholeSchema(between.output, named));
    const wrong = new Set(
      problems.map(({ line }) => drawing.lines[line - 1]?.field).filter((one) => one !== undefined),
    );
    const worse = [...wrong].filter((field) => giveUp(field, drawing, ways));
    if (worse.length > 0 && round < ROUNDS) continue;
    const laidOut = formatJsonata(rule);
    return { rule: laidOut.ok ? laidOut.text : rule, fields: drawing.fields };
  }
}

/** The next way for a field: without a proposal a placeholder, without a need nothing. */
function giveUp(field: string, { fields }: Drawing, ways: Map<string, Way>): boolean {
  const now = ways.get(field) ?? "proposed";
  const isRequired = fields.find((one) => one.field === field)?.isRequired === true;
  const next: Way | undefined =
    now === "proposed"
      ? isRequired
        ? "placeholder"
        : "omitted"
      : now === "placeholder" && !isRequired
        ? "omitted"
        : undefined;
  if (next !== undefined) ways.set(field, next);
  return next !== undefined;
}

function candidatesIn({ input, schemas }: Between): Candidate[] {
  return fieldsOf(input, schemas)
    .filter(({ path }) => !path.includes("/*"))
    .map(({ path, required }) => {
      const keys = pointerKeys(path);
      return { path: keys, types: typesOf(partsAt(input, keys, schemas)), isRequired: required };
    });
}

function typesOf(parts: readonly SchemaAt[]): string[] {
  const types = parts.flatMap(({ schema: { type, enum: choices, const: only } }) => {
    if (type !== undefined) return [type].flat().map(String);
    const values = Array.isArray(choices) ? (choices as unknown[]) : only === undefined ? [] : [only];
    return values.map((value) => (value === null ? "null" : Array.isArray(value) ? "array" : typeof value));
  });
  return [...new Set(types)];
}

function drawObject(path: readonly string[], before: string, after: string, drawing: Drawing): void {
  const { between, ways, lines } = drawing;
  lines.push({ text: `${before}{` });
  const fields = [...fieldsAt(partsAt(between.output, path, between.schemas))];
  const entries: Drawing["lines"][] = [];
  const notes: string[] = [];
  for (const [name, { part, isRequired }] of fields) {
    const own: Drawing = { ...drawing, lines: [] };
    const isWritten = drawField([...path, name], part.schema, isRequired, own, ways);
    if (isWritten) entries.push(own.lines);
    else notes.push(`/* TODO ${JSON.stringify(name)}: ${noted(kindOf(part.schema))} */`);
  }
  entries.forEach((entry, at) => {
    const last = entry.at(-1)!;
    const comma = at < entries.length - 1 ? "," : "";
    lines.push(...entry.slice(0, -1), {
      ...last,
      text: last.text.replace(/( \/\*.*\*\/)?$/, (note) => comma + note),
    });
  });
  for (const note of notes) lines.push({ text: note });
  lines.push({ text: `}${after}` });
}

const noted = (text: string): string => text.replaceAll("*/", "* /");

/** True where something was written for the field. */
function drawField(
  path: readonly string[],
  schema: Fields,
  isRequired: boolean,
  drawing: Drawing,
  ways: ReadonlyMap<string, Way>,
): boolean {
  const { between, candidates, fields, lines } = drawing;
  const field = path.join(".");
  const key = JSON.stringify(path.at(-1));
  const parts = partsAt(between.output, path, between.schemas);
  const types = typesOf(parts);
  const way = ways.get(field) ?? "proposed";
  if (way === "omitted") return false;
  const literal = literalOf(parts);
  if (literal !== undefined) {
    if (isRequired) lines.push({ text: `${key}: ${literal}`, field });
    return isRequired;
  }
  if (types.includes("object") && fieldsAt(parts).size > 0 && path.length < MAX_DEPTH) {
    if (!isRequired) return false;
    drawObject(path, `${key}: `, "", drawing);
    return true;
  }
  const found =
    way === "proposed" && !types.includes("object") ? propose({ path, types }, candidates) : undefined;
  const placeholder = placeholderOf(parts, types);
  if (found !== undefined) {
    const from = found.candidate.path.map(nameText).join(".");
    const isLong = parts.some(({ schema }) => Number(schema["minLength"] ?? 0) > 0);
    const default_ = isRequired && (isLong || isUnsure(found.candidate)) ? ` ?: ${placeholder}` : "";
    lines.push({ text: `${key}: ${valueOf(from, found.candidate, types, parts)}${default_}`, field });
    fields.push({ field, from, score: found.score, isRequired });
    return true;
  }
  fields.push({ field, isRequired });
  if (isRequired)
    lines.push({ text: `${key}: ${placeholder} /* TODO: nothing in the body is like it */`, field });
  return isRequired;
}

const isUnsure = ({ isRequired, types }: Candidate): boolean => !isRequired || types.includes("null");

const nameText = (name: string): string => (/^[A-Za-z_]\w*$/.test(name) ? name : `\`${name}\``);

/** The path as the field takes it: as text, and no longer than allowed. */
function valueOf(
  from: string,
  { types: given }: Candidate,
  types: readonly string[],
  parts: readonly SchemaAt[],
): string {
  const values = given.filter((type) => type !== "null");
  const isText =
    types.length === 0 ||
    values.every((type) => types.includes(type) || (type === "integer" && types.includes("number")));
  const text = isText ? from : `$string(${from})`;
  const most = parts.map(({ schema }) => schema["maxLength"]).find((one) => typeof one === "number");
  return most !== undefined && types.includes("string") ? `$substring(${text}, 0, ${most})` : text;
}

function literalOf(parts: readonly SchemaAt[]): string | undefined {
  for (const { schema } of parts) {
    if (schema["const"] !== undefined) return JSON.stringify(schema["const"]);
    if (Array.isArray(schema["enum"]) && schema["enum"].length === 1)
      return JSON.stringify(schema["enum"][0]);
  }
  return undefined;
}

const OF_FORMATS: Readonly<Record<string, string>> = {
  "date-time": "$now()",
  date: "$substring($now(), 0, 10)",
  email: '"todo@example.com"',
  uri: '"https://example.com/"',
  url: '"https://example.com/"',
  uuid: "$uuid()",
};

/** Something that the schema takes, as far as its plain keywords say. */
function placeholderOf(parts: readonly SchemaAt[], types: readonly string[]): string {
  const keyword = (name: string): unknown =>
    parts.map(({ schema }) => schema[name]).find((one) => one !== undefined);
  const choices = keyword("enum");
  if (Array.isArray(choices)) return JSON.stringify(choices[0]);
  const examples = keyword("examples");
  const example = Array.isArray(examples) ? (examples as unknown[])[0] : undefined;
  const preset = keyword("default") ?? example;
  if (preset !== undefined) return JSON.stringify(preset);
  const [type] = types;
  if (type === "integer" || type === "number") return String(Number(keyword("minimum") ?? 0));
  if (type === "boolean") return "false";
  if (type === "array") return "[]";
  if (type === "object") return "{}";
  if (type === "null") return "null";
  const format = OF_FORMATS[String(keyword("format"))];
  return format ?? JSON.stringify("TODO".padEnd(Number(keyword("minLength") ?? 0), "."));
}
