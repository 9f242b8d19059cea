/** A line of a rule with a caret under the place, for terminals and pages. */
import type { Place } from "./tokens.ts";

/** UTF-16 units of a line that are shown at most. */
const WIDTH = 100;

/** The line and the caret below it: `  7 | $total + order.qty` and `    |        ^`; of a long line the part around the place. */
export function excerpt(source: string, { line, column }: Place): readonly string[] {
  const text = source.split("\n")[line - 1]?.trimEnd();
  if (text === undefined) return [];
  const start = column <= WIDTH - 20 ? 0 : column - WIDTH / 2;
  const shown = text.slice(start, start + WIDTH).replaceAll("\t", " ");
  const number = String(line);
  const before = start > 0 ? "…" : "";
  const after = start + WIDTH < text.length ? "…" : "";
  return [
    `  ${number} | ${before}${shown}${after}`,
    `  ${" ".repeat(number.length)} | ${" ".repeat(before.length + column - 1 - start)}^`,
  ];
}
