/** Everything that is wrong with an expression, found in one pass, each with its place. */
import { analyse } from "./analysis.ts";
import { limits } from "./budgets.ts";
import { parseJsonata } from "./jsonata.ts";
import type { Node } from "./jsonata.ts";
import type { Mend } from "./mending.ts";
import { syntaxMistake } from "./syntax.ts";
import type { Mistake } from "./syntax.ts";
import { tokenAt, tokensOf } from "./tokens.ts";
import type { Token } from "./tokens.ts";

/** A parsed expression, with every mistake in it: it may be run when there is none. Warnings do not keep it from that. */
export interface Reading {
  readonly tree: Node | undefined;
  readonly mistakes: readonly Mistake[];
  readonly warnings: readonly Mistake[];
}

/** Parses and analyses; mistakes stand in the order of the text. */
export function readExpression(source: string): Reading {
  if (Buffer.byteLength(source) > limits.sourceBytes)
    return { tree: undefined, mistakes: [tooLong], warnings: [] };
  const read = readThrough(source, []);
  const all = read.tree === undefined ? withStatements(source, read.mistakes) : read.mistakes;
  const isWarning = ({ code }: Mistake): boolean => code === "RULE_HYPHEN_DOUBTFUL";
  const mistakes = all.filter((one) => !isWarning(one)).sort((a, b) => a.offset - b.offset);
  return { tree: read.isMended ? undefined : read.tree, mistakes, warnings: all.filter(isWarning) };
}

/** The tree of a text that is being written, mended where it does not parse; undefined where it cannot be. */
export function roughTree(source: string): Node | undefined {
  return Buffer.byteLength(source) > limits.sourceBytes ? undefined : readThrough(source, []).tree;
}

const tooLong: Mistake = {
  code: "RULE_SYNTAX_INVALID",
  offset: 0,
  message: `The expression is longer than ${limits.sourceBytes / 1024} KB.`,
  fix: "Split it into several transforms, or move tables into the event's sender.",
};

/** Syntax errors that are told of at most. */
const MOST_MENDED = 20;

/**
 * jsonata gives up at its first mistake. That one is mended as its hint says, at the same length, and the text is read
 * again, until it parses or what is wrong cannot be mended.
 */
function readThrough(
  source: string,
  bound: readonly string[],
): { readonly tree: Node | undefined; readonly isMended: boolean; readonly mistakes: readonly Mistake[] } {
  const mistakes: Mistake[] = [];
  let text = source;
  let shift = 0;
  for (;;) {
    try {
      const tree = parseJsonata(text);
      const isMended = mistakes.length > 0;
      const names = isMended ? [...bound, ...boundNames(tokensOf(source))] : bound;
      for (const one of findingsIn(tree, text, names)) mistakes.push({ ...one, offset: one.offset - shift });
      return { tree, isMended, mistakes };
    } catch (thrown) {
      const found = syntaxMistake(thrown, text);
      const offset = Math.max(0, found.offset - shift);
      // Told of again at the same place: the mending did not help.
      if (mistakes.some((told) => told.offset === offset))
        return { tree: undefined, isMended: true, mistakes };
      const { mend } = found;
      // A `;` that a mending has put between two statements wants parentheses around them.
      const isOwn = mend === "wrap" && text[found.offset] === ";" && source[offset] !== ";";
      if (!isOwn) mistakes.push({ ...found, offset });
      const cannot = mend === undefined || mistakes.length >= MOST_MENDED || (mend === "wrap" && shift > 0);
      if (cannot) return { tree: undefined, isMended: true, mistakes };
      if (mend === "wrap") shift = 1;
      text = mended(text, mend);
    }
  }
}

function mended(text: string, mend: Mend): string {
  if (mend === "wrap") return `(${text})`;
  const { start, end, text: by } = mend;
  return text.slice(0, start) + by.padEnd(end - start) + text.slice(end);
}

function findingsIn(tree: Node, source: string, alsoBound: readonly string[]): Mistake[] {
  const findings = analyse(tree, source, alsoBound);
  if (findings.length === 0) return [];
  const tokens = tokensOf(source);
  return findings.map(({ code, position, message, fix }) => {
    const offset = tokenAt(tokens, position)?.start ?? position;
    return { code, offset, message, fix };
  });
}

/** Where the whole cannot be mended, the statements of a block are read one by one to find what is behind it. */
function withStatements(source: string, ofWhole: readonly Mistake[]): readonly Mistake[] {
  const tokens = tokensOf(source);
  const bound = boundNames(tokens);
  const read = statementsOf(source, tokens).map(([start, end]) => {
    const { tree, isMended, mistakes } = readThrough(source.slice(start, end), bound);
    const placed = mistakes.map((mistake) => ({ ...mistake, offset: mistake.offset + start }));
    return { start, end, parses: tree !== undefined && !isMended, mistakes: placed };
  });
  // A mistake is seen from the whole and from its statement, which knows it better.
  const isSeen = ({ offset }: Mistake): boolean =>
    read.some(({ parses, start, end }) => !parses && start <= offset && offset <= end);
  return [...ofWhole.filter((one) => !isSeen(one)), ...read.flatMap(({ mistakes }) => mistakes)];
}

/** Offsets of the statements in the outermost parentheses, or without any; none when there is no `;` between them. */
function statementsOf(source: string, tokens: readonly Token[]): [number, number][] {
  const isBlock = tokens[0]?.text === "(";
  const statements: [number, number][] = [];
  let depth = 0;
  let start = isBlock ? 1 + tokens[0]!.start : 0;
  for (const { kind, text, start: at, end } of tokens) {
    if (kind !== "operator") continue;
    if ("([{".includes(text)) depth++;
    if (")]}".includes(text)) depth--;
    const closes = isBlock && depth === 0;
    if (!closes && (text !== ";" || depth !== (isBlock ? 1 : 0))) continue;
    statements.push([start, at]);
    start = end;
    if (closes) break;
  }
  if (start < source.length && (depth > 0 || !isBlock)) statements.push([start, source.length]);
  const filled = statements.filter(([from, to]) => source.slice(from, to).trim() !== "");
  return filled.length > 1 ? filled : [];
}

/** Names that a part which does not parse may bind: before `:=`, after `@` and `#`, in a function's parentheses. */
function boundNames(tokens: readonly Token[]): string[] {
  const names: string[] = [];
  let inParameters = false;
  for (const [index, token] of tokens.entries()) {
    const before = tokens[index - 1]?.text ?? "";
    if (token.text === "(") inParameters = before === "function" || before === "λ";
    if (token.text === ")") inParameters = false;
    if (token.kind !== "variable") continue;
    if (inParameters || tokens[index + 1]?.text === ":=" || before === "@" || before === "#")
      names.push(token.text.slice(1));
  }
  return names;
}
