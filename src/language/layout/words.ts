/** The words of a rule with what the tokens leave out: comments, the author's line breaks, and what part each word plays. */
import { tokensOf } from "../tokens.ts";
import type { Token } from "../tokens.ts";

/** A comment, `/* … *\/`. */
export interface Comment {
  readonly text: string;
  /** Columns that the line which it begins on is indented by. */
  readonly base: number;
  /** Nothing stands before it on its line. */
  readonly isAlone: boolean;
  /** Line breaks before it: 2 stands for any number above. */
  readonly breaks: number;
}

/** What a word is to its neighbours. */
export type Role =
  | "operand"
  /** Stands before its operand without a blank: `-x`, `>price`. */
  | "prefix"
  | "infix"
  /** Between two parts without blanks: `.`, `@`, `#`, `^`, `..`, `|`. */
  | "joint"
  | "open"
  | "close"
  | "separator"
  | "colon"
  | "question"
  | "else";

/** What a bracket is there for. */
export type Kind =
  "call" | "parameters" | "block" | "array" | "filter" | "object" | "group" | "body" | "sort" | "root";

export interface Word extends Token {
  readonly role: Role;
  /** Of an opening bracket. */
  readonly of?: Kind;
  /** Comments between the word before and this one that belong to this one. */
  readonly before: readonly Comment[];
  /** Comments behind it on its line, with nothing more. */
  readonly after: readonly Comment[];
  /** Line breaks before the word or, where it has one, its first comment. */
  readonly breaks: number;
  /** Columns that its line is indented by. */
  readonly base: number;
}

/** All words, and at the end one without text for what stands behind the last. */
export function wordsOf(source: string): readonly Word[] {
  const tokens = withSignatures(tokensOf(source), source);
  const roles = rolesOf(tokens);
  const end: Token = { kind: "operator", text: "", start: source.length, end: source.length };
  const words: Word[] = [];
  let behind: readonly Comment[] = [];
  [...tokens, end].forEach((token, at) => {
    const from = tokens[at - 1]?.end ?? 0;
    const { after, before } = split(commentsIn(source, from, token.start), at > 0, source, token.start);
    const former = words.at(-1);
    if (former !== undefined) words[words.length - 1] = { ...former, after };
    else behind = after;
    const gap = source.slice(
      from + after.reduce((sum, { end: to }) => Math.max(sum, to - from), 0),
      token.start,
    );
    const breaks = before[0]?.breaks ?? breaksIn(gap);
    words.push({
      ...token,
      ...(roles[at] ?? { role: "close" }),
      ...{ before: [...(former === undefined ? behind : []), ...before], after: [], breaks },
      base: indentAt(source, token.start),
    });
  });
  return words;
}

interface Placed extends Comment {
  readonly end: number;
}

function commentsIn(source: string, from: number, to: number): Placed[] {
  const found: Placed[] = [];
  let last = from;
  for (const { 0: text, index } of source.slice(from, to).matchAll(/\/\*[^]*?(?:\*\/|$)/g)) {
    const start = from + index;
    const lead = source.slice(last, start);
    const isAlone = source.slice(source.lastIndexOf("\n", start - 1) + 1, start).trim() === "";
    last = start + text.length;
    found.push({ text, base: indentAt(source, start), isAlone, breaks: breaksIn(lead), end: last });
  }
  return found;
}

/** Those behind the former word, on its line and with nothing more on it; and the others. */
function split(
  comments: readonly Placed[],
  hasFormer: boolean,
  source: string,
  to: number,
): { readonly after: readonly Placed[]; readonly before: readonly Placed[] } {
  let count = 0;
  while (hasFormer && count < comments.length && comments[count]!.breaks === 0 && !comments[count]!.isAlone)
    count++;
  const last = comments[count - 1];
  if (last === undefined) return { after: [], before: comments };
  const next = comments[count];
  const isLast = next === undefined ? breaksIn(source.slice(last.end, to)) > 0 || to === source.length : true;
  return isLast
    ? { after: comments.slice(0, count), before: comments.slice(count) }
    : { after: [], before: comments };
}

const breaksIn = (gap: string): number => Math.min(2, gap.split("\n").length - 1);

function indentAt(source: string, offset: number): number {
  const start = source.lastIndexOf("\n", offset - 1) + 1;
  return /^[ \t]*/.exec(source.slice(start, offset))![0].length;
}

/** A function's signature, `<s-n:s>`, as one word. */
function withSignatures(tokens: readonly Token[], source: string): Token[] {
  const made: Token[] = [];
  let depth = 0;
  const functions: number[] = [];
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at]!;
    made.push(token);
    if (token.text === "(" && token.kind === "operator") {
      if (/^(?:function|λ)$/.test(tokens[at - 1]?.text ?? "")) functions.push(depth);
      depth++;
    }
    if (token.text !== ")" || token.kind !== "operator") continue;
    depth--;
    if (functions.at(-1) !== depth) continue;
    functions.pop();
    if (tokens[at + 1]?.text !== "<") continue;
    let open = 0;
    let last = at + 1;
    for (; last < tokens.length && tokens[last]!.text !== "{"; last++) {
      open += count(tokens[last]!.text, "<") - count(tokens[last]!.text, ">");
      if (open <= 0) break;
    }
    const start = tokens[at + 1]!.start;
    const end = tokens[Math.min(last, tokens.length - 1)]!.end;
    made.push({ kind: "name", text: source.slice(start, end), start, end });
    at = last;
  }
  return made;
}

const count = (text: string, letter: string): number => text.split(letter).length - 1;

interface Frame {
  readonly kind: Kind;
  questions: number;
}

type Roled = Pick<Word, "role" | "of">;

const JOINTS = new Set([".", "@", "#", "^", ".."]);
const PREFIXES = new Set(["-", "<", ">"]);
const KINDS: Readonly<Record<string, readonly [Kind, Kind]>> = {
  "(": ["call", "block"],
  "[": ["filter", "array"],
  "{": ["group", "object"],
};

function rolesOf(tokens: readonly Token[]): Roled[] {
  const frames: Frame[] = [{ kind: "root", questions: 0 }];
  const roles: Roled[] = [];
  let afterOperand = false;
  let isBody = false;
  const closed: Frame[] = [];
  tokens.forEach(({ kind, text }, at) => {
    const frame = frames.at(-1)!;
    const former = tokens[at - 1];
    let role: Roled = { role: "operand" };
    if (kind !== "operator") {
      roles.push(role);
      isBody = closed.at(-1)?.kind === "parameters" && roles[at - 1]?.role === "close";
      afterOperand = true;
      return;
    }
    const kinds = KINDS[text];
    if (kinds !== undefined) {
      const afterParameters =
        isBody || (roles[at - 1]?.role === "close" && closed.at(-1)?.kind === "parameters");
      let of: Kind = afterOperand ? kinds[0] : kinds[1];
      if (text === "(" && /^(?:function|λ)$/.test(former?.text ?? "")) of = "parameters";
      else if (text === "{" && afterParameters) of = "body";
      else if (text === "(" && former?.text === "^") of = "sort";
      frames.push({ kind: of, questions: 0 });
      role = { role: "open", of };
      afterOperand = false;
    } else if (text === ")" || text === "]" || text === "}") {
      if (frames.length > 1) closed.push(frames.pop()!);
      role = { role: "close" };
      afterOperand = true;
    } else if (text === "," || text === ";") {
      role = { role: "separator" };
      // A condition may go without its else.
      frame.questions = 0;
      afterOperand = false;
    } else if (!afterOperand) {
      role = prefixRole(text);
      afterOperand = role.role === "operand";
    } else {
      role = infixRole(text, frame);
      // The last `|` of a transformation ends a value; what follows tells.
      const next = tokens[at + 1];
      afterOperand =
        text === "|" &&
        (next === undefined || (next.kind === "operator" && !/^[([{|$"'`*%-]/.test(next.text)));
    }
    isBody = false;
    roles.push(role);
  });
  return roles;
}

function prefixRole(text: string): Roled {
  if (PREFIXES.has(text)) return { role: "prefix" };
  if (text === "|" || JOINTS.has(text)) return { role: "joint" };
  return { role: "operand" };
}

function infixRole(text: string, frame: Frame): Roled {
  if (text === "|" || JOINTS.has(text)) return { role: "joint" };
  if (text === "?") {
    frame.questions++;
    return { role: "question" };
  }
  if (text !== ":") return { role: "infix" };
  if (frame.questions === 0) return { role: "colon" };
  frame.questions--;
  return { role: "else" };
}
