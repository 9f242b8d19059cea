/** Parts of a JSON text as they were written, byte for byte: what is read and written anew may have other digits. */

/** A member of an object, or an element of an array, which has no name. */
interface Part {
  readonly name: unknown;
  readonly text: string;
}

/** The text of a top-level member's value in a JSON object; undefined where it is not there exactly once. */
export function rawMember(text: string, name: string): string | undefined {
  const found = partsOf(text, "{")?.filter((part) => part.name === name) ?? [];
  return found.length === 1 ? found[0]!.text : undefined;
}

/**
 * The texts of the values at a dotted path in which `[]` stands for every element (`a.items[].b`), in the order in which
 * JSON.parse would have them; undefined where something on the way is not there.
 */
export function rawAll(text: string, path: string): string[] | undefined {
  const [head, ...rest] = path.split("[]");
  const at = rawAt(text, head!);
  if (at === undefined || rest.length === 0) return at === undefined ? undefined : [at];
  const found = partsOf(at, "[")?.map((element) => rawAll(element.text, rest.join("[]")));
  if (found === undefined || found.includes(undefined)) return undefined;
  return found.flatMap((texts) => texts ?? []);
}

/** Of members with the same name the last one counts, as with JSON.parse. */
function rawAt(text: string, path: string): string | undefined {
  let at: string | undefined = text;
  for (const step of path.split(/[.[\]]+/).filter((each) => each !== "")) {
    if (at === undefined) return undefined;
    at = /^\s*\[/.test(at)
      ? partsOf(at, "[")?.[/^\d+$/.test(step) ? Number(step) : -1]?.text
      : partsOf(at, "{")?.findLast((part) => part.name === step)?.text;
  }
  return at;
}

/** The parts of the object or array that the text is; undefined where it is none, or is broken. */
function partsOf(text: string, kind: "{" | "["): Part[] | undefined {
  const close = kind === "{" ? "}" : "]";
  let at = skipSpace(text, 0);
  if (text[at] !== kind) return undefined;
  at = skipSpace(text, at + 1);
  const parts: Part[] = [];
  while (text[at] !== close) {
    let name: unknown;
    if (kind === "{") {
      const nameEnd = text[at] === '"' ? textEnd(text, at) : undefined;
      if (nameEnd === undefined) return undefined;
      name = unquoted(text.slice(at, nameEnd));
      at = skipSpace(text, nameEnd);
      if (text[at] !== ":") return undefined;
      at = skipSpace(text, at + 1);
    }
    const end = valueEnd(text, at);
    if (end === undefined) return undefined;
    parts.push({ name, text: text.slice(at, end) });
    at = skipSpace(text, end);
    if (text[at] === ",") at = skipSpace(text, at + 1);
    else if (text[at] !== close) return undefined;
  }
  return parts;
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
