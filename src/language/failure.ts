/** Puts what an evaluation throws into our words: what failed and where, types and functions, never a value. */
import { SignalboxError } from "../core/errors.ts";
import { BudgetExceeded, Fault } from "./fault.ts";
import type { BudgetName } from "./fault.ts";
import { library } from "./functions/library.ts";
import { hintFor } from "./hints.ts";
import type { Node } from "./jsonata.ts";
import { pathBehind } from "./origin.ts";
import { RuleFailure } from "./rule-failure.ts";
import { placeOf, tokenAt, tokensOf } from "./tokens.ts";
import type { OwnWords } from "./tree.ts";

/** What is said of a fault: kinds and names, no value but by its kind. */
type Thrown = Partial<Fault>;

/** The error for what was thrown; `start` is the offset to point at when nothing is known of the place. */
export function failureOf(
  thrown: unknown,
  source: string,
  start: number,
  ownWords: OwnWords,
  tree?: Node,
): RuleFailure {
  const position = thrown instanceof Fault || thrown instanceof BudgetExceeded ? thrown.position : undefined;
  const place = placeOf(source, position === undefined ? start : calleeStart(source, position));
  const at = (sentence: string): string => `line ${place.line}, column ${place.column}: ${sentence}`;
  if (thrown instanceof SignalboxError) return new RuleFailure(thrown.code, at(thrown.detail), place);
  const limit = limitOf(thrown);
  if (limit !== undefined) return new RuleFailure("TRANSFORM_LIMIT_EXCEEDED", at(limit), place);
  const sentence = at(sentenceOf(thrown, ownWords));
  if (!(thrown instanceof Fault)) return new RuleFailure("TRANSFORM_RULE_FAILED", sentence, place);
  const { value, origin } = thrown;
  const isOfType = OF_TYPE.test(thrown.code);
  const path = tree === undefined ? origin : pathBehind(origin, tree);
  const evidence = isOfType || value !== undefined ? { value, origin: path } : undefined;
  const code = isOfType ? "TRANSFORM_TYPE" : "TRANSFORM_RULE_FAILED";
  return new RuleFailure(code, sentence, place, hintFor(thrown), evidence);
}

/** jsonata's codes for a value of the wrong type. */
const OF_TYPE =
  /^(T0410|T0411|T0412|T1003|T2001|T2002|T2003|T2004|T2006|T2007|T2008|T2009|T2010|T2011|T2012|D1002)$/;

/** A call's position is its parenthesis; its name is what an author looks for. */
function calleeStart(source: string, position: number): number {
  const tokens = tokensOf(source);
  const token = tokenAt(tokens, position);
  if (token === undefined) return position;
  const before = token.text === "(" ? tokens[tokens.indexOf(token) - 1] : undefined;
  return before?.kind === "variable" || before?.kind === "name" ? before.start : token.start;
}

function limitOf(thrown: unknown): string | undefined {
  if (thrown instanceof BudgetExceeded) {
    const { budget, allowed, token } = thrown;
    const who = token === undefined ? "the rule" : called(token);
    return `${who} used up the budget \`${budget}\`: ${BUDGETS[budget](allowed)}`;
  }
  // The engine's own: "Maximum call stack size exceeded", "Invalid string length", "Invalid array length".
  if (thrown instanceof RangeError) return "the rule needs more stack or memory than there is";
  if (thrown instanceof Fault && thrown.code === "D2014")
    return "a range may have ten million numbers at most";
  return undefined;
}

/** What each budget means, as the end of a sentence. */
const BUDGETS: Readonly<Record<BudgetName, (allowed: number) => string>> = {
  steps: (allowed) =>
    `more than ${allowed} steps; does it call itself without an end, or scan inside a scan?`,
  depth: (allowed) => `more than ${allowed} evaluations deep; does it call itself without an end?`,
  bytes: (allowed) => `more than ${allowed} bytes of texts, arrays and objects made`,
  output: (allowed) => `a result of more than ${allowed} bytes`,
  pattern: (allowed) => `regular expressions read more than ${allowed} characters`,
  picture: (allowed) =>
    `a picture, or a text read with one, of more than ${allowed} characters or 999 digits`,
};

function sentenceOf(thrown: unknown, ownWords: OwnWords): string {
  if (!(thrown instanceof Fault))
    return `the rule failed (${thrown instanceof Error ? thrown.name : "unknown cause"})`;
  const make = sentences[thrown.code];
  if (make !== undefined) return make(thrown, ownWords);
  if (/^D30[89]\d$/.test(thrown.code)) return "the picture given to `$formatNumber` is not one";
  return `the rule failed (${thrown.code})`;
}

const called = (token: unknown): string => {
  if (typeof token !== "string" || token === "" || token === "(") return "the function";
  return /^[A-Za-z_]/.test(token) ? `\`$${token}\`` : `\`${token}\``;
};
const got = ({ value, origin }: Thrown): string =>
  `got ${typeNameOf(value)}${origin === undefined ? "" : ` from \`${origin}\``}`;
const side = (which: string) => (thrown: Thrown) =>
  `the ${which} side of \`${String(thrown.token)}\` must be a number, ${got(thrown)}`;
const rangeSide = (which: string) => (thrown: Thrown) =>
  `the ${which} side of \`..\` must be a whole number, ${got(thrown)}`;
const own = (thrown: Thrown, ownWords: OwnWords): string => {
  const words = ownWords.get(thrown.position ?? -1);
  const name = thrown.code === "D3137" ? "$error" : "$assert";
  return words === undefined
    ? `the rule ended itself with \`${name}\`; its text is not shown, since it may hold parts of the event`
    : `the rule ended itself with \`${name}\`: ${words}`;
};
const positive = (thrown: Thrown): string =>
  `argument ${String(thrown.index)} of ${called(thrown.token)} must not be negative`;
const picture = (what: string) => (thrown: Thrown) => `${called(thrown.token)} was given ${what}`;

/** jsonata 2.2.2's error codes that can occur at run time; those of a number's picture are taken together. */
const sentences: Readonly<Record<string, (thrown: Thrown, ownWords: OwnWords) => string>> = {
  T0410: (thrown) =>
    `argument ${String(thrown.index)} of ${called(thrown.token)} ${mustBe(thrown)}${got(thrown)}`,
  T0411: (thrown) =>
    `${called(thrown.token)} takes argument ${String(thrown.index)} from the context here, which does not fit: it is ${typeNameOf(thrown.value)}`,
  T0412: (thrown) =>
    `argument ${String(thrown.index)} of ${called(thrown.token)} must be an array of ${thrown.type ?? "one type"} only`,
  D1001: () => "a number is out of range",
  D1002: (thrown) => `only a number can be negated, ${got(thrown)}`,
  T1003: (thrown) => `an object's key must be text, ${got(thrown)}`,
  D1004: () => "the regular expression matches the empty text, which would go on for ever",
  T1005: (thrown) =>
    `\`${String(thrown.token)}\` is not a function; did you mean \`$${String(thrown.token)}\`?`,
  T1006: (thrown) => `${called(thrown.token)} is not a function`,
  T1007: (thrown) =>
    `\`${String(thrown.token)}\` is not a function; did you mean \`$${String(thrown.token)}\`?`,
  T1008: (thrown) => `${called(thrown.token)} is not a function`,
  D1009: () => "two entries of one object have the same key",
  T1010: (thrown) => `the matcher given to ${called(thrown.token)} does not return what a matcher must`,
  D1013: () => "keys of an object must not begin with `_jsonata_`",
  T2001: side("left"),
  T2002: side("right"),
  T2003: rangeSide("left"),
  T2004: rangeSide("right"),
  T2006: (thrown) => `the right side of \`~>\` must be a function, ${got(thrown)}`,
  T2007: (thrown) =>
    `only values of one type can be sorted, got ${typeNameOf(thrown.value)} and ${typeNameOf(thrown.value2)}`,
  T2008: (thrown) => `only numbers or texts can be sorted by, ${got(thrown)}`,
  T2009: (thrown) =>
    `the sides of \`${String(thrown.token)}\` must be of one type, got ${typeNameOf(thrown.value)} and ${typeNameOf(thrown.value2)}`,
  T2010: (thrown) => `the sides of \`${String(thrown.token)}\` must be numbers or texts, ${got(thrown)}`,
  T2011: (thrown) => `the update of a transform must be an object, ${got(thrown)}`,
  T2012: (thrown) => `what a transform deletes must be named by texts, ${got(thrown)}`,
  T2013: () => "`$clone` has been replaced by something that is not a function",
  D3001: (thrown) => `${called(thrown.token)} met a number that is not finite`,
  D3010: () => "`$replace` cannot look for the empty text",
  D3011: positive,
  D3012: (thrown) => `the function given to \`$replace\` must return text, ${got(thrown)}`,
  D3020: positive,
  D3030: (thrown) => `\`$number\` was given ${typeNameOf(thrown.value)} that is not written as a number`,
  D3040: positive,
  D3050: () => "`$reduce` needs a function of at least two parameters",
  D3060: () => "`$sqrt` was given a negative number",
  D3061: () => "`$power` yields a number that is out of range",
  D3070: () => "`$sort` without a function sorts only texts or only numbers",
  D3100: () => "`$formatBase` takes a base from 2 to 36",
  D3110: () => "`$toMillis` was given a text that is not an ISO 8601 time",
  D3130: picture("a picture with a sequence that is not supported"),
  D3131: picture("a picture with digits of two alphabets"),
  D3132: picture("a picture with an unknown component"),
  D3133: picture("a picture that asks for the name of something that is neither a month nor a day"),
  D3134: picture("a picture whose time zone has more than four digits"),
  D3135: picture("a picture in which a `[` is not closed"),
  D3136: picture("a picture that leaves out what is needed to tell the time"),
  D3137: own,
  D3138: () => "`$single` found more than one match",
  D3139: () => "`$single` found no match",
  D3140: (thrown) => `\`$${thrown.functionName ?? "decodeUrl"}\` was given a text that cannot be a URL`,
  D3141: own,
};

const TYPES: Readonly<Record<string, string>> = {
  s: "text",
  n: "a number",
  b: "a boolean",
  o: "an object",
  a: "an array",
  f: "a function",
};

/** "must be a number, ", from the built-in's signature; another phrase where the function is the rule's own. */
function mustBe({ token, index }: Thrown): string {
  const definition = typeof token === "string" ? library.get(token)?.signature.definition : undefined;
  const parameters = definition?.replace(/:[^:]*$/, "").match(/\((?:[a-z]|<[^>]*>)+\)|[a-z](?:<[^>]*>)?/g);
  const wanted = parameters?.[(index ?? 0) - 1]?.replaceAll(/<[^>]*>|[()]/g, "");
  const names = [...(wanted ?? "")].flatMap((letter) => TYPES[letter] ?? []);
  if (names.length > 0) return `must be ${names.join(" or ")}, `;
  return parameters !== undefined && wanted === undefined
    ? "is one too many, "
    : "is not of the type that it takes, ";
}

/** The type of a value as a noun: what may be said of a payload. */
export function typeNameOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (typeof value === "function") return "a function";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object") return "an object";
  return typeof value === "string" ? "text" : `a ${typeof value}`;
}
