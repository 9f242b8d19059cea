/** Comments that excuse a problem: which code, on which line, and why. */
import { tokensOf } from "../tokens.ts";

/** `/* signalbox-ignore CODE: reason *\/`: on the line of the problem, or alone on the lines above it. */
export interface Excuse {
  readonly code: string;
  readonly reason: string;
  /** Offset of the comment. */
  readonly offset: number;
  /** The line that it excuses, from 1. */
  readonly line: number;
}

const EXCUSE = /^\/\*\s*signalbox-ignore\b\s*([A-Z_]*)\s*:?\s*([^]*?)\s*\*\/$/;

/** All excuses in a rule's text, in its order; jsonata's parser drops comments. */
export function excusesIn(source: string): readonly Excuse[] {
  if (!source.includes("signalbox-ignore")) return [];
  const found: Excuse[] = [];
  for (const { start, end } of gapsOf(source))
    for (const { 0: comment, index } of source.slice(start, end).matchAll(/\/\*[^]*?\*\//g)) {
      const [, code = "", reason = ""] = EXCUSE.exec(comment) ?? [];
      if (!EXCUSE.test(comment)) continue;
      const offset = start + index;
      found.push({ code, reason, offset, line: lineOf(source, offset, offset + comment.length) });
    }
  return found;
}

/** What stands between the words: blanks and comments. */
function gapsOf(source: string): { start: number; end: number }[] {
  const words = tokensOf(source);
  const starts = [0, ...words.map(({ end }) => end)];
  const ends = [...words.map(({ start }) => start), source.length];
  return starts.map((start, at) => ({ start, end: ends[at]! }));
}

/** The line of the comment; where nothing else stands on it, that of the word which follows. */
function lineOf(source: string, start: number, end: number): number {
  const before = source.slice(source.lastIndexOf("\n", start - 1) + 1, start);
  const eol = source.indexOf("\n", end);
  const behind = source.slice(end, eol === -1 ? source.length : eol);
  const isAlone = before.trim() === "" && behind.trim() === "";
  const next = isAlone ? tokensOf(source).find((word) => word.start >= end) : undefined;
  return source.slice(0, next?.start ?? start).split("\n").length;
}
