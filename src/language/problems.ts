/** Everything that is wrong with an expression, found in one pass, each with its place. */
import { analyse } from "./analysis.ts";
import { limits } from "./budgets.ts";
import { parseJsonata } from "./jsonata.ts";
import type { Node } from "./jsonata.ts";
import { syntaxMistake } from "./syntax.ts";
import type { Mistake } from "./syntax.ts";
import { tokenAt, tokensOf } from "./tokens.ts";
import type { Token } from "./tokens.ts";

/** A parsed expression, with every mistake in it: it may be run when there is none. */
export type Reading = { readonly tree: Node | undefined; readonly mistakes: readonly Mistake[] };

/** Parses and analyses; mistakes stand in the order of the text. */
export function readExpression(source: string): Reading {
  if (Buffer.byteLength(source) > limits.sourceBytes) return { tree: undefined, mistakes: [tooLong] };
  try {
    const tree = parseJsonata(source);
    return { tree, mistakes: ordered(findingsIn(tree, source, [])) };
  } catch (thrown) {
    return { tree: undefined, mistakes: ordered(mistakesIn(syntaxMistake(thrown, source), source)) };
  }
}

const tooLong: Mistake = {
  code: "RULE_SYNTAX_INVALID",
  offset: 0,
  message: `The expression is longer than ${limits.sourceBytes / 1024} KB.`,
  fix: "Split it into several transforms, or move tables into the event's sender.",
};

const ordered = (mistakes: readonly Mistake[]): Mistake[] =>
  [...mistakes].sort((a, b) => a.offset - b.offset);

function findingsIn(tree: Node, source: string, alsoBound: readonly string[]): Mistake[] {
  const findings = analyse(tree, alsoBound);
  if (findings.length === 0) return [];
  const tokens = tokensOf(source);
  return findings.map(({ code, position, message, fix }) => {
    const offset = tokenAt(tokens, position)?.start ?? position;
    return { code, offset, message, fix };
  });
}

/** jsonata gives up at the first mistake; the statements of a block are read one by one to find those behind it. */
function mistakesIn(first: Mistake, source: string): Mistake[] {
  const tokens = tokensOf(source);
  const bound = boundNames(tokens);
  const read = statementsOf(source, tokens).map(([start, end]) => readStatement(source, start, end, bound));
  // The first mistake is seen from the whole and from its statement, which knows it better.
  const seenTwice = read.some(
    ({ parses, start, end }) => !parses && start <= first.offset && first.offset <= end,
  );
  const found = read.flatMap(({ mistakes }) => mistakes);
  return seenTwice ? found : [first, ...found];
}

interface Statement {
  readonly start: number;
  readonly end: number;
  readonly parses: boolean;
  readonly mistakes: readonly Mistake[];
}

function readStatement(source: string, start: number, end: number, bound: readonly string[]): Statement {
  const text = source.slice(start, end);
  const placed = (mistake: Mistake): Mistake => ({ ...mistake, offset: mistake.offset + start });
  try {
    const tree = parseJsonata(text);
    return { start, end, parses: true, mistakes: findingsIn(tree, text, bound).map(placed) };
  } catch (thrown) {
    return { start, end, parses: false, mistakes: [placed(syntaxMistake(thrown, text))] };
  }
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
