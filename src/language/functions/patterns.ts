/** `$match`, `$contains`, `$replace`, `$split`: with a text, a regular expression or a matcher of the rule's own. */
import type { LinearRegExp } from "../../core/pattern.ts";
import { builtin } from "../builtin.ts";
import type { Builtin } from "../builtin.ts";
import { isFunction } from "../callable.ts";
import { apply } from "../calls.ts";
import { Fault } from "../fault.ts";
import { asValue, firstMatch, isRegex } from "../regex.ts";
import type { Match } from "../regex.ts";
import { ITEM_BYTES, spendBytes, spendSteps, spendText } from "../run.ts";
import type { Run } from "../run.ts";
import { isRecord, sequence } from "../values.ts";
import { substitution } from "./substitution.ts";
import { finder } from "./search.ts";
import { read } from "./texts.ts";

/** The functions that look for something in a text. */
export const patternFunctions: readonly Builtin[] = [
  builtin(
    "contains",
    "<s-(sf):b>",
    (run, text, part) => {
      if (text === undefined || part === undefined) return undefined;
      if (typeof part === "string") return finder(run, part)(read(run, text)) !== -1;
      return matchOf(run, part, text as string) !== undefined;
    },
    { callsBack: true },
  ),
  builtin(
    "match",
    "<s-f<s:o>n?:a<o>>",
    (run, text, pattern, limit) => (text === undefined ? undefined : matches(run, text, pattern, limit)),
    { callsBack: true },
  ),
  builtin(
    "replace",
    "<s-(sf)(sf)n?:s>",
    (run, text, pattern, by, limit) =>
      text === undefined ? undefined : replaced(run, text as string, pattern, by, limit as number),
    { callsBack: true },
  ),
  builtin(
    "split",
    "<s-(sf)n?:a<s>>",
    (run, text, separator, limit) =>
      text === undefined ? undefined : parts(run, text as string, separator, limit as number),
    { callsBack: true },
  ),
];

/** The first match of a regular expression, or what the rule's own matcher says; throws Fault T1010 where that is no match. */
function matchOf(run: Run, matcher: unknown, text: string): Match | undefined {
  if (isRegex(matcher)) return firstMatch(matcher.pattern as LinearRegExp, text, run);
  return custom(run, apply(matcher, [text], null, run));
}

function custom(run: Run, found: unknown): Match | undefined {
  spendSteps(run, 4);
  if (found === undefined) return undefined;
  if (!isRecord(found)) throw new Fault("T1010");
  const { match, start, end, groups, next } = found;
  if (typeof match !== "string" || typeof start !== "number") throw new Fault("T1010");
  return {
    match,
    start,
    end: typeof end === "number" ? end : start + match.length,
    groups: Array.isArray(groups) ? (groups as unknown[]) : [],
    next: () => {
      if (!isFunction(next)) throw new Fault("T1010");
      return custom(run, apply(next, [undefined], null, run));
    },
  };
}

function checkLimit(code: string, limit: unknown, index: number): void {
  if (typeof limit === "number" && limit < 0) throw new Fault(code, { value: limit, index });
}

function matches(run: Run, text: unknown, pattern: unknown, limit: unknown): unknown {
  checkLimit("D3040", limit, 3);
  const most = (limit as number | undefined) ?? Infinity;
  const found = sequence();
  if (!(most > 0)) return found;
  let match = matchOf(run, pattern, text as string);
  while (match !== undefined && found.length < most) {
    spendBytes(run, 8 * ITEM_BYTES + 2 * match.match.length);
    found.push({ match: match.match, index: match.start, groups: match.groups });
    match = match.next();
  }
  return found;
}

function replaced(run: Run, text: string, pattern: unknown, by: unknown, limit: number | undefined): string {
  if (pattern === "") throw new Fault("D3010", { value: pattern, index: 2 });
  checkLimit("D3011", limit, 4);
  const most = limit ?? Infinity;
  if (!(most > 0)) return text;
  if (typeof pattern === "string") return replacedText(run, text, pattern, by, most);
  const replacer =
    typeof by === "string" ? substitution(by) : (match: Match) => apply(by, [asValue(match)], null, run);
  let result = "";
  let position = 0;
  let count = 0;
  let match = matchOf(run, pattern, text);
  if (match === undefined) return text;
  while (match !== undefined && count < most) {
    const instead: unknown = replacer(match);
    if (typeof instead !== "string") throw new Fault("D3012", { value: instead });
    spendText(run, instead.length + Math.max(0, match.start - position));
    result += text.substring(position, match.start) + instead;
    position = match.start + match.match.length;
    count++;
    match = match.next();
  }
  spendText(run, text.length - position);
  return result + text.substring(position);
}

function replacedText(run: Run, text: string, pattern: string, by: unknown, most: number): string {
  let result = "";
  let position = 0;
  let count = 0;
  const find = finder(run, pattern);
  let at = find(read(run, text));
  const instead = isFunction(by) ? "" : String(by);
  while (at !== -1 && count < most) {
    if (isFunction(by)) throw new Fault("D3012", { value: by });
    spendText(run, instead.length + at - position);
    spendSteps(run, 1);
    result += text.slice(position, at) + instead;
    position = at + pattern.length;
    count++;
    at = find(text, position);
  }
  return result + text.slice(position);
}

/** As the engine's own `split`, which takes longer for the few pieces that most texts have. */
function pieces(run: Run, text: string, separator: string, most: number): string[] {
  const found: string[] = [];
  let start = 0;
  const find = finder(run, separator);
  for (let at = find(text); at !== -1; at = find(text, start)) {
    if (found.length >= most) return found;
    found.push(text.slice(start, at));
    start = at + separator.length;
  }
  if (found.length < most) found.push(start === 0 ? text : text.slice(start));
  return found;
}

function parts(run: Run, text: string, separator: unknown, limit: number | undefined): unknown {
  checkLimit("D3020", limit, 3);
  const most = limit ?? Infinity;
  if (!(most > 0)) return [];
  if (typeof separator === "string") {
    spendBytes(run, separator === "" ? ITEM_BYTES * Math.min(text.length, most) : 0);
    const found =
      separator === ""
        ? read(run, text).split(separator, limit)
        : pieces(run, read(run, text), separator, limit === undefined ? Infinity : limit >>> 0);
    spendBytes(run, 2 * ITEM_BYTES * found.length);
    return found;
  }
  const found: string[] = [];
  let start = 0;
  let match = matchOf(run, separator, text);
  if (match === undefined) return [text];
  while (match !== undefined && found.length < most) {
    spendBytes(run, 2 * ITEM_BYTES);
    found.push(text.substring(start, match.start));
    start = match.end;
    match = match.next();
  }
  if (found.length < most) found.push(text.substring(start));
  return found;
}
