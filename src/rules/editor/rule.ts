/** Rules while they are written: what can stand at a place, what stands there, and where it comes from. */
import { caseContext } from "../cases.ts";
import { defaultBudgets } from "../../language/budgets.ts";
import { library } from "../../language/functions/library.ts";
import { isInComment, makingAt, treeWith, wordAt } from "../../language/half-written.ts";
import type { Node } from "../../language/jsonata.ts";
import { roughTree } from "../../language/problems.ts";
import { shownValue } from "../../language/shown-value.ts";
import { placeOf, tokensOf } from "../../language/tokens.ts";
import type { Token } from "../../language/tokens.ts";
import { describe } from "../../language/typing/analyse.ts";
import type { Type } from "../../language/typing/analyse.ts";
import { fieldsIn, observe } from "../../language/typing/observe.ts";
import { watchExpression } from "../../language/watched.ts";
import type { WorkspaceFile } from "../files.ts";
import { START } from "../problem.ts";
import { readJson } from "../read.ts";
import type { Completion, Definition, Hover } from "./answers.ts";
import { fieldsAt, kindOf, partsAt } from "./schema-parts.ts";
import type { SchemaAt } from "./schema-parts.ts";
import { bodiesOf, partOf, transformOf } from "./sight.ts";
import type { Sight } from "./sight.ts";

/** Stands for what is being typed. */
const HERE = "signalboxHere";

/** What can be written at an offset. */
export function completeRule(sight: Sight, file: WorkspaceFile, offset: number): readonly Completion[] {
  const { text } = file;
  if (isInComment(text, offset)) return [];
  const word = wordAt(text, offset);
  const making = makingAt(text, word?.start ?? offset);
  if (making?.isKey === true && (word === undefined || word.kind !== "variable"))
    return keysOf(sight, file, making, word ?? { start: offset, end: offset, kind: "name", text: "" });
  if (word?.kind === "string") return valuesOf(sight, file, making, word);
  const range = { start: word?.start ?? offset, end: word?.end ?? offset };
  if (word?.kind === "variable") return variables(sight, file, range);
  const isAfterDot = tokensOf(text).some(
    ({ end, text: one }) => one === "." && end <= range.start && text.slice(end, range.start).trim() === "",
  );
  const fields = names(sight, file, range);
  return isAfterDot ? fields : [...fields, ...variables(sight, file, range)];
}

interface Range {
  readonly start: number;
  readonly end: number;
}

function names(sight: Sight, file: WorkspaceFile, range: Range): Completion[] {
  const tree = treeWith(file.text, range.start, range.end, HERE);
  if (tree === undefined) return [];
  const { of } = observe(
    tree,
    file.text,
    inputOf(sight, file),
    ({ type, value }) => type === "name" && value === HERE,
  );
  if (of === undefined) return [];
  return [...fieldsIn(of)].map(([name, { type, isRequired }], at) => ({
    ...{ label: name, kind: "field", ...range, rank: at, insert: nameText(name) },
    detail: describe(type, 1) + (isRequired ? "" : " (may be missing)"),
  }));
}

const nameText = (name: string): string => (/^[A-Za-z_]\w*$/.test(name) ? name : `\`${name}\``);

function variables(sight: Sight, file: WorkspaceFile, range: Range): Completion[] {
  const tree = treeWith(file.text, range.start, range.end, `$${HERE}`);
  const isHere = ({ type, value }: Node): boolean => type === "variable" && value === HERE;
  const seen = tree && observe(tree, file.text, inputOf(sight, file), isHere);
  const bound = [...(seen?.variables ?? [])].map(([name, type], at): Completion => ({
    ...{ label: `$${name}`, kind: "variable", insert: `$${name}`, ...range, rank: 1000 + at },
    detail: describe(type, 1),
  }));
  const functions = [...library.values()].map(({ name, signature }, at): Completion => ({
    ...{ label: `$${name}`, kind: "function", insert: `$${name}`, ...range, rank: 2000 + at },
    detail: signature.definition,
  }));
  return [...bound, ...functions];
}

/** Fields that the object lacks, from the output schema. */
function keysOf(
  sight: Sight,
  file: WorkspaceFile,
  { path, keys }: { readonly path: readonly string[]; readonly keys: readonly string[] },
  word: Token,
): Completion[] {
  const hasColon = /^\s*:/.test(file.text.slice(word.end));
  const typed = word.kind === "string" ? word.text.slice(1, -1) : word.text;
  const fields = [...fieldsAt(partsOf(sight, file, path))];
  return fields
    .filter(([name]) => !keys.includes(name) || name === typed)
    .map(([name, { part, isRequired }], at) => ({
      ...{ label: name, kind: "key", start: word.start, end: word.end, rank: (isRequired ? 0 : 100) + at },
      detail: kindOf(part.schema) + (isRequired ? ", required" : ""),
      ...(typeof part.schema["description"] === "string" && { documentation: part.schema["description"] }),
      insert: JSON.stringify(name) + (hasColon ? "" : ": "),
    }));
}

/** Texts that the output schema takes for the field. */
function valuesOf(
  sight: Sight,
  file: WorkspaceFile,
  making: ReturnType<typeof makingAt>,
  word: Token,
): Completion[] {
  if (making?.key === undefined) return [];
  const choices = partsOf(sight, file, [...making.path, making.key]).flatMap(({ schema }) => [
    ...(Array.isArray(schema["enum"]) ? (schema["enum"] as unknown[]) : []),
    ...("const" in schema ? [schema["const"]] : []),
  ]);
  return choices
    .filter((one) => typeof one === "string")
    .map((one, rank) => ({
      ...{ label: one, kind: "value", insert: JSON.stringify(one), rank },
      ...{ start: word.start, end: word.end },
    }));
}

const inputOf = (sight: Sight, { name }: WorkspaceFile): ReturnType<typeof partOf> =>
  partOf(sight, transformOf(sight, name).input);

function partsOf(sight: Sight, { name }: WorkspaceFile, path: readonly string[]): readonly SchemaAt[] {
  const { output } = transformOf(sight, name);
  const schema = output === undefined ? undefined : sight.schemas.get(output)?.schema;
  return partsAt(schema, path, sight.schemas);
}

/** What is known of the word at an offset: its type, a value that it has in a case, a function's signature. */
export async function hoverRule(
  sight: Sight,
  file: WorkspaceFile,
  offset: number,
): Promise<Hover | undefined> {
  const { text } = file;
  const word = isInComment(text, offset) ? undefined : wordAt(text, offset);
  if (word === undefined) return undefined;
  const range = { start: word.start, end: word.end };
  const builtin = word.kind === "variable" ? library.get(word.text.slice(1)) : undefined;
  const seen = seenOf(sight, file, word);
  if (builtin !== undefined && seen.type === undefined)
    return { markdown: code(`${word.text} ${builtin.signature.definition}`), ...range };
  if (word.kind === "string") return hoverKey(sight, file, word);
  const isFunction = builtin !== undefined && (seen.type?.calls.length ?? 0) > 0;
  const kind = isFunction ? builtin.signature.definition : seen.type && describe(seen.type);
  if (kind === undefined) return undefined;
  const from = seen.type?.from;
  const sample = isFunction ? undefined : await sampleOf(sight, file, word);
  const markdown = [
    code(`${word.text}: ${kind}`),
    from === undefined || from === "" || from === word.text ? "" : `From \`${from}\`.`,
    sample === undefined ? "" : `In a case: \`${sample}\``,
  ];
  return { markdown: markdown.filter((one) => one !== "").join("\n\n"), ...range };
}

const code = (text: string): string => `\`\`\`jsonata\n${text}\n\`\`\``;

function seenOf(
  sight: Sight,
  { text, name }: WorkspaceFile,
  word: Token,
): { readonly type: Type | undefined; readonly of: Type | undefined } {
  const tree = roughTree(text) ?? treeWith(text, word.start, word.end, word.text);
  if (tree === undefined) return { type: undefined, of: undefined };
  const isIt = ({ type, position }: Node): boolean =>
    position === word.end && (type === "name" || type === "variable");
  return observe(tree, text, partOf(sight, transformOf(sight, name).input), isIt);
}

function hoverKey(sight: Sight, file: WorkspaceFile, word: Token): Hover | undefined {
  const making = makingAt(file.text, word.start);
  if (making?.isKey !== true) return undefined;
  const field = fieldsAt(partsOf(sight, file, making.path)).get(word.text.slice(1, -1));
  if (field === undefined) return undefined;
  const { schema } = field.part;
  const said = typeof schema["description"] === "string" ? `\n\n${schema["description"]}` : "";
  const kind = `${word.text}: ${kindOf(schema)}${field.isRequired ? ", required" : ""}`;
  return { markdown: code(kind) + said, start: word.start, end: word.end };
}

/** The first value that the word has in the transform's cases; undefined where none reaches it. */
async function sampleOf(sight: Sight, file: WorkspaceFile, word: Token): Promise<string | undefined> {
  const watched = watchExpression(file.text, defaultBudgets, { keep: 1 });
  if (watched === undefined) return undefined;
  for (const body of await bodiesOf(sight, file.name)) {
    try {
      watched.expression.evaluateNow(body, caseContext({ event: {} }));
    } catch {
      // What was reached before it failed counts.
    }
    const part = watched.parts.find(
      ({ node, seen }) =>
        node.position === word.end && seen.values[0] !== undefined && /^(?:name|variable)$/.test(node.type),
    );
    if (part !== undefined) return shownValue(part.seen.values[0]).replaceAll("`", "ˋ");
  }
  return undefined;
}

/** Where what the word at an offset names is said: a variable's binding, a field's schema. */
export function defineRule(sight: Sight, file: WorkspaceFile, offset: number): Definition | undefined {
  const { text } = file;
  const word = isInComment(text, offset) ? undefined : wordAt(text, offset);
  if (word === undefined) return undefined;
  if (word.kind === "variable") return bindingOf(file, word);
  const { input, output } = transformOf(sight, file.name);
  if (word.kind === "string") {
    const making = makingAt(text, word.start);
    if (making?.isKey !== true) return undefined;
    return fieldPlace(sight, output, [...making.path, word.text.slice(1, -1)]);
  }
  const { from } = seenOf(sight, file, word).type ?? {};
  return from === undefined ? undefined : fieldPlace(sight, input, stepsOf(from));
}

/** `a.b.c` as the typing tells it. */
const stepsOf = (path: string): string[] =>
  [...path.matchAll(/`([^`]*)`|([^.`]+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");

/** The nearest binding before the word: `:=`, a parameter, `@` and `#`. */
function bindingOf({ path, text }: WorkspaceFile, word: Token): Definition | undefined {
  const tokens = tokensOf(text);
  const bindings = tokens.filter(({ kind, text: one }, at) => {
    if (kind !== "variable" || one !== word.text) return false;
    const before = tokens[at - 1]?.text ?? "";
    if (tokens[at + 1]?.text === ":=" || before === "@" || before === "#") return true;
    return isParameter(tokens, at);
  });
  const found = bindings.findLast(({ start }) => start <= word.start) ?? bindings[0];
  return found && { path, place: placeOf(text, found.start) };
}

function isParameter(tokens: readonly Token[], at: number): boolean {
  let open = at;
  while (open > 0 && (tokens[open]!.kind === "variable" || tokens[open]!.text === ",")) open--;
  return tokens[open]?.text === "(" && /^(?:function|λ)$/.test(tokens[open - 1]?.text ?? "");
}

/** Where a schema says something of a field; of the schema itself where it says nothing of it. */
function fieldPlace(sight: Sight, name: string | undefined, keys: readonly string[]): Definition | undefined {
  const schema = name === undefined ? undefined : sight.schemas.get(name);
  if (name === undefined || schema === undefined) return undefined;
  const parts = partsThrough(schema.schema, keys, sight);
  const part = parts.at(0);
  const holder = part?.name ?? name;
  const file = sight.files.find((one) => one.folder === "schemas" && one.name === holder);
  if (file === undefined) return undefined;
  const read = readJson(file.text);
  const place = read.ok && part !== undefined ? read.document.place(part.pointer, "key") : START;
  return { path: file.path, place };
}

/** Items of lists are passed without a step, as in paths of rules. */
function partsThrough(schema: unknown, keys: readonly string[], { schemas }: Sight): readonly SchemaAt[] {
  let ways: string[][] = [[]];
  for (const key of keys) {
    const next = ways.flatMap((way) => [
      [...way, key],
      [...way, "*", key],
    ]);
    ways = next.filter((way) => partsAt(schema, way, schemas).length > 0).slice(0, 8);
  }
  return ways.flatMap((way) => partsAt(schema, way, schemas));
}
