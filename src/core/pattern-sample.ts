/** A text that a regular expression is likely to match: for payloads that are made up. What it cannot read it leaves out. */

/** From 0 up to, not including, 1. */
export type Draw = () => number;

/** A text for the pattern; look-arounds, back references and classes of Unicode are not followed. */
export function sampleOfPattern(pattern: string, draw: Draw): string {
  return alternatives({ pattern, at: 0, draw });
}

interface Reader {
  readonly pattern: string;
  at: number;
  readonly draw: Draw;
}

/** Repetitions beyond the fewest that are made at most. */
const MORE = 3;

function alternatives(reader: Reader): string {
  const all = [sequence(reader)];
  while (reader.pattern[reader.at] === "|") {
    reader.at++;
    all.push(sequence(reader));
  }
  return all[Math.floor(reader.draw() * all.length)]!;
}

function sequence(reader: Reader): string {
  let text = "";
  while (reader.at < reader.pattern.length && !"|)".includes(reader.pattern[reader.at]!)) {
    const start = reader.at;
    const first = atom(reader);
    const end = reader.at;
    const times = repetitions(reader);
    if (times === undefined) {
      text += first;
      continue;
    }
    const after = reader.at;
    for (let time = 0; time < times; time++) {
      reader.at = start;
      text += atom(reader);
    }
    reader.at = Math.max(after, end);
  }
  return text;
}

/** How often; undefined for once. */
function repetitions(reader: Reader): number | undefined {
  const { pattern, at, draw } = reader;
  const found = /^(?:([*+?])|\{(\d+)(,?)(\d*)\})\??/.exec(pattern.slice(at));
  if (found === null) return undefined;
  reader.at += found[0].length;
  const [, sign, from, comma, to] = found;
  const least = sign === undefined ? Number(from) : sign === "+" ? 1 : 0;
  const exact = sign === undefined && comma === "";
  const most = exact ? least : sign === "?" ? 1 : to ? Number(to) : least + MORE;
  return Math.min(least + Math.floor(draw() * (Math.min(most, least + MORE) - least + 1)), 1_000);
}

function atom(reader: Reader): string {
  const letter = reader.pattern[reader.at++]!;
  if (letter === "^" || letter === "$") return "";
  if (letter === ".") return pick("abcxyz019-_ ", reader.draw);
  if (letter === "[") return ofClass(reader);
  if (letter === "\\") return escaped(reader);
  if (letter !== "(") return letter;
  const [look = ""] = /^\?(?::|<?[=!]|<\w+>)/.exec(reader.pattern.slice(reader.at)) ?? [];
  reader.at += look.length;
  const inner = alternatives(reader);
  reader.at++;
  return /[=!]$/.test(look) ? "" : inner;
}

const SETS: Readonly<Record<string, string>> = {
  d: "0123456789",
  w: "abcxyzABC0189_",
  s: " \t",
  D: "abc-_ ",
  W: "-. ",
  S: "abc019-",
};

function escaped(reader: Reader): string {
  const letter = reader.pattern[reader.at++] ?? "";
  if (letter === "b" || letter === "B") return "";
  const unicode = /^u([0-9a-fA-F]{4})/.exec(letter + reader.pattern.slice(reader.at));
  if (unicode !== null) {
    reader.at += 4;
    return String.fromCharCode(parseInt(unicode[1]!, 16));
  }
  const blank = ({ n: "\n", r: "\r", t: "\t" } as Record<string, string>)[letter];
  return blank ?? (SETS[letter] === undefined ? letter : pick(SETS[letter], reader.draw));
}

function ofClass(reader: Reader): string {
  const isNegative = reader.pattern[reader.at] === "^";
  if (isNegative) reader.at++;
  let set = "";
  while (reader.at < reader.pattern.length && reader.pattern[reader.at] !== "]") {
    const from = member(reader);
    if (from.length === 1 && reader.pattern[reader.at] === "-" && reader.pattern[reader.at + 1] !== "]") {
      reader.at++;
      set += between(from, member(reader));
    } else set += from;
  }
  reader.at++;
  if (!isNegative) return set === "" ? "" : pick(set, reader.draw);
  const others = [..."abcxyzABC019-_ .:/"].filter((letter) => !set.includes(letter)).join("");
  return others === "" ? "" : pick(others, reader.draw);
}

function member(reader: Reader): string {
  const letter = reader.pattern[reader.at++]!;
  if (letter !== "\\") return letter;
  const next = reader.pattern[reader.at] ?? "";
  if (SETS[next] === undefined) return escaped(reader);
  reader.at++;
  return SETS[next];
}

function between(from: string, to: string): string {
  let set = "";
  for (let code = from.charCodeAt(0); code <= to.charCodeAt(0) && set.length < 200; code++)
    set += String.fromCharCode(code);
  return set;
}

function pick(set: string, draw: Draw): string {
  return set.charAt(Math.floor(draw() * set.length));
}
