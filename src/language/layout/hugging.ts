/** Which brackets are broken within, rather than what is around them; and which hold many short values. */
import { isBracket, lastOf, startOf } from "./parts.ts";
import type { Bracket, Element, Piece } from "./parts.ts";
import type { Kind, Word } from "./words.ts";

/** Brackets with blanks inside of them. */
export const PADDED: ReadonlySet<Kind> = new Set(["object", "group", "body"]);

/** Kinds that are broken within, rather than what is around them. */
const HUGGED: ReadonlySet<Kind> = new Set(["array", "object", "block"]);

/** True where only what is in the brackets is broken: `$map(x, function($v) { … })`, `[{ … }]`. */
export function isHugging({ elements, of, close }: Bracket): boolean {
  if (close.before.length > 0) return false;
  if (of === "sort" || of === "parameters" || of === "filter") return false;
  const hasComments = elements.some(
    ({ pieces, separator }) => pieces.some(isCommentedOutside) || (separator && isCommented(separator)),
  );
  const isBroken = elements.slice(1).some((element) => startOf(element).breaks > 0);
  if (hasComments || isBroken) return false;
  const [only, second] = elements;
  if (only !== undefined && second === undefined && only.separator === undefined) {
    const [piece] = only.pieces;
    if (of === "call" && isWhole(only)) return true;
    return only.pieces.length === 1 && isBracket(piece) && hugs(of, piece.of);
  }
  if (of !== "call") return false;
  const large = elements.filter(({ pieces }) => pieces.some(isBracket));
  const [one] = large;
  const small = elements.filter((element) => element !== one);
  const length = small
    .flatMap(({ pieces }) => pieces)
    .reduce((sum, piece) => sum + lastOf(piece).text.length + 1, 0);
  return large.length === 1 && length <= 40 && isWhole(one!);
}

const isCommented = ({ before, after }: Word): boolean => before.length + after.length > 0;

const isCommentedOutside = (piece: Piece): boolean =>
  isBracket(piece) ? piece.open.before.length + piece.close.after.length > 0 : isCommented(piece);

/** A bracket within nothing but another one. */
const hugs = (outer: Kind, inner: Kind): boolean =>
  outer === "body" ? inner === "block" : !PADDED.has(outer) && HUGGED.has(inner);

/** An array, an object, or a function that is written out. */
function isWhole({ pieces }: Element): boolean {
  const last = pieces.at(-1);
  if (!isBracket(last)) return false;
  if (last.of === "body") return !pieces.some((piece) => !isBracket(piece) && piece.role === "infix");
  return pieces.length === 1 && (last.of === "array" || last.of === "object");
}

/** Many short values: as many on a line as fit. */
export const isList = ({ of, elements }: Bracket): boolean =>
  of === "array" &&
  elements.length >= 4 &&
  elements.every(
    ({ pieces, separator }) =>
      pieces.length === 1 &&
      !isBracket(pieces[0]!) &&
      !isCommented(pieces[0]!) &&
      (separator === undefined || !isCommented(separator)),
  );
