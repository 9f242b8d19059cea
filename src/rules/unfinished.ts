/** A rule that says of itself that it is not finished: it begins with a comment that begins with TODO. */
import { placeOf } from "../language/tokens.ts";
import type { Tell } from "./problem.ts";

/** Warns of such a rule, with what it says. Marks further down, as a drafted rule has for single fields, are not meant. */
export function checkUnfinished(path: string, text: string, tell: Tell): void {
  const found = /^\s*(\/\*+)\s*TODO\b:?[ \t]*([^\n*]*)/.exec(text);
  if (found === null) return;
  const what = found[2]!.trim();
  const said = `The rule is not finished${what === "" ? "." : `: ${what}`}`;
  tell(path, placeOf(text, text.indexOf("/*")), "RULE_UNFINISHED", said);
}
