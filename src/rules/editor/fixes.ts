/** Changes that mend a problem, where its fix says which: names that were meant, operators of other languages, lists that must stay lists. */
import { firstOf, bracketsOf, isBracket, lastOf } from "../../language/layout/parts.ts";
import type { Bracket, Element } from "../../language/layout/parts.ts";
import { wordsOf } from "../../language/layout/words.ts";
import { tokensOf } from "../../language/tokens.ts";
import type { Token } from "../../language/tokens.ts";
import type { Place, Problem } from "../problem.ts";
import type { Fix } from "./answers.ts";

/** The offset of a place. */
export function offsetOf(text: string, { line, column }: Place): number {
  let start = 0;
  for (let at = 1; at < line; at++) {
    const next = text.indexOf("\n", start);
    if (next === -1) return text.length;
    start = next + 1;
  }
  return Math.min(start + column - 1, text.length);
}

/** Where the part that a problem is about ends: its word, or the rest of its line. */
export function endOf(text: string, file: string, start: number): number {
  if (file.endsWith(".jsonata")) {
    const token = tokensOf(text).find((one) => one.start === start);
    if (token !== undefined) return token.end;
  }
  const word = /^(?:"(?:[^"\\\n]|\\.)*"|[^\s,:[\]{}]+)/.exec(text.slice(start));
  return start + Math.max(1, word?.[0].length ?? 1);
}

/** All changes that mend a problem of a text; none where its fix leaves open what is to be written. */
export function fixesFor(text: string, problem: Problem): readonly Fix[] {
  const offset = offsetOf(text, problem);
  const said = `${problem.message} ${problem.fix}`;
  const [, name, quoted] = /Did you mean (?:`([^`]+)`|"([^"]+)")\?/.exec(said) ?? [];
  const isRule = problem.file.endsWith(".jsonata");
  const meant = name ?? quoted;
  if (meant !== undefined) {
    const fix = isRule ? namedInRule(text, offset, meant) : namedInYaml(text, offset, meant);
    return fix === undefined ? [] : [fix];
  }
  if (!isRule) return [];
  const fix = (byCode[problem.code] ?? (() => undefined))(text, offset, problem.message);
  return fix === undefined ? [] : [fix];
}

const replaced = (title: string, { start, end }: { start: number; end: number }, insert: string): Fix => ({
  title,
  ...{ start, end, insert },
});

function namedInRule(text: string, offset: number, meant: string): Fix | undefined {
  const token = tokensOf(text).find(({ start, end }) => start <= offset && offset < end);
  if (token === undefined) return undefined;
  const isString = token.kind === "string";
  const plain = meant.startsWith("$") || /^[A-Za-z_]\w*$/.test(meant);
  const insert = isString ? JSON.stringify(meant) : plain ? meant : `\`${meant}\``;
  if (!isString && token.kind !== "name" && token.kind !== "variable") return undefined;
  return replaced(`Write ${insert}`, token, insert);
}

function namedInYaml(text: string, offset: number, meant: string): Fix | undefined {
  const [written] = /^(?:"[^"\n]*"|'[^'\n]*'|[\w.$*-]+)/.exec(text.slice(offset)) ?? [];
  if (written === undefined) return undefined;
  const quote = /^["']/.exec(written)?.[0] ?? "";
  return replaced(`Write ${meant}`, { start: offset, end: offset + written.length }, quote + meant + quote);
}

type Mending = (text: string, offset: number, message: string) => Fix | undefined;

const byCode: Readonly<Partial<Record<Problem["code"], Mending>>> = {
  RULE_HYPHEN_DOUBTFUL: (text, offset, message) => {
    const name = /^`([^`]+)`/.exec(message)?.[1] ?? "";
    const start = text.lastIndexOf(name, offset);
    const fits = name !== "" && start !== -1 && start + name.length > offset;
    return fits
      ? replaced(`Quote the name \`${name}\``, { start, end: start + name.length }, `\`${name}\``)
      : undefined;
  },
  RULE_DEFAULT_NULL: (text, offset) => {
    const token = tokensOf(text).find(({ start, text: one }) => start >= offset && one === "??");
    return token && replaced("Write ?:", token, "?:");
  },
  RULE_NUMBER_INEXACT: (text, offset) => {
    const token = tokensOf(text).find(({ start, kind }) => start === offset && kind === "number");
    return token && replaced("Write it as text", token, `"${token.text}"`);
  },
  RULE_FIELD_SINGLE: (text, offset) => {
    const whole = bracketsOf(wordsOf(text));
    const element = whole && elementAt(whole, offset);
    const colon = element?.pieces.findIndex((piece) => !isBracket(piece) && piece.role === "colon") ?? -1;
    const value = element?.pieces[colon + 1];
    if (colon < 1 || element === undefined || value === undefined) return undefined;
    const range = { start: firstOf(value).start, end: lastOf(element.pieces.at(-1)!).end };
    return replaced("Put […] around it", range, `[${text.slice(range.start, range.end)}]`);
  },
  RULE_SYNTAX_INVALID: (text, offset, message) => {
    for (const [pattern, mend] of SYNTAX)
      if (pattern.test(message)) return mend(text, offset, tokenFrom(text, offset));
    return undefined;
  },
};

const tokenFrom = (text: string, offset: number): Token | undefined =>
  tokensOf(text).find(({ start }) => start === offset);

/** The innermost element that begins at the offset. */
function elementAt({ elements }: Bracket, offset: number): Element | undefined {
  for (const element of elements) {
    const [first, last] = [element.pieces[0], element.pieces.at(-1)];
    if (first === undefined || last === undefined) continue;
    if (firstOf(first).start > offset || lastOf(last).end < offset) continue;
    for (const piece of element.pieces) {
      const inner = isBracket(piece) ? elementAt(piece, offset) : undefined;
      if (inner !== undefined) return inner;
    }
    if (firstOf(first).start === offset) return element;
  }
  return undefined;
}

type SyntaxMending = (text: string, offset: number, token: Token | undefined) => Fix | undefined;

/** By what `check` says; see language/syntax.ts. */
const SYNTAX: readonly (readonly [RegExp, SyntaxMending])[] = [
  [/no operator `==`/, (text, at) => replaced("Write =", around(text, at, "="), "=")],
  [/no operator `&&`/, (text, at) => replaced("Write and", around(text, at, "&"), "and")],
  [/no operator `\|`/, (text, at) => replaced("Write or", around(text, at, "|"), "or")],
  [/comma is one too many/, (_, at) => replaced("Remove the comma", { start: at, end: at + 1 }, "")],
  [
    /^Several statements/,
    (text) => replaced("Put them into parentheses", { start: 0, end: text.length }, `(\n${text.trim()}\n)\n`),
  ],
  [
    /is not a variable/,
    (_, _at, token) => token && replaced(`Write $${token.text}`, token, `$${token.text}`),
  ],
  [/^Expected `\)`, got `,`/, (_, at) => replaced("Write ;", { start: at, end: at + 1 }, ";")],
];

/** All of a run of a sign. */
function around(text: string, offset: number, sign: string): { start: number; end: number } {
  let [start, end] = [offset, offset];
  while (text[start - 1] === sign) start--;
  while (text[end] === sign) end++;
  return { start, end };
}
