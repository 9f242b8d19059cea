/** How a text with a syntax error can be read on: at the same length, as if its first mistake were mended. */
import type { Thrown } from "./jsonata.ts";
import type { Token } from "./tokens.ts";

/** A part of the text and what stands in its place, filled up with blanks; or the whole is put into parentheses. */
export type Mend = "wrap" | { readonly start: number; readonly end: number; readonly text: string };

/** What the parser stumbled over. */
export interface Scene {
  readonly error: Thrown;
  readonly source: string;
  readonly tokens: readonly Token[];
  /** The token that the parser stumbled over; undefined at the end. */
  readonly at: Token | undefined;
  readonly before: Token | undefined;
}

/** What each closing bracket closes. */
export const OPENERS: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };

/** The token gone, or another text in its place. */
export const instead = (token: Token | undefined, text = ""): Mend | undefined =>
  token === undefined || text.length > token.end - token.start
    ? undefined
    : { start: token.start, end: token.end, text };

/** A character in place of the blank before the token. */
export function blankBefore({ at, source }: Scene, text: string): Mend | undefined {
  if (at === undefined || !/[ \t\n\r]/.test(source.charAt(at.start - 1))) return undefined;
  return { start: at.start - 1, end: at.start, text };
}

/** A value in place of the blank behind the token. */
export function valueBehind({ end }: Token, { source }: Scene): Mend | undefined {
  return /[ \t\n\r]/.test(source.charAt(end)) ? { start: end, end: end + 1, text: "0" } : undefined;
}

/** `x` becomes `$`, `total` becomes `$otal`: a variable, of whatever name. */
export const asVariable = (token: Token | undefined): Mend | undefined =>
  token?.kind === "name" && !token.text.startsWith("`")
    ? instead(token, `$${token.text.slice(1)}`)
    : undefined;

/** Where two values stand side by side: a closer too many goes, statements get their `;`, all else is read as one text. */
export function joined(scene: Scene): Mend | undefined {
  const { at, tokens } = scene;
  if (at !== undefined && OPENERS[at.text] !== undefined) return instead(at);
  const isStatement = at?.kind === "variable" && tokens[tokens.indexOf(at) + 1]?.text === ":=";
  return blankBefore(scene, isStatement ? ";" : "&");
}

/** A comma where two entries stand side by side. Before a statement or another closer, what is open was to end. */
export function separated(scene: Scene, wanted: string): Mend | undefined {
  const { at, tokens } = scene;
  if (at === undefined || at.text === ";" || OPENERS[at.text] !== undefined) return undefined;
  if (wanted === ")") return joined(scene);
  const isStatement = tokens[tokens.indexOf(at) + 1]?.text === ":=";
  return isStatement ? undefined : blankBefore(scene, ",");
}
