/** Changes of a text file as a unified diff, which `git apply` and `patch -p1` take. Pure. */

/** Lines around a change. */
const CONTEXT = 3;

/** So many pairs of lines are compared, at most: beyond that everything between the first and the last change is one change. */
const MOST_PAIRS = 4_000_000;

/** A line of the old text, of the new one, or of both. */
interface Line {
  readonly sign: " " | "-" | "+";
  readonly text: string;
  readonly isEnded: boolean;
}

/** The diff of one file; `before` is undefined for a new one. Empty where nothing differs. */
export function unifiedDiff(path: string, before: string | undefined, after: string): string {
  if (before === after) return "";
  const lines = compared(linesOf(before ?? ""), linesOf(after));
  const head = before === undefined ? "/dev/null" : `a/${path}`;
  return `--- ${head}\n+++ b/${path}\n${hunksOf(lines).join("")}`;
}

interface Ended {
  readonly text: string;
  readonly isEnded: boolean;
}

function linesOf(text: string): Ended[] {
  const parts = text.split("\n");
  const last = parts.pop()!;
  const lines = parts.map((line) => ({ text: line, isEnded: true }));
  return last === "" ? lines : [...lines, { text: last, isEnded: false }];
}

const isSame = (a: Ended | undefined, b: Ended | undefined): boolean =>
  a !== undefined && b !== undefined && a.text === b.text && a.isEnded === b.isEnded;

function compared(old: readonly Ended[], now: readonly Ended[]): Line[] {
  let start = 0;
  while (isSame(old[start], now[start])) start++;
  let end = 0;
  while (
    end < Math.min(old.length, now.length) - start &&
    isSame(old[old.length - 1 - end], now[now.length - 1 - end])
  )
    end++;
  const both = (line: Ended): Line => ({ sign: " ", ...line });
  return [
    ...old.slice(0, start).map(both),
    ...between(old.slice(start, old.length - end), now.slice(start, now.length - end)),
    ...old.slice(old.length - end).map(both),
  ];
}

/** By the longest common subsequence. */
function between(old: readonly Ended[], now: readonly Ended[]): Line[] {
  const gone = (line: Ended): Line => ({ sign: "-", ...line });
  const come = (line: Ended): Line => ({ sign: "+", ...line });
  if (old.length * now.length > MOST_PAIRS) return [...old.map(gone), ...now.map(come)];
  const width = now.length + 1;
  const lengths = new Uint32Array((old.length + 1) * width);
  for (let i = old.length - 1; i >= 0; i--)
    for (let j = now.length - 1; j >= 0; j--)
      lengths[i * width + j] = isSame(old[i], now[j])
        ? lengths[(i + 1) * width + j + 1]! + 1
        : Math.max(lengths[(i + 1) * width + j]!, lengths[i * width + j + 1]!);
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < now.length)
    if (isSame(old[i], now[j])) {
      lines.push({ sign: " ", ...old[i]! });
      i++;
      j++;
    } else if (
      j >= now.length ||
      (i < old.length && lengths[(i + 1) * width + j]! >= lengths[i * width + j + 1]!)
    )
      lines.push(gone(old[i++]!));
    else lines.push(come(now[j++]!));
  return lines;
}

function hunksOf(lines: readonly Line[]): string[] {
  const changed = lines.flatMap(({ sign }, at) => (sign === " " ? [] : [at]));
  const ranges: { from: number; to: number }[] = [];
  for (const at of changed) {
    const last = ranges.at(-1);
    if (last !== undefined && at - CONTEXT <= last.to + CONTEXT) last.to = at;
    else ranges.push({ from: at, to: at });
  }
  return ranges.map(({ from, to }) =>
    hunk(lines, Math.max(0, from - CONTEXT), Math.min(lines.length, to + CONTEXT + 1)),
  );
}

function hunk(lines: readonly Line[], from: number, to: number): string {
  const count = (part: readonly Line[], sign: "-" | "+"): number =>
    part.filter((line) => line.sign === " " || line.sign === sign).length;
  const before = lines.slice(0, from);
  const own = lines.slice(from, to);
  const range = (sign: "-" | "+"): string => {
    const many = count(own, sign);
    return `${sign}${count(before, sign) + (many === 0 ? 0 : 1)},${many}`;
  };
  const written = own.map(
    ({ sign, text, isEnded }) => `${sign}${text}\n${isEnded ? "" : "\\ No newline at end of file\n"}`,
  );
  return `@@ ${range("-")} ${range("+")} @@\n${written.join("")}`;
}
