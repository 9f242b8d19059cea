/** Where a place inside a YAML scalar's text stands in the file. */
import type { Place } from "./problem.ts";

/** What is needed of a scalar: how it is written, and the offsets of its beginning and end. */
export interface WrittenScalar {
  readonly type?: string | undefined;
  readonly value: unknown;
  readonly range?: readonly [number, number, number] | null | undefined;
}

/** Offset in the file of a line and column of the scalar's text; the scalar's beginning where lines were folded. */
export function sourceOffset(file: string, scalar: WrittenScalar, inner: Place): number {
  const [start, end] = scalar.range ?? [0, 0];
  const written = file.slice(start, end);
  if (scalar.type === "BLOCK_LITERAL") return blockOffset(file, start, end, inner);
  if (written.includes("\n") || inner.line > 1) return start;
  if (scalar.type === "QUOTE_DOUBLE")
    return start + quotedLength(written, inner.column, /\\(?:x.{2}|u.{4}|U.{8}|.)|[^]/gy);
  if (scalar.type === "QUOTE_SINGLE") return start + quotedLength(written, inner.column, /''|[^]/gy);
  return Math.min(start + inner.column - 1, end);
}

/** A literal block's lines are the file's, moved to the right by the indentation of its first line that holds text. */
function blockOffset(file: string, start: number, end: number, inner: Place): number {
  const body = file.indexOf("\n", start) + 1;
  const lines = file.slice(body, end).split("\n");
  const indentation = /^ */.exec(lines.find((line) => line.trim() !== "") ?? "")![0].length;
  const before = lines.slice(0, inner.line - 1).join("\n").length + (inner.line > 1 ? 1 : 0);
  return Math.min(body + before + indentation + inner.column - 1, end);
}

/** Written length of the opening quote and the characters before a column. */
function quotedLength(written: string, column: number, character: RegExp): number {
  character.lastIndex = 1;
  for (let passed = 1; passed < column && character.lastIndex < written.length - 1; passed++)
    character.test(written);
  return character.lastIndex;
}
