/** What a regular expression says of the texts that match: how long a match is, and which characters a whole text lacks. */
import { linearRegExp } from "../../core/pattern.ts";
import { BLANKS, SOME_TEXT, lacks } from "./texts.ts";
import type { Texts } from "./texts.ts";

/** Code points of a match; both 0 and Infinity where the pattern is too odd to tell. */
export interface Lengths {
  readonly min: number;
  readonly max: number;
}

const UNKNOWN: Lengths = { min: 0, max: Infinity };

/** How long a match of a pattern can be. */
export function matchLengths(source: string): Lengths {
  const reader = { source, at: 0 };
  try {
    const found = alternatives(reader);
    return reader.at === source.length ? found : UNKNOWN;
  } catch (error) {
    if (error instanceof Odd) return UNKNOWN;
    throw error;
  }
}

class Odd extends Error {}

interface Reader {
  readonly source: string;
  at: number;
}

function alternatives(reader: Reader): Lengths {
  let all = sequence(reader);
  while (reader.source[reader.at] === "|") {
    reader.at++;
    const next = sequence(reader);
    all = { min: Math.min(all.min, next.min), max: Math.max(all.max, next.max) };
  }
  return all;
}

function sequence(reader: Reader): Lengths {
  let min = 0;
  let max = 0;
  while (reader.at < reader.source.length && !"|)".includes(reader.source[reader.at]!)) {
    const one = atom(reader);
    const [least, most] = quantifier(reader);
    min += one.min * least;
    max += one.max === 0 || most === 0 ? 0 : one.max * most;
  }
  return { min, max };
}

const ONE: Lengths = { min: 1, max: 1 };
const NONE: Lengths = { min: 0, max: 0 };

function atom(reader: Reader): Lengths {
  const { source } = reader;
  const letter = source[reader.at++]!;
  if (letter === "^" || letter === "$") return NONE;
  if (letter === "\\") {
    const next = source[reader.at++] ?? "";
    if (/[bB]/.test(next)) return NONE;
    if (/[dDwWsStnrfv]/.test(next) || /[^\w]/.test(next)) return ONE;
    throw new Odd();
  }
  if (letter === "[") {
    const rest = /^\^?(?:\\[^]|[^\]\\])*\]/.exec(source.slice(reader.at));
    if (rest === null) throw new Odd();
    reader.at += rest[0].length;
    return ONE;
  }
  if (letter !== "(") return ONE;
  if (source[reader.at] === "?") {
    const opening = /^\?(?::|<[A-Za-z]\w*>)/.exec(source.slice(reader.at));
    if (opening === null) throw new Odd();
    reader.at += opening[0].length;
  }
  const inner = alternatives(reader);
  if (source[reader.at++] !== ")") throw new Odd();
  return inner;
}

function quantifier(reader: Reader): [number, number] {
  const found = /^(?:([*+?])|\{(\d+)(,?)(\d*)\})\??/.exec(reader.source.slice(reader.at));
  if (found === null) return [1, 1];
  reader.at += found[0].length;
  const [, sign, least, comma, most] = found;
  if (sign !== undefined) return sign === "?" ? [0, 1] : sign === "*" ? [0, Infinity] : [1, Infinity];
  return [Number(least), comma === "" ? Number(least) : most === "" ? Infinity : Number(most)];
}

const facts = new Map<string, Texts>();
const MOST_KNOWN = 500;

/** What is true of every text in which a pattern is found. */
export function textsMatching(source: string): Texts {
  const known = facts.get(source);
  if (known !== undefined) return known;
  if (facts.size >= MOST_KNOWN) facts.clear();
  const found = readPattern(source);
  facts.set(source, found);
  return found;
}

function readPattern(source: string): Texts {
  const { min, max } = matchLengths(source);
  const hasChoice = hasTopLevelChoice(source);
  const isWhole = source.startsWith("^") && /(?<!\\)(?:\\\\)*\$$/.test(source) && !hasChoice;
  const literal = hasChoice ? "" : (/^\^((?:\\[^\w]|[\w \-/:@#&=,;"'!~<>%])*)/.exec(source)?.[1] ?? "");
  // What is followed by a quantifier may be missing.
  const isCut = /^[*?{]/.test(source.slice(1 + literal.length));
  const prefix = (isCut ? literal.replace(/\\?.$/, "") : literal).replaceAll(/\\(.)/g, "$1");
  return {
    ...SOME_TEXT,
    min,
    max: isWhole ? max : Infinity,
    prefix: source.startsWith("^") ? prefix : "",
    without: isWhole ? lackedBy(source) : "",
    matches: [source],
    isSolid:
      source === "\\S" ||
      (source.startsWith("^") && !hasChoice && /^\^(?:\\S|\\w|[A-Za-z0-9])/.test(source) && !isCut),
  };
}

function hasTopLevelChoice(source: string): boolean {
  let depth = 0;
  for (const [token] of source.matchAll(/\\[^]|\[(?:\\[^]|[^\]\\])*\]|[^]/g)) {
    if (token === "(") depth++;
    if (token === ")") depth--;
    if (token === "|" && depth === 0) return true;
  }
  return false;
}

/** Blanks that a text which matches from end to end cannot hold, where all of it is one class. */
function lackedBy(source: string): string {
  const body = /^\^(\[(?:\\[^]|[^\]\\])*\]|\\[dwS])(?:[+*]|\{\d+(?:,\d*)?\})\$$/.exec(source)?.[1];
  if (body === undefined) return "";
  const one = regexp(`^${body}$`);
  return one === undefined ? "" : [...BLANKS].filter((letter) => !one.test(letter)).join("");
}

function regexp(source: string): { test(text: string): boolean } | undefined {
  try {
    return linearRegExp(source, "");
  } catch {
    return undefined;
  }
}

/** Whether a pattern is surely found in a text (true), surely not (false), or neither is sure. */
export function matchVerdict(texts: Texts, source: string): boolean | undefined {
  if (texts.matches.includes(source)) return true;
  const pattern = regexp(source);
  if (pattern === undefined) return undefined;
  if (texts.values !== undefined) {
    const found = texts.values.map((one) => pattern.test(one));
    return found.every(Boolean) ? true : found.some(Boolean) ? undefined : false;
  }
  // Found in what it begins with, without a look at what follows: found in the whole.
  if (!/\$|\\[bB]/.test(source) && pattern.test(texts.prefix)) return true;
  if (source === "\\S") return texts.isSolid ? true : undefined;
  return matchesClass(texts, source);
}

/** `^[^\r\n]+$` and `^\S+$`: what has no such character, and any, matches. */
function matchesClass(texts: Texts, source: string): true | undefined {
  const [, negated, more] = /^\^(\\S|\[\^(?:\\[^]|[^\]\\])*\])([+*])\$$/.exec(source) ?? [];
  if (negated === undefined || (more === "+" && texts.min === 0)) return undefined;
  const refused = negated === "\\S" ? [...BLANKS] : refusedBy(negated);
  return refused?.every((letter) => lacks(texts, letter)) === true ? true : undefined;
}

/** The characters of `[^…]`, where it names them one by one. */
function refusedBy(negated: string): string[] | undefined {
  const letters: string[] = [];
  for (const [token] of negated.slice(2, -1).matchAll(/\\[^]|[^]/g)) {
    const escaped = { "\\n": "\n", "\\r": "\r", "\\t": "\t", "\\f": "\f", "\\v": "\v" }[token];
    if (token === "\\s") letters.push(...BLANKS);
    else if (escaped !== undefined) letters.push(escaped);
    else if (token.length === 1 && token !== "-") letters.push(token);
    else if (/^\\\W$/.test(token)) letters.push(token.charAt(1));
    else return undefined;
  }
  return letters;
}

/** Characters of which none is left where all that matches is replaced: what a single class, or `class+`, holds. */
export function replacedBlanks(source: string): string {
  const [, body] = /^(\[(?:\\[^]|[^\]\\])*\]|\\[sdwSDW])\+?$/.exec(source) ?? [];
  const one = body === undefined ? undefined : regexp(`^${body}$`);
  return one === undefined ? "" : [...BLANKS].filter((letter) => one.test(letter)).join("");
}
