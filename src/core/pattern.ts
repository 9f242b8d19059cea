/**
 * Regular expressions in time linear in the text. JavaScript's syntax (without flags `v` and `y`) is taken; lookaround
 * and backreferences, which no linear engine has, are refused. What provably cannot blow up runs in the native engine,
 * all else in re2js, which differs in corners: `[\S]` knows ASCII blanks only, text is read by code points, not UTF-16
 * units, and a group that repeats nothing has captured "" instead of nothing.
 */
import { RE2JS } from "re2js";

/** What `exec` found: the match and its groups, and where it begins, in UTF-16 units. */
export interface PatternMatch extends ReadonlyArray<string | undefined> {
  readonly 0: string;
  readonly index: number;
}

/** A compiled pattern. It has no state: `g` means nothing here, `from` says where to begin. */
export interface LinearRegExp {
  readonly source: string;
  readonly flags: string;
  /** True where one look reads each character a bounded number of times, and nothing behind the match. */
  readonly isNative: boolean;
  /** How much a character costs, in those of the simplest pattern. */
  readonly cost: number;
  test(text: string): boolean;
  /** The first match at or after `from` (UTF-16 units); `^` and `\b` still see what stands before. */
  exec(text: string, from?: number): PatternMatch | null;
}

/** Compiles a pattern; throws SyntaxError with a sentence for what is no pattern or needs backtracking. */
export function linearRegExp(source: string, flags: string): LinearRegExp {
  if (/[vy]/.test(flags)) throw new SyntaxError(`the flag "${/[vy]/.exec(flags)![0]}" is not supported`);
  const native = new RegExp(source, flags.includes("g") ? flags : `${flags}g`);
  const tokens = tokensOf(source);
  refuseBacktracking(tokens);
  const ways = waysOf(tokens, flags);
  return ways === undefined
    ? re2Engine(tokens, source, flags)
    : nativeEngine(native, source, flags, 1 + (ways >> 1));
}

function nativeEngine(native: RegExp, source: string, flags: string, cost: number): LinearRegExp {
  const exec = (text: string, from = 0): PatternMatch | null => {
    native.lastIndex = from;
    return native.exec(text) as PatternMatch | null;
  };
  return { source, flags, isNative: true, cost, exec, test: (text) => exec(text) !== null };
}

/** What the linear engine takes for a character, in those of the native one. */
const LINEAR_COST = 16;

function re2Engine(tokens: readonly string[], source: string, flags: string): LinearRegExp {
  const compiled = compileRe2(translated(tokens, flags), source, flags);
  const groupCount = compiled.groupCount();
  const exec = (text: string, from = 0): PatternMatch | null => {
    const matcher = compiled.matcher(text);
    if (from > text.length || !matcher.find(from)) return null;
    const groups = Array.from({ length: groupCount + 1 }, (_, index) => matcher.group(index) ?? undefined);
    return Object.assign(groups, { index: matcher.start() }) as unknown as PatternMatch;
  };
  return { source, flags, isNative: false, cost: LINEAR_COST, exec, test: (text) => compiled.test(text) };
}

function compileRe2(translation: string, source: string, flags: string): RE2JS {
  let bits = flags.includes("i") ? RE2JS.CASE_INSENSITIVE : 0;
  if (flags.includes("m")) bits |= RE2JS.MULTILINE;
  if (flags.includes("s")) bits |= RE2JS.DOTALL;
  try {
    return RE2JS.compile(translation, bits);
  } catch (cause) {
    const reason =
      cause instanceof Error ? cause.message.replace(/^.*error parsing regexp: /, "") : "unknown";
    throw new SyntaxError(`/${source}/ is not in RE2 syntax: ${reason}`, { cause });
  }
}

const TOKEN =
  /\\u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|\\u\{[\da-fA-F]+\}|\\u[\da-fA-F]{4}|\\x[\da-fA-F]{2}|\\c[A-Za-z]|\\[pP]\{[^}]*\}|\\k<[^>]*>|\\[^]|\[(?:\\[^]|[^\]\\])*\]|\(\?(?:[:=!]|<[=!]|<[^>]*>)|(?:[*+?]|\{\d+(?:,\d*)?\})\??|[^]/gu;

const tokensOf = (source: string): readonly string[] => source.match(TOKEN) ?? [];

const isQuantifier = (token: string): boolean => /^(?:[*+?]|\{\d)/.test(token);

function refuseBacktracking(tokens: readonly string[]): void {
  for (const token of tokens) {
    if (/^\(\?<?[=!]/.test(token)) {
      const kind = token.includes("<") ? "lookbehind" : "lookahead";
      throw new SyntaxError(
        `${kind} "${token}" is not supported: RE2 syntax, which is safe on any text, has none`,
      );
    }
    if (/^\\(?:[1-9]|k<)/.test(token))
      throw new SyntaxError(`the backreference "${token}" is not supported: RE2 syntax has none`);
  }
}

/** Ways to match that the native engine may have to try at one place of the text. */
const MAX_WAYS = 64;

/**
 * The ways, where the native engine's work is bounded by a constant for each character: no group is repeated, the finite
 * choices multiply to few, and the one unbounded repetition, if any, starts at the text's start only or ends the pattern.
 */
function waysOf(tokens: readonly string[], flags: string): number | undefined {
  let ways = 1;
  let unbounded = -1;
  for (const [index, token] of tokens.entries()) {
    if (token === "|") ways *= 2;
    if (!isQuantifier(token)) continue;
    if (tokens[index - 1] === ")") return undefined;
    const [least, most] = boundsOf(token);
    if (most !== Infinity) ways *= 1 + most - least + Math.floor(most / 4);
    else if (unbounded !== -1 || least > 1) return undefined;
    else unbounded = index;
  }
  if (ways > MAX_WAYS || tokens.length > 1000) return undefined;
  const anchored = tokens[0] === "^" && !flags.includes("m") && !tokens.includes("|");
  const isLast = tokens.slice(unbounded + 1).every((token) => token === ")");
  return unbounded === -1 || anchored || isLast ? ways : undefined;
}

function boundsOf(quantifier: string): [number, number] {
  if (quantifier.startsWith("?")) return [0, 1];
  if (quantifier.startsWith("*")) return [0, Infinity];
  if (quantifier.startsWith("+")) return [1, Infinity];
  const [, least, comma, most] = /^\{(\d+)(,?)(\d*)\}/.exec(quantifier)!;
  return [Number(least), comma === "" ? Number(least) : most === "" ? Infinity : Number(most)];
}

/** ECMA-262 WhiteSpace and LineTerminator, as the inside of a class. */
const BLANKS =
  "\\t-\\r \\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}\\x{feff}";

/** The pattern in RE2's syntax with JavaScript's meaning. */
function translated(tokens: readonly string[], flags: string): string {
  return tokens.map((token) => translatedToken(token, flags)).join("");
}

function translatedToken(token: string, flags: string): string {
  if (token === ".") return flags.includes("s") ? "." : "[^\\n\\r\\x{2028}\\x{2029}]";
  if (token === "[]") return "[^\\x00-\\x{10FFFF}]";
  if (token === "[^]") return "[\\x00-\\x{10FFFF}]";
  if (token.startsWith("[") && token.length > 1) return translatedClass(token, flags);
  if (token === "\\s") return `[${BLANKS}]`;
  if (token === "\\S") return `[^${BLANKS}]`;
  return token.startsWith("\\") ? translatedEscape(token, flags) : token;
}

function translatedClass(token: string, flags: string): string {
  const negated = token.startsWith("[^");
  const inner = tokensOf(token.slice(negated ? 2 : 1, -1).replaceAll(/(?<!\\)((?:\\\\)*)\[/g, "$1\\["));
  const parts = inner.map((part) => {
    if (part === "\\s") return BLANKS;
    if (part === "\\b") return "\\x08";
    return part.startsWith("\\") ? translatedEscape(part, flags) : part;
  });
  return `${negated ? "[^" : "["}${parts.join("")}]`;
}

function translatedEscape(token: string, flags: string): string {
  const letter = token[1]!;
  if (letter === "0") return "\\x00";
  if (letter === "c" && token.length === 3) return hex(token.charCodeAt(2) % 32);
  if (letter === "u" && token.length === 12)
    return hex(
      String.fromCharCode(parseInt(token.slice(2, 6), 16), parseInt(token.slice(8), 16)).codePointAt(0)!,
    );
  if ((letter === "u" || letter === "x") && token.length > 2)
    return hex(parseInt(token.replaceAll(/[^\da-fA-F]/g, ""), 16));
  if (/^\\[pP]\{/.test(token))
    return flags.includes("u") ? token : token.slice(1).replaceAll(/[{}]/g, "\\$&");
  if (/[dDwWsSbBtnrfv]/.test(letter)) return token;
  return /[A-Za-z0-9]/.test(letter) ? token.slice(1) : token;
}

const hex = (code: number): string => `\\x{${code.toString(16)}}`;
