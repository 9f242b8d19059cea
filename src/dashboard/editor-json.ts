/** Where a text stops being JSON, whichever browser says so. */
import type { Mark } from "./editor.ts";

/** The mark of what `JSON.parse` threw for a text. */
export function jsonMark(text: string, error: unknown): Mark {
  const said = error instanceof Error ? error.message : String(error);
  const at = Number(/position (\d+)/.exec(said)?.[1] ?? (/end of/i.test(said) ? text.length : 0));
  const before = text.slice(0, at).split("\n");
  return {
    message: `This is not JSON: ${said.replace(/ in JSON at position.*/s, "").replace(/^JSON\.parse: /, "")}.`,
    line: before.length,
    column: (before.at(-1)?.length ?? 0) + 1,
  };
}
