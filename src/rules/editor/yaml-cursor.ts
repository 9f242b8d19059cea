/** Where one types in a YAML file: read from indentation, so that it is known of a file that is half written. */

/** A place where something is typed. */
export interface YamlCursor {
  /** Keys from the top; `*` for items of lists. Of a value its own key is the last. */
  readonly path: readonly string[];
  readonly of: "key" | "value";
  /** What is there already, up to the cursor. */
  readonly typed: string;
  /** Offset where that begins. */
  readonly start: number;
  /** Keys that stand beside it. */
  readonly siblings: readonly string[];
}

interface Entry {
  readonly column: number;
  /** Undefined for the dash of an item. */
  readonly key: string | undefined;
}

const KEY = /^(?:"([^"]*)"|'([^']*)'|([^\s#"'{}[\],&*!|>%@`-][^:#]*?|-[^\s:#][^:#]*?))\s*:(?=\s|$)/;

/** The cursor's place; undefined within comments and texts of several lines. */
export function yamlCursor(text: string, offset: number): YamlCursor | undefined {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  const before = text.slice(start, offset);
  const lines = text.slice(0, start).split("\n").slice(0, -1);
  const eol = text.indexOf("\n", offset);
  const after = eol === -1 ? [] : text.slice(eol + 1).split("\n");
  const lead = leadOf(before);
  if (/(?:^|\s)#/.test(before) || isInText(lines, lead.length)) return undefined;
  const rest = before.slice(lead.length);
  const key = KEY.exec(rest);
  const [around, siblings] = surroundings(lines, after, entriesOf(lead), lead.length);
  if (key === null) {
    if (/^[{[]/.test(rest)) return inFlow(rest, start + lead.length, around);
    const isItem = lead.trimEnd().endsWith("-");
    if (/["':]/.test(rest) || (!isItem && /\s/.test(rest))) return undefined;
    const place = { typed: rest, start: start + lead.length, siblings };
    return { path: around, of: "key", ...place };
  }
  const value = rest.slice(key[0].length);
  const blank = /^\s*/.exec(value)![0].length;
  if (value === "") return undefined;
  const from = start + lead.length + key[0].length + blank;
  const path = [...around, nameOf(key)];
  const typed = value.slice(blank);
  if (/^[{[]/.test(typed)) return inFlow(typed, from, path);
  return { path, of: "value", typed, start: from, siblings: [] };
}

const leadOf = (line: string): string => /^\s*(?:-\s+)*(?:-$)?/.exec(line)![0];

const nameOf = (key: RegExpExecArray): string => key[1] ?? key[2] ?? key[3] ?? "";

function entriesOf(line: string): Entry[] {
  if (/^\s*(?:#|$)/.test(line)) return [];
  const lead = leadOf(line);
  const entries: Entry[] = [...lead.matchAll(/-/g)].map(({ index }) => ({ column: index, key: undefined }));
  const key = KEY.exec(line.slice(lead.length));
  return key === null ? entries : [...entries, { column: lead.length, key: nameOf(key) }];
}

/** The keys that lead to a column, and those that stand in it in the same map. */
function surroundings(
  before: readonly string[],
  after: readonly string[],
  own: readonly Entry[],
  column: number,
): [path: string[], siblings: string[]] {
  const path: string[] = [];
  const siblings: string[] = [];
  let need = column;
  let isItem = false;
  let isBeside = true;
  const take = ({ column: at, key }: Entry): void => {
    if (isBeside && at === column && key !== undefined && path.length === 0) siblings.push(key);
    const isParent = at < need || (isItem && key !== undefined && at === need);
    if (!isParent) return;
    isBeside = false;
    path.unshift(key ?? "*");
    isItem = key === undefined;
    need = at;
  };
  for (const entry of [...own].reverse()) take(entry);
  const isFirst = own.length > 0;
  for (const line of [...before].reverse()) for (const entry of entriesOf(line).reverse()) take(entry);
  // The dash before the first key of an item is on that key's line.
  if (!isFirst && path.length === 0) isBeside = true;
  for (const line of after) {
    const [first] = entriesOf(line);
    if (first === undefined) continue;
    if (first.column < column) break;
    if (first.column === column && first.key !== undefined) siblings.push(first.key);
  }
  return [path, siblings];
}

/** True below a key whose value is a text of several lines. */
function isInText(lines: readonly string[], column: number): boolean {
  let need = column;
  for (const line of [...lines].reverse()) {
    if (line.trim() === "") continue;
    const indent = line.length - line.trimStart().length;
    if (indent >= need && need > 0) continue;
    if (/(?:^|\s)[|>][-+\d]*\s*(?:#.*)?$/.test(line) && column > indent) return true;
    if (indent === 0) return false;
    need = indent;
  }
  return false;
}

interface Open {
  readonly isMap: boolean;
  key: string | undefined;
  readonly keys: string[];
}

/** Within `{ a: b }` and `[a]` on one line. */
function inFlow(text: string, offset: number, around: readonly string[]): YamlCursor | undefined {
  const open: Open[] = [];
  let start = 0;
  let quote = "";
  for (let at = 0; at < text.length; at++) {
    const letter = text[at]!;
    if (quote !== "") {
      if (letter === quote) quote = "";
      continue;
    }
    const top = open.at(-1);
    if (letter === '"' || letter === "'") quote = letter;
    else if (letter === "{" || letter === "[") open.push({ isMap: letter === "{", key: undefined, keys: [] });
    else if (letter === "}" || letter === "]") open.pop();
    else if (letter === "," && top !== undefined) top.key = undefined;
    else if (letter === ":" && top?.isMap === true && /\s/.test(text[at + 1] ?? " ")) {
      top.key = text
        .slice(start, at)
        .trim()
        .replaceAll(/^["']|["']$/g, "");
      top.keys.push(top.key);
    } else continue;
    if (quote === "") start = at + 1;
  }
  const top = open.at(-1);
  if (top === undefined || quote !== "") return undefined;
  const path = [...around];
  for (const one of open.slice(0, -1)) path.push(one.isMap ? (one.key ?? "") : "*");
  const typed = text.slice(start).trimStart();
  const place = { typed, start: offset + text.length - typed.length };
  if (!top.isMap) return { path: [...path, "*"], of: "value", ...place, siblings: [] };
  if (top.key !== undefined) return { path: [...path, top.key], of: "value", ...place, siblings: [] };
  return { path, of: "key", ...place, siblings: top.keys };
}
