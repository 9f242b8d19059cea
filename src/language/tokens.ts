/** The words of a JSONata expression with their places, also of a broken one: for lines and columns, never for meaning. */

/** A word of the source; `start` and `end` are UTF-16 offsets, the end is exclusive. */
export interface Token {
  readonly kind: "name" | "variable" | "string" | "number" | "regex" | "operator";
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** A place in a text; both count from 1, columns in UTF-16 units as editors do. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

const BLANK = /(?:[ \t\n\r\v]|\/\*[^]*?(?:\*\/|$))+/y;
const WORDS: readonly (readonly [Token["kind"], RegExp])[] = [
  ["string", /"(?:\\[^]|[^"\\])*"?|'(?:\\[^]|[^'\\])*'?/y],
  ["name", /`[^`]*`?/y],
  [
    "operator",
    /\.\.|:=|!=|>=|<=|\*\*|~>|\?:|\?\?|(?:and|or|in)(?=[ \t\n\r\v.[\]{}(),@#;:?+\-*/%|=<>^&!~]|$)/y,
  ],
  ["operator", /[.[\]{}(),@#;:?+\-*/%|=<>^&!~]/y],
  ["number", /(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y],
  ["variable", /\$[^ \t\n\r\v.[\]{}(),@#;:?+\-*/%|=<>^&!~]*/y],
  ["name", /[^ \t\n\r\v.[\]{}(),@#;:?+\-*/%|=<>^&!~]+/y],
];

/** All words, in order; a text without its closing quote reaches to the end. */
export function tokensOf(source: string): readonly Token[] {
  const tokens: Token[] = [];
  let offset = 0;
  for (;;) {
    offset += matchAt(BLANK, source, offset).length;
    if (offset >= source.length) return tokens;
    const [kind, text] = wordAt(source, offset, tokens.at(-1));
    tokens.push({ kind, text, start: offset, end: offset + text.length });
    offset += text.length;
  }
}

/** The token that ends at the offset, as jsonata counts; else the one that holds it. */
export function tokenAt(tokens: readonly Token[], offset: number): Token | undefined {
  return (
    tokens.find(({ end }) => end === offset) ??
    tokens.find(({ start, end }) => start <= offset && offset < end)
  );
}

/** The line and column of an offset. */
export function placeOf(source: string, offset: number): Place {
  const before = source.slice(0, offset).split("\n");
  return { line: before.length, column: before.at(-1)!.length + 1 };
}

/** The same for many offsets of one source. */
export function placesIn(source: string): (offset: number) => Place {
  const starts = [0];
  for (let at = source.indexOf("\n"); at !== -1; at = source.indexOf("\n", at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - starts[low]! + 1 };
  };
}

/** The offset where the part that yields the result begins: in a block the last statement, else the whole. */
export function resultStart(source: string): number {
  const tokens = tokensOf(source);
  let start = tokens[0];
  let depth = 0;
  for (const [index, { kind, text }] of tokens.entries()) {
    if (kind !== "operator") continue;
    if ("([{".includes(text)) depth++;
    if (")]}".includes(text)) depth--;
    if (depth === 0 && index < tokens.length - 1) return tokens[0]!.start;
    const next = tokens[index + 1];
    if (text === ";" && depth === 1 && next?.text !== ")") start = next;
  }
  return start?.start ?? 0;
}

function wordAt(source: string, offset: number, previous: Token | undefined): [Token["kind"], string] {
  if (source[offset] === "/" && !isOperand(previous)) {
    const regex = regexAt(source, offset);
    if (regex !== undefined) return ["regex", regex];
  }
  for (const [kind, pattern] of WORDS) {
    const text = matchAt(pattern, source, offset);
    if (text !== "") return [kind, text];
  }
  return ["name", source[offset]!];
}

const isOperand = (token: Token | undefined): boolean =>
  token !== undefined && (token.kind !== "operator" || [")", "]", "}"].includes(token.text));

/** jsonata ends a regular expression at the first slash outside brackets that no backslash escapes. */
function regexAt(source: string, start: number): string | undefined {
  let depth = 0;
  for (let offset = start + 1; offset < source.length; offset++) {
    const letter = source[offset]!;
    if (letter === "\\") offset++;
    else if ("([{".includes(letter)) depth++;
    else if (")]}".includes(letter)) depth--;
    else if (letter === "/" && depth === 0)
      return source.slice(start, offset + 1) + matchAt(/[im]*/y, source, offset + 1);
  }
  return undefined;
}

function matchAt(pattern: RegExp, source: string, offset: number): string {
  pattern.lastIndex = offset;
  return pattern.exec(source)?.[0] ?? "";
}
