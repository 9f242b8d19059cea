/**
 * Whole numbers beyond ±2^53, which JSON.parse rounds so that two ids become one: they are read as texts of their
 * digits, and the JSON is remembered as it was written, to be passed on digit for digit.
 */

/** A text, or a number. What is quoted is skipped over, whatever stands in it. */
const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/gs;

const exact = new WeakMap<object, string>();

/** Unsafe whole numbers have so many digits at least. */
const DIGITS = 16;

/** True where so many digits stand in a row. Looks at one sign in 16 where there are none: a pattern looks at each. */
function hasManyDigits(text: string): boolean {
  for (let end = DIGITS - 1; end < text.length; end += DIGITS) {
    let from = end;
    while (from >= 0 && isDigit(text.charCodeAt(from))) from--;
    if (from === end) continue;
    let to = end + 1;
    while (to < text.length && to - from <= DIGITS && isDigit(text.charCodeAt(to))) to++;
    if (to - from > DIGITS) return true;
  }
  return false;
}

function isDigit(sign: number): boolean {
  return sign >= 48 && sign <= 57;
}

/** The JSON with its unsafe whole numbers in quotes; undefined where it has none, which costs one look for 16 digits. */
function quoted(text: string): string | undefined {
  if (!hasManyDigits(text)) return undefined;
  let found = false;
  const changed = text.replace(TOKENS, (token) => {
    if (token.startsWith('"') || /[.eE]/.test(token) || Number.isSafeInteger(Number(token))) return token;
    found = true;
    return `"${token}"`;
  });
  return found ? changed : undefined;
}

/** As JSON.parse, but unsafe whole numbers become texts; with `rounded` they become the nearest number. Throws where JSON.parse does. */
export function parseExactly(text: string, rounded = false): unknown {
  const changed = quoted(text);
  if (changed === undefined) return JSON.parse(text);
  const value: unknown = JSON.parse(text);
  const result: unknown = rounded ? value : JSON.parse(changed);
  if (typeof result === "object" && result !== null) exact.set(result, text);
  return result;
}

/** The JSON that this very value was read from, where writing it anew would change its numbers. */
export function exactText(value: unknown): string | undefined {
  return typeof value === "object" && value !== null ? exact.get(value) : undefined;
}
