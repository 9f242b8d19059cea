/** Reads YAML and JSON with the place of every part. The one file that knows the yaml package. */
import {
  LineCounter,
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  parseDocument,
  stringify,
  visit,
} from "yaml";
import type { Document as YamlDocument, Node, Pair, Scalar, YAMLMap, YAMLSeq } from "yaml";
import type { ErrorCode } from "../core/errors.ts";
import { pointerKeys, pointerStep } from "../core/schema-walk.ts";
import { MAX_DEPTH, jsonFault, soundJson } from "./json-fault.ts";
import { START } from "./problem.ts";
import type { Place } from "./problem.ts";
import { sourceOffset } from "./scalar-offset.ts";

/** A file's value and the places of its parts. */
export interface Positioned {
  /** Plain JSON data; null for an empty file. */
  readonly value: unknown;
  /** Where the value at a JSON Pointer stands, or its key; of the nearest part around it where there is none. */
  place(pointer: string, of?: "key" | "value"): Place;
  /** Where a line and column (from 1) of the text at a JSON Pointer stand in the file. */
  within(pointer: string, inner: Place): Place;
}

export interface Unreadable extends Place {
  readonly code: ErrorCode;
  readonly message: string;
}

export type Read =
  | { readonly ok: true; readonly document: Positioned }
  | { readonly ok: false; readonly problems: readonly Unreadable[] };

/** How many times aliases may multiply a file's values. */
const MAX_ALIASES = 100;

const MAX_FAULTS = 5;
const TOO_DEEP = `The YAML is nested deeper than ${MAX_DEPTH} levels.`;

/** Reads one YAML 1.2 document: core tags only, no duplicate keys, no aliases that multiply beyond measure. */
export function readYaml(text: string): Read {
  const lines = new LineCounter();
  const placeOf = (offset: number): Place => placeAt(lines, offset);
  try {
    const parsed = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
    const faults = [...parsed.errors, ...parsed.warnings];
    if (faults.some(({ code }) => code === "RESOURCE_EXHAUSTION"))
      return failure(unreadable(START, TOO_DEEP));
    // One fault makes the parser see others in its wake.
    const told = faults.slice(0, MAX_FAULTS);
    if (told.length > 0) {
      return failure(
        ...told.map(({ code, message, pos }) => unreadable(placeOf(pos[0]), yamlSentence(code, message))),
      );
    }
    const value: unknown = parsed.toJS({ maxAliasCount: MAX_ALIASES });
    if (depthOf(value) > MAX_DEPTH) return failure(unreadable(START, TOO_DEEP));
    return { ok: true, document: positioned(parsed, text, placeOf, value) };
  } catch (error) {
    const message = error instanceof Error ? error.message : "";
    if (/alias count/i.test(message)) {
      return failure({
        ...START,
        code: "RULE_YAML_ALIASES",
        message: `Aliases multiply the file's values more than ${MAX_ALIASES} times.`,
      });
    }
    if (error instanceof RangeError) return failure(unreadable(START, TOO_DEEP));
    const alias = /^Unresolved alias.*: (.+)$/.exec(message)?.[1];
    const offset = alias === undefined ? 0 : Math.max(0, text.indexOf(`*${alias}`));
    return failure(unreadable(placeOf(offset), `${message.replace(/\.$/, "")}.`));
  }
}

/** The value of a text that is being written, as far as it can be made out; undefined where it cannot. */
export function roughYaml(text: string): unknown {
  try {
    return parseDocument(text, { prettyErrors: false }).toJS({ maxAliasCount: MAX_ALIASES }) as unknown;
  } catch {
    return undefined;
  }
}

/** Reads JSON (RFC 8259); a key that is there twice is refused. Places are looked for when they are first asked for. */
export function readJson(text: string): Read {
  const lines = new LineCounter();
  const placeOf = (offset: number): Place => placeAt(lines, offset);
  const parse = (): YamlDocument => parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const sound = soundJson(text);
  const fault = sound === undefined ? jsonFault(text) : undefined;
  if (fault !== undefined) {
    const before = text.slice(0, fault.offset).split("\n");
    const place = { line: before.length, column: before.at(-1)!.length + 1 };
    return failure({ ...place, code: "RULE_JSON_INVALID", message: fault.message });
  }
  const value: unknown = sound === undefined ? JSON.parse(text) : sound.value;
  let document: Positioned | undefined;
  const opened = (): Positioned => (document ??= positioned(parse(), text, placeOf, value));
  return {
    ok: true,
    document: {
      value,
      place: (pointer, of) => opened().place(pointer, of),
      within: (pointer, inner) => opened().within(pointer, inner),
    },
  };
}

/** Levels of lists and objects; Infinity for more than `MAX_DEPTH`, and for what an alias makes a part of itself. */
function depthOf(value: unknown, depth = 0, known = new Map<object, number>()): number {
  if (typeof value !== "object" || value === null) return 0;
  if (depth > MAX_DEPTH) return Infinity;
  const former = known.get(value);
  if (former !== undefined) return former;
  // What is met again before it is known holds itself.
  known.set(value, Infinity);
  const below = Object.values(value).map((part) => depthOf(part, depth + 1, known));
  const levels = 1 + below.reduce((most, one) => Math.max(most, one), 0);
  known.set(value, levels);
  return levels;
}

function placeAt(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return line === 0 ? START : { line, column: col };
}

function failure(...problems: Unreadable[]): Read {
  return { ok: false, problems };
}

function unreadable(place: Place, message: string): Unreadable {
  return { ...place, code: "RULE_YAML_INVALID", message };
}

/** What the parser says, where it is not about its own functions. */
function yamlSentence(code: string, message: string): string {
  if (code === "MULTIPLE_DOCS") return "A second document begins here; a file holds one.";
  if (code === "DUPLICATE_KEY") return "The key is there twice.";
  return `${message.replace(/\.$/, "")}.`;
}

function positioned(
  parsed: YamlDocument,
  text: string,
  placeOf: (offset: number) => Place,
  value: unknown,
): Positioned {
  const find = (pointer: string): Found => found(parsed.contents, pointer);
  return {
    value,
    place: (pointer, of = "value") => {
      const { key, node, whole } = find(pointer);
      const start = of === "key" && whole ? (key ?? node)?.range : (node ?? key)?.range;
      return placeOf(start?.[0] ?? 0);
    },
    within: (pointer, inner) => {
      const { node } = find(pointer);
      if (!isScalar(node) || !node.range) return placeOf(node?.range?.[0] ?? 0);
      return placeOf(sourceOffset(text, node as Scalar, inner));
    },
  };
}

interface Found {
  readonly key: Node | undefined;
  readonly node: Node | undefined;
  /** The pointer was followed to its end. */
  readonly whole: boolean;
}

function found(root: Node | null, pointer: string): Found {
  let key: Node | undefined;
  let node = root ?? undefined;
  for (const step of pointerKeys(pointer)) {
    const next = child(node, step);
    if (next === undefined) return { key, node, whole: false };
    [key, node] = [next.key ?? undefined, next.value ?? next.key ?? undefined];
  }
  return { key, node, whole: true };
}

function child(node: Node | undefined, step: string): { key: Node | null; value: Node | null } | undefined {
  if (node === undefined || isAlias(node) || !isCollection(node)) return undefined;
  if (isSeq(node)) {
    const item = node.items[Number(step)] as Node | undefined;
    return item === undefined ? undefined : { key: null, value: item };
  }
  if (!isMap(node)) return undefined;
  const pair = (node.items as Pair<Node, Node | null>[]).find(
    (one) => isPair(one) && isScalar(one.key) && String(one.key.value) === step,
  );
  return pair === undefined ? undefined : { key: pair.key, value: pair.value };
}

/** A list item's key and value in place of another key of it. */
export interface Edit {
  /** JSON Pointer of the key that goes. */
  readonly pointer: string;
  readonly key: string;
  readonly value: unknown;
}

/** The YAML text with the edits made: all else, comments too, stays as it is. Throws where a pointer leads nowhere. */
export function editedYaml(text: string, edits: readonly Edit[]): string {
  const { contents } = parseDocument(text, { prettyErrors: false });
  const cuts = edits.map(({ pointer, key, value }) => {
    const { key: from, node } = found(contents as Node | null, pointer);
    const [start] = from?.range ?? [];
    const [, end] = node?.range ?? [];
    if (start === undefined || end === undefined) throw new Error(`There is nothing at ${pointer}.`);
    const indent = " ".repeat(start - (text.lastIndexOf("\n", start - 1) + 1));
    const written = stringify({ [key]: value }, { lineWidth: 0 })
      .trimEnd()
      .replaceAll("\n", `\n${indent}`);
    // A block ends behind its last line's break.
    const last = start + text.slice(start, end).trimEnd().length;
    return { start, end: last, written: written.replaceAll(/^ +$/gm, "") };
  });
  return cuts
    .sort((a, b) => b.start - a.start)
    .reduce((whole, { start, end, written }) => whole.slice(0, start) + written + whole.slice(end), text);
}

/** A value as YAML, texts on one line where they have one. */
export function writtenYaml(value: object): string {
  return stringify(value, { lineWidth: 0 });
}

/** A new item at the end of the list at a key of the document, which is made where there is none. */
export function appendedYaml(text: string, key: string, item: unknown): string {
  const document = parseDocument(text, { prettyErrors: false });
  const list = isMap(document.contents) ? document.contents.get(key, true) : undefined;
  const written = stringify([item], { lineWidth: 0 }).trimEnd();
  const block = isSeq<Node>(list) && list.flow !== true ? list : undefined;
  const first = block?.items[0]?.range?.[0];
  const end = block?.range?.[1];
  if (first === undefined || end === undefined) {
    if (list === undefined)
      return `${text.trimEnd()}\n${stringify({ [key]: [item] }, { lineWidth: 0 })}`.trimStart();
    document.addIn([key], item);
    return document.toString({ lineWidth: 0 });
  }
  // The items' dash stands before their first character.
  const dash = text.lastIndexOf("-", first - 1);
  const indent = " ".repeat(dash - (text.lastIndexOf("\n", dash) + 1));
  const before = text.slice(0, end).trimEnd();
  return `${before}\n${indent}${written.replaceAll("\n", `\n${indent}`)}\n${text.slice(before.length).trimStart()}`;
}

/** What stands at an offset: the JSON Pointer of a key or of a value; undefined where neither does. */
export function pointerAt(
  text: string,
  offset: number,
): { readonly pointer: string; readonly of: "key" | "value" } | undefined {
  const holds = (node: Node | null | undefined): node is Node =>
    node?.range !== undefined && node.range !== null && node.range[0] <= offset && offset <= node.range[1];
  let node = parseDocument(text, { prettyErrors: false }).contents as Node | null;
  let pointer = "";
  for (;;) {
    if (!holds(node)) return undefined;
    if (isMap(node)) {
      const pairs = node.items as Pair<Node, Node | null>[];
      const key = pairs.find((pair) => holds(pair.key));
      if (key !== undefined) return { pointer: pointer + pointerStep(keyOf(key)), of: "key" };
      const pair = pairs.find(({ value }) => holds(value));
      if (pair === undefined) return undefined;
      [pointer, node] = [pointer + pointerStep(keyOf(pair)), pair.value];
    } else if (isSeq<Node>(node)) {
      const index = node.items.findIndex(holds);
      if (index === -1) return undefined;
      [pointer, node] = [pointer + pointerStep(index), node.items[index]!];
    } else return { pointer, of: "value" };
  }
}

const keyOf = ({ key }: Pair<Node, Node | null>): string => (isScalar(key) ? String(key.value) : "");

/** Reformatting may move what is near the width: until nothing moves any more. */
const ROUNDS = 6;

/**
 * The document with one way of indentation and blanks; comments, quotes, keys' order and the breaks within texts stay. Lists and maps in one
 * line (`[a]`, `{ a: b }`) that are wider than the width become blocks. Undefined where the text is no YAML, or would change.
 */
export function formattedYaml(text: string, width: number): string | undefined {
  const before = readYaml(text);
  if (!before.ok) return undefined;
  let last = text;
  for (let round = 0; round < ROUNDS; round++) {
    const next = laidOut(last, width);
    if (next === last) break;
    last = next;
  }
  const after = readYaml(last);
  const isSame = after.ok && JSON.stringify(after.document.value) === JSON.stringify(before.document.value);
  return isSame && laidOut(last, width) === last ? last : undefined;
}

function laidOut(text: string, width: number): string {
  const document = parseDocument(text, { prettyErrors: false });
  if (document.contents === null) return text.trim() === "" ? "" : `${text.trim()}\n`;
  const kept: string[] = [];
  visit(document, {
    Collection: (_, node, path) => {
      const isInFlow = path.some((one) => isCollection(one) && one.flow === true);
      if (node.flow !== true) return;
      if (!isInFlow && isWide(node, text, width)) node.flow = false;
      else padded(node);
    },
    Scalar: (_, node) => {
      const [start, end] = node.range ?? [0, 0];
      const written = text.slice(start, end).trimEnd();
      // The package folds anew what is folded: the author's lines stay.
      if (node.type === "BLOCK_LITERAL" || !written.includes("\n") || /^[|>][-+]?\d|^[|>]\+/.test(written))
        return;
      node.value = `SIGNALBOX_KEPT_${kept.push(written) - 1}`;
      node.type = "PLAIN";
    },
  });
  const made = document.toString({ lineWidth: 0 });
  // The package puts an empty line before a comment at the end.
  const isApart = (document.comment ?? "") === "" || /\n[ \t]*\n(?:[ \t]*#.*\n?)+\s*$/.test(text);
  const whole = isApart ? made : made.replace(/\n\n((?:#.*\n?)+)$/, "\n$1");
  return whole.replaceAll(
    /^( *(?:- )*)(.*?)SIGNALBOX_KEPT_(\d+)/gm,
    (_, lead: string, key: string, at: string) => {
      const indent = `\n${" ".repeat(lead.length + (key === "" && lead !== "" ? 0 : 2))}`;
      return lead + key + indented(kept[Number(at)]!).join(indent).replaceAll(/^ +$/gm, "");
    },
  );
}

/** The lines of a text, the first as it is, the others without the indentation that they have in common. */
function indented(written: string): string[] {
  const [first = "", ...more] = written.split("\n");
  if (!/^[|>]/.test(first)) return [first, ...more.map((each) => each.trim())];
  const depths = more
    .filter((each) => each.trim() !== "")
    .map((each) => each.length - each.trimStart().length);
  return [first, ...more.map((each) => each.slice(Math.min(...depths)).trimEnd())];
}

/** True where all of it on one line would pass the width; what has comments is broken anyway. */
function isWide(node: Node, text: string, width: number): boolean {
  const [start, end] = node.range ?? [0, 0];
  const written = text.slice(start, end);
  if (/#.*\n/.test(written)) return false;
  const column = start - (text.lastIndexOf("\n", start - 1) + 1);
  return column + written.replaceAll(/\s+/g, " ").length > width;
}

/** `{ a: b }` and `[a]`: the package has one padding for both. */
function padded(node: YAMLMap | YAMLSeq): void {
  const flowCollectionPadding = isMap(node) ? " " : "";
  const write = node.toString.bind(node) as (...given: unknown[]) => string;
  node.toString = (context?: object, ...more: unknown[]) =>
    write(context && { ...context, flowCollectionPadding }, ...more);
}
