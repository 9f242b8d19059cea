/** A rule's words by the brackets that they stand in: nothing of precedence, and so no way to change what is meant. */
import type { Kind, Word } from "./words.ts";

/** A bracket with what is in it. */
export interface Bracket {
  readonly of: Kind;
  readonly open: Word;
  readonly close: Word;
  readonly elements: readonly Element[];
}

export type Piece = Word | Bracket;

/** What stands between two separators. */
export interface Element {
  readonly pieces: readonly Piece[];
  /** The comma or semicolon behind it. */
  readonly separator?: Word;
}

export const isBracket = (piece: Piece | undefined): piece is Bracket =>
  piece !== undefined && "elements" in piece;

/** The first word of a piece. */
export const firstOf = (piece: Piece): Word => (isBracket(piece) ? piece.open : piece);

/** The last word of a piece. */
export const lastOf = (piece: Piece): Word => (isBracket(piece) ? piece.close : piece);

/** All of it, as if it stood in brackets: its closing one is the word without text at the end. */
export function bracketsOf(words: readonly Word[]): Bracket | undefined {
  const end = words.at(-1)!;
  const open: Word = { ...end, text: "", before: [], after: [], breaks: 0 };
  let at = 0;
  const read = (opener: Word, of: Kind): Bracket | undefined => {
    const elements: Element[] = [];
    let pieces: Piece[] = [];
    for (; at < words.length; at++) {
      const word = words[at]!;
      if (word.role === "close") {
        if (pieces.length > 0) elements.push({ pieces });
        return { of, open: opener, close: word, elements };
      }
      if (word.role === "separator") {
        elements.push({ pieces, separator: word });
        pieces = [];
      } else if (word.role === "open") {
        at++;
        const inner = read(word, word.of ?? "block");
        if (inner === undefined) return undefined;
        pieces.push(inner);
      } else pieces.push(word);
    }
    return undefined;
  };
  const whole = read(open, "root");
  return whole?.close === end ? whole : undefined;
}

/** The first word of an element, which may be its separator alone. */
export const startOf = ({ pieces, separator }: Element): Word =>
  pieces[0] === undefined ? separator! : firstOf(pieces[0]);
