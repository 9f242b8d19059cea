/** A rule that says of itself that it is not finished: a comment that begins with TODO on a line of its own. */
import type { Tell } from "./problem.ts";

/** Warns of each such comment, with what it says. */
export function checkUnfinished(path: string, text: string, tell: Tell): void {
  if (!text.includes("TODO")) return;
  for (const found of text.matchAll(/^[ \t]*\/\*+\s*TODO\b:?[ \t]*([^\n*]*)/gm)) {
    const line = text.slice(0, found.index).split("\n").length;
    const what = found[1]!.trim();
    const column = found[0].indexOf("/") + 1;
    tell(
      path,
      { line, column },
      "RULE_UNFINISHED",
      `The rule is not finished${what === "" ? "." : `: ${what}`}`,
    );
  }
}
