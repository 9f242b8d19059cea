/** What is offered where one types in a rule: functions and variables, fields of the body, keys of what is made. Pure. */
import { FUNCTIONS } from "./editor-jsonata.ts";

/** A field of a schema; `*` stands for the items of a list. */
export interface KnownField {
  readonly keys: readonly string[];
  readonly type: string;
  readonly required: boolean;
}

/** What is known of body and result. */
export interface Known {
  /** Names that stand anywhere in the body at hand. */
  readonly names: readonly string[];
  /** Of the input schema, and of the output schema. */
  readonly reads: readonly KnownField[];
  readonly makes: readonly KnownField[];
}

export const NOTHING_KNOWN: Known = { names: [], reads: [], makes: [] };

export interface Offer {
  readonly label: string;
  readonly apply: string;
  readonly kind: "function" | "variable" | "property";
  readonly detail?: string;
}

/** `from`: so many characters from the beginning; what stands behind it is replaced. */
export interface Offers {
  readonly from: number;
  readonly offers: readonly Offer[];
}

/** What fits behind a text; undefined where nothing is to be offered unless it is asked for. */
export function offersAt(before: string, known: Known, isAsked: boolean): Offers | undefined {
  const { within, open, key } = placeIn(before);
  if (within === "comment") return undefined;
  if (within === "text") {
    if (!key.isHere) return undefined;
    const from = key.from;
    return { from, offers: keysOf(known.makes, key.around).map((one) => ({ ...one, apply: one.label })) };
  }
  const variable = /\$\w*$/.exec(before)?.[0];
  if (variable !== undefined) return { from: before.length - variable.length, offers: calls(before) };
  const path =
    /((?:\$?[A-Za-z_]\w*|\$|`[^`]*`)(?:\[[^\]]*\])*(?:\s*\.\s*(?:[A-Za-z_]\w*|`[^`]*`)(?:\[[^\]]*\])*)*)\s*\.\s*(\w*)$/.exec(
      before,
    );
  if (path !== null) {
    const [, way = "", word = ""] = path;
    return { from: before.length - word.length, offers: fieldsAt(way, before, known) };
  }
  const word = /[A-Za-z_]\w*$/.exec(before)?.[0] ?? "";
  if (word === "" && !isAsked && !/\.$/.test(before)) return undefined;
  const from = before.length - word.length;
  if (open === "{" && /[{,]\s*$/.test(before.slice(0, from)))
    return { from, offers: keysOf(known.makes, key.around) };
  return { from, offers: withNames(children(known.reads, []), known) };
}

interface Where {
  readonly within: "" | "text" | "comment";
  /** The innermost bracket that is open. */
  readonly open: string | undefined;
  /** Keys of the objects around; `isHere`: what is typed is a key, from there on. */
  readonly key: { readonly around: readonly string[]; readonly isHere: boolean; readonly from: number };
}

interface Level {
  readonly bracket: string;
  key: string | undefined;
  /** A key may come. */
  expects: boolean;
}

/** Reads the text from its beginning. */
function placeIn(text: string): Where {
  const levels: Level[] = [];
  let at = 0;
  const key = (isHere: boolean, from: number): Where["key"] => ({
    around: levels.flatMap((level) => (level.bracket === "{" ? (level.key ?? []) : [])),
    isHere,
    from,
  });
  while (at < text.length) {
    const letter = text[at]!;
    const level = levels.at(-1);
    if (text.startsWith("/*", at)) {
      const end = text.indexOf("*/", at + 2);
      if (end < 0) return { within: "comment", open: level?.bracket, key: key(false, at) };
      at = end + 2;
      continue;
    }
    if (letter === '"' || letter === "'" || letter === "`") {
      const end = textEnd(text, at);
      if (end === undefined)
        return {
          within: letter === "`" ? "" : "text",
          open: level?.bracket,
          key: key(level?.bracket === "{" && level.expects, at + 1),
        };
      if (level?.bracket === "{" && level.expects) level.key = text.slice(at + 1, end);
      at = end + 1;
      continue;
    }
    if ("([{".includes(letter)) levels.push({ bracket: letter, key: undefined, expects: letter === "{" });
    else if (")]}".includes(letter)) levels.pop();
    else if (letter === ":" && text[at + 1] !== "=" && level?.bracket === "{" && level.expects)
      level.expects = false;
    else if (letter === "," && level?.bracket === "{") {
      level.expects = true;
      level.key = undefined;
    }
    at++;
  }
  const level = levels.at(-1);
  if (level?.bracket === "{" && level.expects) level.key = undefined;
  return { within: "", open: level?.expects === true ? level.bracket : undefined, key: key(false, at) };
}

function textEnd(text: string, start: number): number | undefined {
  const sign = text[start]!;
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === "\\" && sign !== "`") at++;
    else if (text[at] === sign) return at;
  }
  return undefined;
}

function calls(before: string): Offer[] {
  const own = new Set([...before.matchAll(/\$([A-Za-z_]\w*)\s*:=/g)].map(([, name]) => name!));
  return [
    ...[...own].map((name): Offer => ({ label: `$${name}`, apply: `$${name}`, kind: "variable" })),
    ...FUNCTIONS.map((name): Offer => ({ label: `$${name}`, apply: `$${name}(`, kind: "function" })),
    { label: "$event", apply: "$event", kind: "variable" },
  ];
}

/** The fields right below some keys; lists on the way are gone into. */
function children(fields: readonly KnownField[], keys: readonly string[]): readonly KnownField[] {
  const plain = fields.map((field) => ({ ...field, keys: field.keys.filter((key) => key !== "*") }));
  return plain.filter(
    (field) => field.keys.length === keys.length + 1 && keys.every((key, at) => field.keys[at] === key),
  );
}

const MOST_STEPS = 8;

/** Behind a path: what the schema has there; behind a variable that stands for a path, what it has behind that. */
function fieldsAt(way: string, before: string, known: Known, steps = 0): Offer[] {
  const [first = "", ...rest] = way
    .replaceAll(/\[[^\]]*\]/g, "")
    .split(".")
    .map((step) => step.trim().replaceAll("`", ""));
  const keys = first === "$" || first === "$$" ? rest : [first, ...rest];
  if (first.startsWith("$") && keys[0] === first) {
    const bound = [...before.matchAll(new RegExp(`\\${first}\\s*:=\\s*([\\w.$\`\\[\\]]+)\\s*;`, "g"))].at(
      -1,
    )?.[1];
    if (bound === undefined || steps > MOST_STEPS) return withNames([], known);
    return fieldsAt([bound, ...rest].join("."), before, known, steps + 1);
  }
  return withNames(children(known.reads, keys), known);
}

/** Without a schema's fields, the names in the body. */
function withNames(fields: readonly KnownField[], { names }: Known): Offer[] {
  if (fields.length === 0) return names.map((label) => ({ label, apply: written(label), kind: "property" }));
  return fields.map(({ keys, type, required }) => {
    const label = keys.at(-1)!;
    return { label, apply: written(label), kind: "property", detail: required ? type : `${type}, optional` };
  });
}

function keysOf(fields: readonly KnownField[], around: readonly string[]): Offer[] {
  return children(fields, around).map(({ keys, type, required }) => ({
    label: keys.at(-1)!,
    apply: `${JSON.stringify(keys.at(-1))}: `,
    kind: "property",
    detail: required ? `${type}, required` : type,
  }));
}

const written = (name: string): string => (/^[A-Za-z_]\w*$/.test(name) ? name : `\`${name}\``);
