/** The exact text of one member of a JSON body: Exact Online signs it as it was written. */

/** The text of a top-level member's value in a JSON object, byte for byte; undefined where it is not there exactly once. */
export function rawMember(body: Buffer, name: string): string | undefined {
  const text = body.toString("utf8");
  let at = skipSpace(text, 0);
  if (text[at] !== "{") return undefined;
  at = skipSpace(text, at + 1);
  let found: string | undefined;
  while (text[at] === '"') {
    const keyEnd = valueEnd(text, at);
    if (keyEnd === undefined) return undefined;
    const key = unquoted(text.slice(at, keyEnd));
    const colon = skipSpace(text, keyEnd);
    if (text[colon] !== ":") return undefined;
    const start = skipSpace(text, colon + 1);
    const end = valueEnd(text, start);
    if (end === undefined) return undefined;
    if (key === name) {
      if (found !== undefined) return undefined;
      found = text.slice(start, end);
    }
    at = skipSpace(text, end);
    if (text[at] !== ",") break;
    at = skipSpace(text, at + 1);
  }
  return found;
}

function unquoted(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (text[at] === " " || text[at] === "\n" || text[at] === "\r" || text[at] === "\t") at += 1;
  return at;
}

/** Where a value ends: a text at its quote, an object or array at the bracket that closes it, others before a delimiter. */
function valueEnd(text: string, from: number): number | undefined {
  let depth = 0;
  let at = from;
  while (at < text.length) {
    const character = text[at]!;
    if (character === '"') {
      const end = textEnd(text, at);
      if (end === undefined) return undefined;
      at = end;
      if (depth === 0) return at;
      continue;
    }
    if (character === "{" || character === "[") depth += 1;
    else if (character === "}" || character === "]") {
      if (depth === 0) return at === from ? undefined : at;
      depth -= 1;
      if (depth === 0) return at + 1;
    } else if (depth === 0 && /[,\s]/.test(character)) return at === from ? undefined : at;
    at += 1;
  }
  return undefined;
}

function textEnd(text: string, from: number): number | undefined {
  for (let at = from + 1; at < text.length; at += 1) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === '"') return at + 1;
  }
  return undefined;
}
