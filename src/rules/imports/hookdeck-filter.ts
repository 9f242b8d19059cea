/**
 * Hookdeck's filters as JSONata: https://hookdeck.com/docs/filters. Lists are looked into, a field that is compared must be there,
 * and kinds are told apart: `5` is not `"5"`, where Hookdeck's own library lets JavaScript compare them.
 */
import { all, any, atom, field, not, Unmapped, written } from "./condition.ts";
import type { Condition } from "./condition.ts";

/** The parts of a request that a filter may look at, and where they stand here. */
const PARTS = { body: "", headers: "$event.headers", query: "$event.query" } as const;
type Part = keyof typeof PARTS;

const MAX_DEPTH = 50;
const MAX_LENGTH = 64 * 1024;
const ORDER: Readonly<Record<string, string>> = { $gt: ">", $gte: ">=", $lt: "<", $lte: "<=" };
const OPERATORS = new Set([
  ...["$eq", "$neq", "$in", "$nin", "$startsWith", "$endsWith", "$exist"],
  ...Object.keys(ORDER),
]);

/** One part's filter. Throws Unmapped, with the reason. */
export function filterOf(part: Part, filter: unknown): Condition {
  const base = PARTS[part];
  const isText = part !== "body";
  const translate = translator(isText, base === "" ? "$$" : base);
  const condition = isFields(filter)
    ? translate.fields(base, filter, 0)
    : translate.self(base || "$", filter, 0);
  if (condition.text.length > MAX_LENGTH) throw new Unmapped("is longer than a rule should be");
  return condition;
}

interface Translator {
  /** What stands at a path, or each element where that is a list. */
  self(path: string, schema: unknown, depth: number): Condition;
  /** The fields of what a path leads to; of the context without one. */
  fields(path: string, schema: Fields, depth: number): Condition;
}

type Fields = Readonly<Record<string, unknown>>;

/** `isText`: all values are texts, as in headers. `root` is what a `$ref` starts at. */
function translator(isText: boolean, root: string): Translator {
  const plain = (value: unknown): unknown =>
    isText && (typeof value === "number" || typeof value === "boolean") ? String(value) : value;

  const self = (path: string, schema: unknown, depth: number): Condition => {
    if (depth > MAX_DEPTH) throw new Unmapped(`is nested deeper than ${MAX_DEPTH} levels`);
    if (!isStructure(schema)) return atom(`${written(plain(schema))} in ${path}`);
    if (Array.isArray(schema)) {
      const isList = atom(`$type(${path}) = "array"`);
      return all([isList, ...schema.map((one) => each(path, one, depth + 1))]);
    }
    const fieldsOnly = schema as Fields;
    const keys = Object.keys(fieldsOnly);
    const special = keys.filter((key) => key.startsWith("$"));
    if (special.length === 0) return nested(path, fieldsOnly, depth);
    if (special.length < keys.length) throw new Unmapped("mixes operators with fields");
    if (fieldsOnly["$exist"] === false) {
      if (keys.length > 1) throw new Unmapped("has other conditions beside `$exist: false`");
      return not(atom(`$exists(${path})`));
    }
    return all(special.map((key) => operator(path, key, fieldsOnly[key], depth)));
  };

  /** The value, or one element of the list that it is, fits. */
  const each = (path: string, schema: unknown, depth: number): Condition =>
    isStructure(schema) ? where(path, here(schema, depth)) : self(path, schema, depth);

  /** Of one value that is the context. */
  const here = (schema: unknown, depth: number): Condition => {
    if (!isFields(schema))
      return isStructure(schema) ? self("$", schema, depth) : atom(`$ = ${written(plain(schema))}`);
    if (Object.keys(schema).some((key) => key.startsWith("$"))) return self("$", schema, depth);
    return objectLike(fields("", schema, depth + 1));
  };

  const nested = (path: string, schema: Fields, depth: number): Condition => {
    const [[name, only] = ["", undefined], ...others] = Object.entries(schema);
    // One name after another down to a value: the path itself looks into every list on the way.
    if (others.length === 0 && name !== "" && leadsToValue(only))
      return self(field(path, name), only, depth + 1);
    return where(path, objectLike(fields("", schema, depth + 1)));
  };

  const fields = (path: string, schema: Fields, depth: number): Condition => {
    if (depth > MAX_DEPTH) throw new Unmapped(`is nested deeper than ${MAX_DEPTH} levels`);
    const conditions = Object.entries(schema).map(([key, value]) => {
      if (key === "$or") return any(listOf(key, value).map((one) => whole(path, one, depth + 1)));
      if (key === "$and") return all(listOf(key, value).map((one) => whole(path, one, depth + 1)));
      if (key === "$not") return not(whole(path, value, depth + 1));
      if (key.startsWith("$")) return operator(path || "$", key, value, depth);
      return self(field(path, key), value, depth + 1);
    });
    return all(conditions);
  };

  const whole = (path: string, schema: unknown, depth: number): Condition =>
    isFields(schema) ? fields(path, schema, depth) : self(path || "$", schema, depth);

  const operator = (path: string, name: string, value: unknown, depth: number): Condition => {
    if (name === "$or") return any(listOf(name, value).map((one) => each(path, one, depth + 1)));
    if (name === "$and") return where(path, all(listOf(name, value).map((one) => here(one, depth + 1))));
    if (name === "$not") return where(path, not(here(value, depth + 1)));
    if (name === "$ref") return atom(`${reference(value, root)} in ${path}`);
    if (!OPERATORS.has(name)) throw new Unmapped(`uses \`${name}\`, which is not known`);
    if (isFields(value) && "$ref" in value) return compared(path, name, reference(value["$ref"], root));
    return compare(path, name, value);
  };

  const compare = (path: string, name: string, given: unknown): Condition => {
    if (name === "$exist") {
      if (given === true) return atom(`$exists(${path})`);
      throw new Unmapped("has an `$exist` that is neither true nor false");
    }
    if (name === "$eq" || name === "$neq") return compared(path, name, written(plain(given)));
    if (name in ORDER) return ordered(path, ORDER[name]!, given, isText);
    if (name === "$in" || name === "$nin") return contained(path, name === "$nin", given, plain);
    return edged(path, name === "$startsWith", given);
  };

  return { self, fields };
}

/** Against something that is written or read: of either kind. */
function compared(path: string, name: string, other: string): Condition {
  if (name === "$eq") return atom(`${path} = ${other}`);
  if (name === "$neq") return all([atom(`$exists(${path})`), atom(`${path} != ${other}`)]);
  const sign = ORDER[name];
  if (sign === undefined) throw new Unmapped(`has a \`$ref\` in \`${name}\``);
  const kinds = all([
    atom(`$type(${path}) in ["number", "string"]`),
    atom(`$type(${path}) = $type(${other})`),
  ]);
  return all([kinds, atom(`${path} ${sign} ${other}`)]);
}

function ordered(path: string, sign: string, given: unknown, isText: boolean): Condition {
  const kind = typeof given;
  if (kind !== "number" && kind !== "string")
    throw new Unmapped("asks what is greater of a value that has no order");
  if (kind === "number" && isText) {
    const isNumber = atom(`$contains(${path}, /^-?[0-9]+([.][0-9]+)?$/)`);
    return all([isOf(path, "string"), isNumber, atom(`$number(${path}) ${sign} ${written(given)}`)]);
  }
  return all([isOf(path, kind), atom(`${path} ${sign} ${written(given)}`)]);
}

/** A list: the value is one of it. A text: the value contains it, or has it among its elements. */
function contained(
  path: string,
  isContrary: boolean,
  given: unknown,
  plain: (one: unknown) => unknown,
): Condition {
  if (Array.isArray(given)) {
    if (given.some(isStructure)) throw new Unmapped("has a list of more than plain values");
    const among = atom(`${path} in ${written(given.map(plain))}`);
    const isPlain = atom(`$type(${path}) in ["string", "number", "boolean", "null"]`);
    return isContrary ? all([isPlain, not(among)]) : among;
  }
  if (typeof given !== "string") throw new Unmapped("looks for what is no text in a text");
  const within = all([isOf(path, "string"), atom(`$contains(${path}, ${written(given)})`)]);
  const element = all([isOf(path, "array"), atom(`${written(given)} in ${path}`)]);
  if (!isContrary) return any([within, element]);
  return all([atom(`$type(${path}) in ["string", "array"]`), not(any([within, element]))]);
}

function edged(path: string, atStart: boolean, given: unknown): Condition {
  const texts = [given].flat();
  if (texts.some((text) => typeof text !== "string")) throw new Unmapped("looks for an edge that is no text");
  const edges = (texts as string[]).map((text) => {
    const length = [...text].length;
    const part = atStart ? `$substring(${path}, 0, ${length})` : `$substring(${path}, ${-length})`;
    return atom(length === 0 ? "true" : `${part} = ${written(text)}`);
  });
  return all([isOf(path, "string"), any(edges)]);
}

const isOf = (path: string, kind: string): Condition => atom(`$type(${path}) = "${kind}"`);

/** The value is there and fits, or, of a list, an element. */
function where(path: string, condition: Condition): Condition {
  return atom(`$exists(${path}[${condition.text}])`);
}

/** What may be true of anything that lacks a field must be asked of objects alone. */
function objectLike(condition: Condition): Condition {
  return condition.needsValue ? condition : all([isOf("$", "object"), condition]);
}

/** `a.b[0].c` from the root. */
function reference(path: unknown, root: string): string {
  if (typeof path !== "string" || !/^[A-Za-z_][\w]*(?:\[\d+\])*(?:\.[A-Za-z_][\w]*(?:\[\d+\])*)*$/.test(path))
    throw new Unmapped("has a `$ref` other than a plain path");
  return path.split(".").reduce((whole, part) => {
    const [name = "", ...indexes] = part.split(/(?=\[)/);
    return field(whole, name) + indexes.join("");
  }, root);
}

function listOf(name: string, value: unknown): readonly unknown[] {
  if (!Array.isArray(value) || value.length === 0) throw new Unmapped(`has a \`${name}\` without a list`);
  return value;
}

/** True where names lead down to one plain value. */
function leadsToValue(schema: unknown): boolean {
  if (!isStructure(schema)) return true;
  if (!isFields(schema)) return false;
  const entries = Object.entries(schema);
  return entries.length === 1 && !entries[0]![0].startsWith("$") && leadsToValue(entries[0]![1]);
}

function isStructure(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function isFields(value: unknown): value is Fields {
  return isStructure(value) && !Array.isArray(value);
}
