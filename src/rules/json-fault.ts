/** Where text stops being JSON: `JSON.parse` does not say it on every Node, and quotes the text instead. */

const TOKEN =
  // eslint-disable-next-line no-control-regex -- JSON allows none of them in text.
  /[[\]{}:,]|"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/** What may come next: a value, a key, a colon, a comma or an end; `first` allows an empty list or object. */
type Expected = "value" | "first value" | "key" | "first key" | "colon" | "more" | "end";

/** Offset of the first token that cannot stand where it stands, for text that is no JSON (RFC 8259). */
export function jsonErrorOffset(text: string): number {
  const open: ("[" | "{")[] = [];
  let expected: Expected = "value";
  for (let at = skipBlanks(text, 0); at < text.length; at = skipBlanks(text, TOKEN.lastIndex)) {
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(text)?.[0];
    const next: Expected | undefined = token === undefined ? undefined : step(token, expected, open);
    if (next === undefined) return at;
    expected = next;
  }
  return text.trimEnd().length;
}

function step(token: string, expected: Expected, open: ("[" | "{")[]): Expected | undefined {
  const isText = token.startsWith('"');
  if (expected === "colon") return token === ":" ? "value" : undefined;
  if (token === "]" || token === "}") return close(token, expected, open);
  if (expected === "key" || expected === "first key") return isText ? "colon" : undefined;
  if (expected === "more") return token === "," ? (open.at(-1) === "{" ? "key" : "value") : undefined;
  if (expected === "end" || token === ":" || token === ",") return undefined;
  if (token !== "[" && token !== "{") return open.length === 0 ? "end" : "more";
  open.push(token);
  return token === "[" ? "first value" : "first key";
}

function close(token: "]" | "}", expected: Expected, open: ("[" | "{")[]): Expected | undefined {
  const isList = token === "]";
  if (expected !== "more" && expected !== (isList ? "first value" : "first key")) return undefined;
  if (open.pop() !== (isList ? "[" : "{")) return undefined;
  return open.length === 0 ? "end" : "more";
}

function skipBlanks(text: string, at: number): number {
  let next = at;
  while (next < text.length && " \t\n\r".includes(text[next]!)) next++;
  return next;
}
