/** Text that knows where it may be broken, and its printing within a width: Wadler's pretty printer, as prettier has it. */

/** A part of a text. A string is written as it is, line breaks too. */
export type Doc = string | readonly Doc[] | Line | Indent | Group | Fill | Raw | Break;

/** A line break where the group around it is broken, otherwise `flat`; `always`: broken in any case. */
interface Line {
  readonly kind: "line";
  readonly flat: string;
  readonly always: boolean;
  /** An empty line goes before. */
  readonly blank: boolean;
}

interface Indent {
  readonly kind: "indent";
  readonly of: Doc;
}

interface Group {
  readonly kind: "group";
  readonly of: Doc;
  readonly broken: boolean;
}

/** Contents and separators by turns: as much on a line as fits. */
interface Fill {
  readonly kind: "fill";
  readonly parts: readonly Doc[];
}

/** Lines that keep their indentation relative to `base` columns. */
interface Raw {
  readonly kind: "raw";
  readonly lines: readonly string[];
  readonly base: number;
}

/** Breaks the groups around it. */
interface Break {
  readonly kind: "break";
}

export const BREAK: Doc = { kind: "break" };

export const line = (flat: string, blank = false): Doc => ({ kind: "line", flat, always: false, blank });

export const hard = (blank = false): Doc => ({ kind: "line", flat: "", always: true, blank });

export const indent = (of: Doc): Doc => ({ kind: "indent", of });

export const fill = (parts: readonly Doc[]): Doc => ({ kind: "fill", parts });

/** Broken as a whole where it does not fit its line, or holds what breaks in any case. */
export const group = (of: Doc, broken = false): Doc => ({ kind: "group", of, broken: broken || breaks(of) });

/** Text of several lines, indented anew; `base` is the indentation that its first line had. */
export const raw = (text: string, base: number): Doc => ({ kind: "raw", lines: text.split(/\r?\n/), base });

/** True for what has a line break wherever it is printed. */
export function breaks(doc: Doc): boolean {
  if (typeof doc === "string") return false;
  if (isList(doc)) return doc.some(breaks);
  switch (doc.kind) {
    case "break":
      return true;
    case "line":
      return doc.always;
    case "indent":
      return breaks(doc.of);
    case "group":
      return doc.broken;
    case "fill":
      return doc.parts.some(breaks);
    case "raw":
      return doc.lines.length > 1;
  }
}

interface Command {
  readonly depth: number;
  readonly isFlat: boolean;
  readonly doc: Doc;
}

const STEP = 2;

/** The text, with lines of at most `width` columns where they can be broken; indented by two columns a level. */
export function printed(doc: Doc, width: number): string {
  let text = "";
  let column = 0;
  const commands: Command[] = [{ depth: 0, isFlat: false, doc }];
  const write = (part: string): void => {
    text += part;
    const last = part.lastIndexOf("\n");
    column = last === -1 ? column + part.length : part.length - last - 1;
  };
  const newLine = (depth: number, blank: boolean): void => {
    text = text.replace(/ +$/, "");
    write(`${blank ? "\n" : ""}\n${" ".repeat(depth * STEP)}`);
  };
  for (let command = commands.pop(); command !== undefined; command = commands.pop()) {
    const { depth, isFlat, doc: one } = command;
    if (typeof one === "string") write(one);
    else if (isList(one)) for (const part of [...one].reverse()) commands.push({ depth, isFlat, doc: part });
    else if (one.kind === "break") continue;
    else if (one.kind === "indent") commands.push({ depth: depth + 1, isFlat, doc: one.of });
    else if (one.kind === "line") {
      if (isFlat && !one.always) write(one.flat);
      else newLine(depth, one.blank);
    } else if (one.kind === "raw") {
      const [first = "", ...more] = one.lines;
      write(first);
      for (const each of more) {
        const kept = each.slice(Math.min(one.base, /^[ \t]*/.exec(each)![0].length));
        newLine(kept === "" ? 0 : depth, false);
        write(kept.trimEnd());
      }
    } else if (one.kind === "group") {
      const flat = { depth, isFlat: true, doc: one.of };
      const fitsFlat = !one.broken && (isFlat || fits(flat, commands, width - column));
      commands.push(fitsFlat ? flat : { depth, isFlat: false, doc: one.of });
    } else pushFill(one.parts, command, commands, width - column);
  }
  return text;
}

const isList = (doc: Doc): doc is readonly Doc[] => Array.isArray(doc);

function pushFill(
  parts: readonly Doc[],
  { depth, isFlat }: Command,
  commands: Command[],
  room: number,
): void {
  const [content = "", separator, next, ...rest] = parts;
  const flat = { depth, isFlat: true, doc: content };
  const contentFits = !breaks(content) && fits(flat, [], room);
  const first = contentFits ? flat : { depth, isFlat, doc: content };
  if (separator === undefined || next === undefined) {
    commands.push(first);
    return;
  }
  if (!contentFits) {
    // Whether the next fits is seen where this one ends.
    commands.push({ depth, isFlat, doc: fill(["", separator, next, ...rest]) }, first);
    return;
  }
  const both = { depth, isFlat: true, doc: [content, separator, next] };
  const bothFit = !breaks([separator, next]) && fits(both, [], room);
  commands.push(
    { depth, isFlat, doc: fill([next, ...rest]) },
    { depth, isFlat: bothFit || isFlat, doc: separator },
    first,
  );
}

/** True where what is to come, up to the next line break, is no wider than the room. */
function fits(first: Command, behind: readonly Command[], room: number): boolean {
  let left = room;
  let rest = behind.length;
  const open: Command[] = [first];
  for (;;) {
    const command = open.pop() ?? behind[--rest];
    if (command === undefined) return true;
    const { depth, isFlat, doc } = command;
    if (typeof doc === "string") {
      const end = doc.indexOf("\n");
      left -= end === -1 ? doc.length : end;
      if (left < 0) return false;
      if (end !== -1) return true;
    } else if (isList(doc)) for (const part of [...doc].reverse()) open.push({ depth, isFlat, doc: part });
    else if (doc.kind === "break") continue;
    else if (doc.kind === "indent") open.push({ depth, isFlat, doc: doc.of });
    else if (doc.kind === "group") open.push({ depth, isFlat: isFlat && !doc.broken, doc: doc.of });
    else if (doc.kind === "fill")
      for (const part of [...doc.parts].reverse()) open.push({ depth, isFlat, doc: part });
    else if (doc.kind === "raw") {
      left -= doc.lines[0]!.length;
      if (left < 0) return false;
      if (doc.lines.length > 1) return true;
    } else if (!isFlat || doc.always) return true;
    else left -= doc.flat.length;
    if (left < 0) return false;
  }
}
