/** Where a text stops being JSON, whichever browser says so. */
import type { Mark } from "./editor.ts";

/** The mark of what `JSON.parse` threw for a text. */
export function jsonMark(text: string, error: unknown): Mark {
  const said = error instanceof Error ? error.message : String(error);
  const why = said.replace(/^JSON\.parse: /, "").replace(/ (in JSON )?at (position|line) .*/s, "");
  return { message: `This is not JSON: ${why}.`, ...placeOf(said, text) };
}

/** Chromium counts characters, Firefox lines and columns, WebKit tells nothing. */
function placeOf(said: string, text: string): { line: number; column: number } {
  const [, line, column] = /\bline (\d+) column (\d+)/.exec(said) ?? [];
  if (line !== undefined && column !== undefined) return { line: Number(line), column: Number(column) };
  const at = Number(/position (\d+)/.exec(said)?.[1] ?? (/\bend\b/i.test(said) ? text.length : 0));
  const before = text.slice(0, at).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
