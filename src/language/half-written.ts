/** Expressions while somebody writes them: the tree around a word, and which field of the result is being made. */
import type { Node } from "./jsonata.ts";
import { wordsOf } from "./layout/words.ts";
import type { Kind, Word } from "./layout/words.ts";
import { roughTree } from "./problems.ts";
import { tokensOf } from "./tokens.ts";
import type { Token } from "./tokens.ts";

/** The word that the offset is in or at the end of; undefined between words. */
export function wordAt(source: string, offset: number): Token | undefined {
  const touching = tokensOf(source).filter(({ start, end }) => start <= offset && offset <= end);
  const isWord = ({ kind }: Token): boolean => kind === "name" || kind === "variable" || kind === "string";
  return touching.find(isWord) ?? touching.find(({ start, end }) => start < offset && offset < end);
}

/** True within a comment. */
export function isInComment(source: string, offset: number): boolean {
  const before = source.slice(0, offset);
  const open = before.lastIndexOf("/*");
  if (open === -1 || before.indexOf("*/", open) !== -1) return false;
  return !tokensOf(source).some(({ start, end }) => start < open && open < end);
}

/** The tree with a word put in place of a part of the text; what is left open there is closed. Undefined where nothing helps. */
export function treeWith(source: string, start: number, end: number, word: string): Node | undefined {
  const before = source.slice(0, start) + word;
  const texts = [
    before + source.slice(end),
    before + closersOf(before),
    // A key without its value.
    `${before}: 0${closersOf(before)}`,
    `${source.slice(0, start)}"x": ${word}${closersOf(before)}`,
  ];
  for (const text of texts) {
    const tree = roughTree(text);
    if (tree !== undefined && holds(tree, word)) return tree;
  }
  return undefined;
}

function holds(node: unknown, word: string): boolean {
  if (typeof node !== "object" || node === null) return false;
  const { value } = node as { readonly value?: unknown };
  if (value === word || `$${String(value)}` === word) return true;
  return Object.values(node).some((part) => holds(part, word));
}

const CLOSERS: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };

function closersOf(text: string): string {
  const open: string[] = [];
  for (const { kind, text: word } of tokensOf(text)) {
    if (kind !== "operator") continue;
    if (CLOSERS[word] !== undefined) open.push(CLOSERS[word]);
    else if (word === open.at(-1)) open.pop();
  }
  return open.reverse().join("");
}

/** Where the fields of an object are written. */
export interface Making {
  /** Keys from the result down to the object; `*` for the items of a list. */
  readonly path: readonly string[];
  /** The keys that the object has already. */
  readonly keys: readonly string[];
  /** A key is expected, and not a value. */
  readonly isKey: boolean;
  /** Of the value that is expected. */
  readonly key: string | undefined;
}

interface Frame {
  readonly of: Kind;
  readonly step: string | undefined;
  readonly isPart: boolean;
  key: string | undefined;
  isKey: boolean;
  isBound: boolean;
  readonly keys: string[];
}

const PASSED: ReadonlySet<Kind> = new Set(["root", "block", "object", "array"]);

/** The object of the result that the offset is in; undefined where what is made there is not, as far as can be seen, part of it. */
export function makingAt(source: string, offset: number): Making | undefined {
  const words = wordsOf(source).slice(0, -1);
  const frames: Frame[] = [frameOf("root", undefined)];
  let at = 0;
  for (; at < words.length && isBefore(words[at]!, offset); at++) step(words[at]!, words[at + 1], frames);
  const frame = frames.at(-1)!;
  if (frame.of !== "object" || frames.some(({ isPart, isBound }) => !isPart || isBound)) return undefined;
  const path = frames.map(({ step: one }) => one).filter((one) => one !== undefined);
  const { isKey, key } = frame;
  const depth = frames.length;
  for (; at < words.length && frames.length >= depth; at++) step(words[at]!, words[at + 1], frames);
  return { path, keys: frame.keys, isKey, key: isKey ? undefined : key };
}

function frameOf(of: Kind, around: Frame | undefined): Frame {
  const step = around?.of === "object" ? around.key : around?.of === "array" ? "*" : undefined;
  const isPart = PASSED.has(of) && !(around?.of === "object" && around.isKey);
  return { of, step, isPart, key: undefined, isKey: of === "object", isBound: false, keys: [] };
}

function step(word: Word, next: Word | undefined, frames: Frame[]): void {
  const frame = frames.at(-1)!;
  if (word.role === "open") frames.push(frameOf(word.of ?? "block", frame));
  else if (word.role === "close") {
    if (frames.length > 1) frames.pop();
  } else if (word.role === "separator") {
    frame.isKey = frame.of === "object";
    frame.isBound = false;
  } else if (word.role === "colon") frame.isKey = false;
  else if (word.text === ":=") frame.isBound = true;
  else if (frame.isKey && word.kind === "string") {
    frame.key = word.text.slice(1, -1);
    if (next?.role === "colon") frame.keys.push(frame.key);
  }
}

const isBefore = ({ end, kind }: Word, offset: number): boolean =>
  end < offset || (end === offset && kind === "operator");
