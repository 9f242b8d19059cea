/** Where a rule's lines may be broken: brackets first, then the operators that bind least. The author's own breaks count. */
import { BREAK, breaks, fill, group, hard, indent, line, raw } from "./doc.ts";
import type { Doc } from "./doc.ts";
import { PADDED, isHugging, isList } from "./hugging.ts";
import { firstOf, isBracket, lastOf, startOf } from "./parts.ts";
import type { Bracket, Element, Piece } from "./parts.ts";
import type { Comment, Kind, Word } from "./words.ts";

const commentDoc = ({ text, base }: Comment): Doc => raw(text, base);

/** Comments behind a word on its line: what follows begins a new one. */
const behind = ({ after }: Word): Doc =>
  after.length === 0 ? "" : [after.map((one) => [" ", commentDoc(one)]), BREAK];

/** Comments before the first word of an element, where its line begins. */
function ahead({ before }: Word): Doc {
  return before.map((one, at) => {
    const next = before[at + 1];
    const isBroken = one.isAlone && (next === undefined || next.isAlone);
    return [commentDoc(one), isBroken ? hard(next?.breaks === 2) : " "];
  });
}

/** Comments before a word within a line. */
const between = (word: Word): Doc =>
  word.before.map((one) => (one.isAlone ? [hard(), commentDoc(one), hard()] : [commentDoc(one), " "]));

/** What stands in a bracket, element by element; in the outermost one, all of a rule. */
export function elementsDoc(bracket: Bracket, source: string): Doc {
  const { elements, close, of } = bracket;
  const parts: Doc[] = elements.map((element, at) => {
    const first = element.pieces[0];
    const start = first === undefined ? element.separator : firstOf(first);
    const blank = at > 0 && start !== undefined && start.breaks === 2;
    // The commas of a transformation, `|a|b,c|`, are in no bracket.
    const gap = of === "root" ? " " : line(" ", blank);
    return [at === 0 ? "" : gap, elementDoc(element, of, source)];
  });
  const last = close.before.map((one, at) => [
    at === 0 && elements.length === 0 ? "" : hard(one.breaks === 2),
    commentDoc(one),
  ]);
  return [parts, last];
}

function elementDoc(element: Element, of: Kind, source: string): Doc {
  const { pieces, separator } = element;
  const [first] = pieces;
  if (first === undefined)
    return separator === undefined ? "" : [ahead(separator), separator.text, behind(separator)];
  const last = pieces.at(-1)!;
  const bare = [...pieces.slice(0, -1), withoutAfter(last)];
  const inner = isExcused(element) ? verbatim(pieces, source) : group(piecesDoc(bare, of, source, true));
  const end = separator === undefined ? "" : [between(separator), separator.text, behind(separator)];
  return [ahead(firstOf(first)), inner, behind(lastOf(last)), end];
}

/** Comments behind the last word of an element break what is around the element, not what is in it. */
const withoutAfter = (piece: Piece): Piece =>
  isBracket(piece) ? { ...piece, close: { ...piece.close, after: [] } } : { ...piece, after: [] };

/** An excuse is for a line: that stays as it is. */
function isExcused({ pieces, separator }: Element): boolean {
  const words = [...pieces.flatMap((piece) => (isBracket(piece) ? [piece.open, piece.close] : [piece]))];
  const comments = [...words, ...(separator === undefined ? [] : [separator])].flatMap((word) => [
    ...word.before,
    ...word.after,
  ]);
  return comments.some(({ text }) => text.includes("signalbox-ignore"));
}

function verbatim(pieces: readonly Piece[], source: string): Doc {
  const first = firstOf(pieces[0]!);
  const last = lastOf(pieces.at(-1)!);
  const text = source.slice(first.start, last.end);
  const isPlain = !words(pieces).some((word) => word.text.includes("\n"));
  return isPlain ? raw(text, first.base) : [text, text.includes("\n") ? BREAK : ""];
}

const words = (pieces: readonly Piece[]): Word[] =>
  pieces.flatMap((piece) =>
    isBracket(piece)
      ? [
          piece.open,
          ...piece.elements.flatMap((one) => [
            ...words(one.pieces),
            ...(one.separator === undefined ? [] : [one.separator]),
          ]),
          piece.close,
        ]
      : [piece],
  );

/** Pieces without a separator between them; `isFirst` where the comments before them are told already. */
function piecesDoc(pieces: readonly Piece[], of: Kind, source: string, isFirst = false): Doc {
  const colon = pieces.findIndex((piece) => !isBracket(piece) && piece.role === "colon");
  if (colon > 0)
    return [
      piecesDoc(pieces.slice(0, colon), of, source, isFirst),
      wordDoc(pieces[colon] as Word),
      " ",
      group(piecesDoc(pieces.slice(colon + 1), of, source)),
    ];
  const binds = pieces.findIndex(
    (piece) => !isBracket(piece) && piece.text === ":=" && piece.role === "infix",
  );
  if (binds > 0)
    return [
      piecesDoc(pieces.slice(0, binds), of, source, isFirst),
      " ",
      wordDoc(pieces[binds] as Word),
      " ",
      group(piecesDoc(pieces.slice(binds + 1), of, source)),
    ];
  const asks = pieces.findIndex((piece) => !isBracket(piece) && piece.role === "question");
  if (asks > 0) return conditionDoc(pieces, asks, of, source, isFirst);
  return operatorsDoc(pieces, of, source, isFirst);
}

/** `condition ? value`, and each other arm on a line of its own where they do not fit on one. */
function conditionDoc(
  pieces: readonly Piece[],
  asks: number,
  of: Kind,
  source: string,
  isFirst: boolean,
): Doc {
  const arms: Doc[] = [];
  let isBroken = false;
  let rest = pieces;
  let ask = asks;
  let isHead = isFirst;
  for (;;) {
    const other = elseOf(rest, ask);
    const question = rest[ask] as Word;
    const then = group(piecesDoc(rest.slice(ask + 1, other), of, source));
    const condition = group(piecesDoc(rest.slice(0, ask), of, source, isHead));
    const own = question.breaks > 0 ? indent(hard()) : " ";
    arms.push([condition, own, wordDoc(question), " ", then]);
    if (other === rest.length) break;
    const word = rest[other] as Word;
    isBroken ||= word.breaks > 0;
    rest = rest.slice(other + 1);
    arms.push(line(" "), wordDoc(word), " ");
    isHead = false;
    ask = rest.findIndex((piece) => !isBracket(piece) && piece.role === "question");
    if (ask > 0) continue;
    arms.push(group(operatorsDoc(rest, of, source, false)));
    break;
  }
  const [first = "", ...more] = arms;
  return group([first, indent(more)], isBroken);
}

function elseOf(pieces: readonly Piece[], ask: number): number {
  let open = 0;
  for (let at = ask; at < pieces.length; at++) {
    const piece = pieces[at]!;
    if (isBracket(piece)) continue;
    if (piece.role === "question") open++;
    if (piece.role === "else" && --open === 0) return at;
  }
  return pieces.length;
}

/** From those that bind least on. */
const LEVELS: readonly (readonly string[])[] = [
  ["or"],
  ["and"],
  ["=", "!=", "<", ">", "<=", ">=", "in", "~>", "?:", "??"],
  ["&", "+", "-"],
  ["*", "/", "%", "**"],
];

function operatorsDoc(pieces: readonly Piece[], of: Kind, source: string, isFirst: boolean): Doc {
  const isAt = (piece: Piece, level: readonly string[]): boolean =>
    !isBracket(piece) && piece.role === "infix" && level.includes(piece.text);
  const level = LEVELS.find((one) => pieces.some((piece) => isAt(piece, one)));
  if (level === undefined) return pathDoc(pieces, source, isFirst);
  const parts: Doc[] = [];
  let from = 0;
  let operator: Word | undefined;
  const take = (to: number): void => {
    const operand = operatorsDoc(pieces.slice(from, to), of, source, isFirst && from === 0);
    if (operator === undefined) return void parts.push(operand);
    const next = pieces[from];
    const isBroken = operator.breaks > 0 || (next !== undefined && firstOf(next).breaks > 0);
    const [comments, own] = [operator.before.filter(({ isAlone }) => isAlone), wordDoc(operator, true)];
    const before = comments.map((one) => [commentDoc(one), hard()]);
    const gap = isBroken || comments.length > 0 ? hard() : line(" ");
    parts.push(indent(gap), indent([before, own, " ", operand]));
  };
  pieces.forEach((piece, at) => {
    if (!isAt(piece, level)) return;
    take(at);
    operator = piece as Word;
    from = at + 1;
  });
  take(pieces.length);
  return group(fill(parts));
}

/** Words and brackets that stand side by side. */
function pathDoc(pieces: readonly Piece[], source: string, isFirst: boolean): Doc {
  return pieces.map((piece, at) => {
    const former = pieces[at - 1];
    const isJoint = !isBracket(piece) && piece.text === "." && piece.role === "joint";
    const gap = isJoint && at > 0 && piece.breaks > 0 ? indent(hard()) : gapBetween(former, piece);
    const isHead = isFirst && at === 0;
    return [gap, isBracket(piece) ? bracketDoc(piece, source, isHead) : wordDoc(piece, isHead)];
  });
}

function gapBetween(former: Piece | undefined, piece: Piece): string {
  if (former === undefined) return "";
  if (isBracket(piece)) return piece.of === "body" ? " " : "";
  const isOperand = (one: Piece): boolean => isBracket(one) || one.role === "operand";
  // A signature follows its parameters.
  if (piece.text.startsWith("<") && isBracket(former)) return "";
  return isOperand(former) && isOperand(piece) ? " " : piece.role === "infix" ? " " : "";
}

/** A word with its comments; `isHead` where those before it are told already. */
function wordDoc(word: Word, isHead = false): Doc {
  return [isHead ? "" : between(word), word.text, behind(word)];
}

function bracketDoc(bracket: Bracket, source: string, isHead: boolean): Doc {
  const { open, close, elements, of } = bracket;
  const before = isHead ? "" : between(open);
  const start = [before, open.text, behind(open)];
  const end = [close.text, behind(close)];
  if (elements.length === 0 && close.before.length === 0) return [start, end];
  const isForced = elements.length > 0 && startOf(elements[0]!).breaks > 0;
  const content = elementsDoc(bracket, source);
  const isOpen = open.after.length > 0 || close.before.some(({ isAlone }) => isAlone);
  if (!isForced && !isOpen && isHugging(bracket))
    return [start, elements.map((one, at) => [at === 0 ? "" : " ", elementDoc(one, of, source)]), end];
  const pad = PADDED.has(of) ? " " : "";
  const inner = isList(bracket) ? listDoc(elements, of, source) : content;
  return [
    before,
    group([open.text, behind(open), indent([line(pad), inner]), line(pad), close.text], isForced),
    behind(close),
  ];
}

function listDoc(elements: readonly Element[], of: Kind, source: string): Doc {
  const parts = elements.flatMap((element, at): Doc[] => [
    ...(at === 0 ? [] : [startOf(element).breaks > 0 ? hard() : line(" ")]),
    elementDoc(element, of, source),
  ]);
  const isBroken = parts.some(breaks);
  return isBroken ? [fill(parts), BREAK] : fill(parts);
}
