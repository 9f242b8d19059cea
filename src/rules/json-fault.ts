/** Where text stops being JSON: `JSON.parse` does not say it on every Node, quotes the text instead, and takes a key twice. */

const TOKEN =
  // eslint-disable-next-line no-control-regex -- JSON allows none of them in text.
  /[[\]{}:,]|"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/** Levels of lists and objects that a file may have: what walks them need not fear for its stack. */
export const MAX_DEPTH = 100;

/** What may come next: a value, a key, a colon, a comma or an end; `first` allows an empty list or object. */
type Expected = "value" | "first value" | "key" | "first key" | "colon" | "more" | "end";

/** The lists (undefined) and objects (their keys so far) that are open, the innermost last. */
type Open = (Set<string> | undefined)[];

/**
 * The value of a text that is JSON beyond doubt: it parses, is not nested too deeply, and has as many keys as there are colons in
 * the text. Of all others `jsonFault` tells what is wrong, a good deal more slowly.
 */
export function soundJson(text: string): { readonly value: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return keysIn(value, 0) === colonsIn(text) ? { value } : undefined;
  } catch {
    return undefined;
  }
}

/** NaN where it is nested too deeply. */
function keysIn(value: unknown, depth: number): number {
  if (typeof value !== "object" || value === null) return 0;
  if (depth >= MAX_DEPTH) return NaN;
  let count = 0;
  if (Array.isArray(value)) for (const item of value) count += keysIn(item, depth + 1);
  else
    for (const key in value)
      count += 1 + keysIn((value as Readonly<Record<string, unknown>>)[key], depth + 1);
  return count;
}

const [QUOTE, BACKSLASH, COLON] = [34, 92, 58];

/** Colons outside of texts. */
function colonsIn(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at++) {
    const letter = text.charCodeAt(at);
    if (letter === COLON) count++;
    else if (letter === QUOTE)
      for (at = text.indexOf('"', at + 1); isEscaped(text, at); at = text.indexOf('"', at + 1));
  }
  return count;
}

function isEscaped(text: string, at: number): boolean {
  let before = at - 1;
  while (text.charCodeAt(before) === BACKSLASH) before--;
  return (at - before) % 2 === 0;
}

/** The first fault of a text that is no JSON (RFC 8259) or has a key twice, with its offset; undefined where there is none. */
export function jsonFault(text: string): { readonly offset: number; readonly message: string } | undefined {
  const open: Open = [];
  let expected: Expected = "value";
  for (let at = skipBlanks(text, 0); at < text.length; at = skipBlanks(text, TOKEN.lastIndex)) {
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(text)?.[0];
    if (token !== undefined && expected.endsWith("key") && token.startsWith('"')) {
      const keys = open.at(-1)!;
      const key = token.includes("\\") ? (JSON.parse(token) as string) : token.slice(1, -1);
      if (keys.has(key)) return { offset: at, message: "The key is there twice." };
      keys.add(key);
    }
    const next: Expected | undefined = token === undefined ? undefined : step(token, expected, open);
    if (next === undefined) return { offset: at, message: "This is not JSON from here on." };
    if (open.length > MAX_DEPTH)
      return { offset: at, message: `The JSON is nested deeper than ${MAX_DEPTH} levels.` };
    expected = next;
  }
  if (expected === "end") return undefined;
  if (text.trim() === "") return { offset: 0, message: "The file is empty; JSON is expected." };
  return { offset: text.trimEnd().length, message: "The JSON ends before it is complete." };
}

function step(token: string, expected: Expected, open: Open): Expected | undefined {
  if (expected === "colon") return token === ":" ? "value" : undefined;
  if (token === "]" || token === "}") return close(token === "]", expected, open);
  if (expected.endsWith("key")) return token.startsWith('"') ? "colon" : undefined;
  if (expected === "more") return token === "," ? (open.at(-1) === undefined ? "value" : "key") : undefined;
  if (expected === "end" || token === ":" || token === ",") return undefined;
  if (token !== "[" && token !== "{") return open.length === 0 ? "end" : "more";
  open.push(token === "[" ? undefined : new Set());
  return token === "[" ? "first value" : "first key";
}

function close(isList: boolean, expected: Expected, open: Open): Expected | undefined {
  if (expected !== "more" && expected !== (isList ? "first value" : "first key")) return undefined;
  if (open.length === 0 || (open.pop() === undefined) !== isList) return undefined;
  return open.length === 0 ? "end" : "more";
}

function skipBlanks(text: string, at: number): number {
  let next = at;
  while (next < text.length && " \t\n\r".includes(text[next]!)) next++;
  return next;
}
