/** A first rule from one schema to another: fields that are likely meant, and a mark where somebody must decide. */
import type { Fields } from "../core/schema-walk.ts";
import { analyse, wholeSchema } from "../language/typing/analyse.ts";
import { formatJsonata } from "../language/layout/format.ts";
import { fieldsAt, kindOf, partsAt } from "./editor/schema-parts.ts";
import type { SchemaAt } from "./editor/schema-parts.ts";
import { propose } from "./propose.ts";
import type { Candidate } from "./propose.ts";
import { literalOf, nameText, placeholderOf, valueOf } from "./scaffold-values.ts";
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
  /** Where the paths of the rule begin: the keys of the body's list whose items are gone through, with `*`; none for the body. */
  readonly base: readonly string[];
  readonly candidates: readonly Candidate[];
  readonly between: Between;
  /** Fields that had to be given up, by their path. */
  readonly ways: ReadonlyMap<string, Way>;
  readonly fields: Filled[];
  readonly lines: { readonly text: string; readonly field?: string }[];
}

const ROUNDS = 12;
const MAX_DEPTH = 6;
/** Below this a list is not taken to be meant. */
const LEAST_LIST = 0.5;

/** Writes the rule; what the analysis finds wrong with a proposal is taken back, field by field. */
export function scaffold(between: Between): Scaffold {
  const ways = new Map<string, Way>();
  const named = new Map([...between.schemas.values()].map(({ name, schema }) => [name, schema]));
  const candidates = candidatesIn(between, []);
  for (let round = 0; ; round++) {
    const drawing: Drawing = { base: [], candidates, between, ways, fields: [], lines: [] };
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

/** The fields of the body below a base, lists within lists left out; paths from the base on. */
function candidatesIn({ input, schemas }: Between, base: readonly string[]): Candidate[] {
  return fieldsOf(input, schemas)
    .map(({ path, required }) => ({ keys: pointerKeys(path), required }))
    .filter(({ keys }) => keys.length > base.length && base.every((key, at) => key === keys[at]))
    .filter(({ keys }) => !keys.includes("*", base.length))
    .map(({ keys, required }) => ({
      path: keys.slice(base.length),
      types: typesOf(partsAt(input, keys, schemas)),
      isRequired: base.length === 0 ? required : isAlwaysIn(keys, base.length, { input, schemas }),
    }));
}

/** True where an item surely has it, whether or not there are items. */
function isAlwaysIn(
  keys: readonly string[],
  from: number,
  { input, schemas }: Pick<Between, "input" | "schemas">,
): boolean {
  return keys
    .slice(from)
    .every(
      (key, at) => fieldsAt(partsAt(input, keys.slice(0, from + at), schemas)).get(key)?.isRequired === true,
    );
}

function typesOf(parts: readonly SchemaAt[]): string[] {
  const types = parts.flatMap(({ schema: { type, enum: choices, const: only } }) => {
    if (type !== undefined) return [type].flat().map(String);
    const values = Array.isArray(choices) ? (choices as unknown[]) : only === undefined ? [] : [only];
    return values.map((value) => (value === null ? "null" : Array.isArray(value) ? "array" : typeof value));
  });
  return [...new Set(types)];
}

function drawObject(
  path: readonly string[],
  before: string,
  after: string,
  drawing: Drawing,
  field?: string,
): void {
  const { between, ways, lines } = drawing;
  lines.push({ text: `${before}{`, ...(field !== undefined && { field }) });
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
  if (types.includes("object") && fieldsAt(parts).size > 0 && path.length < MAX_DEPTH)
    return drawInside(isRequired, drawing, (trial) => drawObject(path, `${key}: `, "", trial));
  const list = way === "proposed" && types.includes("array") ? listFor(path, drawing) : undefined;
  if (list !== undefined) {
    const isDrawn = drawInside(isRequired, drawing, (trial) => {
      trial.fields.push({ field, from: list.from, score: list.score, isRequired });
      drawObject([...path, "*"], `${key}: [${list.from}.`, "]", { ...trial, ...list.inside }, field);
    });
    if (isDrawn) return true;
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

/** Draws what has fields of its own; where nobody needs it only if something was found for it, and for all that it needs. */
function drawInside(isRequired: boolean, drawing: Drawing, draw: (trial: Drawing) => void): boolean {
  const trial: Drawing = { ...drawing, lines: [], fields: [] };
  draw(trial);
  const isSure =
    trial.fields.some(({ from }) => from !== undefined) &&
    trial.fields.every((one) => one.from !== undefined || !one.isRequired);
  if (!isRequired && !isSure) return false;
  drawing.lines.push(...trial.lines);
  drawing.fields.push(...trial.fields);
  return true;
}

interface ListFound {
  /** The list in the rule's words. */
  readonly from: string;
  readonly score: number;
  /** What its items are drawn with. */
  readonly inside: Pick<Drawing, "base" | "candidates">;
}

/** The list of the body whose items the items of a result's list are made of: alike by its name, or by what they hold. */
function listFor(path: readonly string[], { base, candidates, between }: Drawing): ListFound | undefined {
  const items = [...fieldsAt(partsAt(between.output, [...path, "*"], between.schemas))];
  if (items.length === 0 || path.length >= MAX_DEPTH) return undefined;
  let best: ListFound | undefined;
  for (const candidate of candidates.filter(({ types }) => types.includes("array"))) {
    const below = [...base, ...candidate.path, "*"];
    const inside = { base: below, candidates: candidatesIn(between, below) };
    if (inside.candidates.length === 0) continue;
    const name = propose({ path: path.filter((key) => key !== "*"), types: ["array"] }, [candidate]);
    const alike = items.filter(([key, { part }]) =>
      propose({ path: [key], types: typesOf([part]) }, inside.candidates),
    );
    const score = Math.max(name?.score ?? 0, (alike.length / items.length) * 0.9);
    if (score < LEAST_LIST || score <= (best?.score ?? 0)) continue;
    best = { from: candidate.path.map(nameText).join("."), score: Math.round(score * 100) / 100, inside };
  }
  return best;
}

const isUnsure = ({ isRequired, types }: Candidate): boolean => !isRequired || types.includes("null");
