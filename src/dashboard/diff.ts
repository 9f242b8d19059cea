/** Two JSON values line by line: each side reads as JSON by itself, and each row says what became of it. */

/** A line of pretty-printed JSON: where it stands and what it says. */
export interface Line {
  readonly depth: number;
  /** `"ref": "refs/heads/main",` */
  readonly text: string;
  /** Of the value that begins here, as a rule names it: `commits[0].id`; "" for the whole. */
  readonly path: string;
  /** The value, where it is no object or list. */
  readonly leaf?: string | number | boolean | null;
}

/** Lines that stand beside each other. */
export interface DiffRow {
  readonly kind: "same" | "changed" | "added" | "removed";
  readonly left?: Line;
  readonly right?: Line;
}

type Json = Readonly<Record<string, unknown>>;

/** A value with what is printed around it. */
interface Part {
  readonly value: unknown;
  readonly depth: number;
  readonly path: string;
  /** `"name": ` within an object. */
  readonly key: string;
  /** "," unless it is the last one. */
  readonly comma: string;
}

/** The rows of two values; `undefined` is a side that is not there. Keys stand in the order of the left side. */
export function diffJson(before: unknown, after: unknown): DiffRow[] {
  const rows: DiffRow[] = [];
  if (before === undefined && after === undefined) return rows;
  compare(whole(before), whole(after), rows);
  return rows;
}

/** The lines of one value. */
export function jsonLines(value: unknown): Line[] {
  const lines: Line[] = [];
  if (value !== undefined) print(whole(value), lines);
  return lines;
}

/** True when nothing differs. */
export function isSame(rows: readonly DiffRow[]): boolean {
  return rows.every(({ kind }) => kind === "same");
}

/** A run of rows that is shown, or one of unchanged rows that is folded away. */
export interface Fold {
  readonly hidden: boolean;
  readonly rows: readonly DiffRow[];
}

/** Folds what is unchanged, but for `context` rows around each change; runs of fewer than `least` stay. */
export function foldSame(rows: readonly DiffRow[], context = 3, least = 4): Fold[] {
  const near = new Uint8Array(rows.length);
  rows.forEach(({ kind }, at) => {
    if (kind !== "same") near.fill(1, Math.max(0, at - context), at + context + 1);
  });
  const folds: Fold[] = [];
  for (let start = 0; start < rows.length;) {
    let end = start;
    while (end < rows.length && near[end] === near[start]) end++;
    const run = rows.slice(start, end);
    const hidden = near[start] === 0 && run.length >= least;
    const last = folds.at(-1);
    if (last && !last.hidden && !hidden) folds[folds.length - 1] = { hidden, rows: [...last.rows, ...run] };
    else folds.push({ hidden, rows: run });
    start = end;
  }
  return folds;
}

function whole(value: unknown): Part {
  return { value, depth: 0, path: "", key: "", comma: "" };
}

function compare(left: Part, right: Part, rows: DiffRow[]): void {
  if (Array.isArray(left.value) && Array.isArray(right.value) && left.value.length + right.value.length > 0)
    return inside(left, right, "[", "]", listPairs(left.value, right.value, left, right), rows);
  if (isObject(left.value) && isObject(right.value)) {
    const pairs = objectPairs(left.value, right.value, left, right);
    if (pairs.length > 0) return inside(left, right, "{", "}", pairs, rows);
  }
  if (
    left.value === right.value ||
    (isEmpty(left.value) && JSON.stringify(left.value) === JSON.stringify(right.value))
  )
    return void rows.push({ kind: "same", left: leafLine(left), right: leafLine(right) });
  if (isLeaf(left.value) && isLeaf(right.value))
    return void rows.push({ kind: "changed", left: leafLine(left), right: leafLine(right) });
  only("removed", left, rows);
  only("added", right, rows);
}

function inside(
  left: Part,
  right: Part,
  open: string,
  close: string,
  pairs: readonly (readonly [Part | undefined, Part | undefined])[],
  rows: DiffRow[],
): void {
  rows.push({ kind: "same", left: edge(left, left.key + open), right: edge(right, right.key + open) });
  for (const [one, other] of pairs) {
    if (one && other) compare(one, other, rows);
    else if (one) only("removed", one, rows);
    else if (other) only("added", other, rows);
  }
  rows.push({ kind: "same", left: edge(left, close + left.comma), right: edge(right, close + right.comma) });
}

function only(kind: "added" | "removed", part: Part, rows: DiffRow[]): void {
  const lines: Line[] = [];
  if (part.value !== undefined) print(part, lines);
  for (const line of lines) rows.push(kind === "added" ? { kind, right: line } : { kind, left: line });
}

function print(part: Part, lines: Line[]): void {
  const { value } = part;
  if (Array.isArray(value) && value.length > 0) {
    lines.push(edge(part, `${part.key}[`));
    value.forEach((_, at) => print(item(part, value, at), lines));
    lines.push(edge(part, `]${part.comma}`));
  } else if (isObject(value) && Object.keys(value).length > 0) {
    const names = Object.keys(value);
    lines.push(edge(part, `${part.key}{`));
    names.forEach((name, at) => print(member(part, value, name, at === names.length - 1), lines));
    lines.push(edge(part, `}${part.comma}`));
  } else lines.push(leafLine(part));
}

function edge({ depth, path }: Part, text: string): Line {
  return { depth, text, path };
}

function leafLine({ value, depth, path, key, comma }: Part): Line {
  const text = `${key}${JSON.stringify(value) ?? "null"}${comma}`;
  return isPlain(value) ? { depth, text, path, leaf: value } : { depth, text, path };
}

function item(list: Part, items: readonly unknown[], at: number): Part {
  const comma = at === items.length - 1 ? "" : ",";
  return { value: items[at], depth: list.depth + 1, path: `${list.path}[${at}]`, key: "", comma };
}

function member(object: Part, fields: Json, name: string, last: boolean): Part {
  return {
    value: fields[name],
    depth: object.depth + 1,
    path: pathOf(object.path, name),
    key: `${JSON.stringify(name)}: `,
    comma: last ? "" : ",",
  };
}

/** The path of a field, with backticks around a name that is none in a rule. */
export function pathOf(path: string, name: string): string {
  const step = /^[A-Za-z_]\w*$/.test(name) ? name : `\`${name}\``;
  return path === "" ? step : `${path}.${step}`;
}

type Pair = readonly [Part | undefined, Part | undefined];

/** Fields by name, in the left's order; what only the right has follows its predecessor there. */
function objectPairs(left: Json, right: Json, one: Part, other: Part): Pair[] {
  const names = Object.keys(left);
  let previous = -1;
  for (const name of Object.keys(right)) {
    const at = names.indexOf(name);
    if (at < 0) names.splice(previous + 1, 0, name);
    previous = at < 0 ? previous + 1 : at;
  }
  const lastLeft = names.findLast((name) => Object.hasOwn(left, name));
  const lastRight = names.findLast((name) => Object.hasOwn(right, name));
  return names.map((name) => [
    Object.hasOwn(left, name) ? member(one, left, name, name === lastLeft) : undefined,
    Object.hasOwn(right, name) ? member(other, right, name, name === lastRight) : undefined,
  ]);
}

/** Items that are equal stand beside each other; between them, the rest in turn. */
function listPairs(left: readonly unknown[], right: readonly unknown[], one: Part, other: Part): Pair[] {
  const pairs: Pair[] = [];
  let l = 0;
  let r = 0;
  const upTo = (leftEnd: number, rightEnd: number): void => {
    while (l < leftEnd || r < rightEnd) {
      const a = l < leftEnd ? item(one, left, l++) : undefined;
      pairs.push([a, r < rightEnd ? item(other, right, r++) : undefined]);
    }
  };
  for (const [leftAt, rightAt] of anchors(left.map(print1), right.map(print1))) {
    upTo(leftAt, rightAt);
    upTo(leftAt + 1, rightAt + 1);
  }
  upTo(left.length, right.length);
  return pairs;
}

function print1(value: unknown): string {
  return JSON.stringify(value) ?? "null";
}

/** Most comparisons of one pair of lists; above it they are compared item by item. */
const MOST_COMPARISONS = 250_000;

/** The longest common subsequence, as pairs of places. */
function anchors(left: readonly string[], right: readonly string[]): [number, number][] {
  let start = 0;
  while (start < left.length && start < right.length && left[start] === right[start]) start++;
  const found: [number, number][] = Array.from({ length: start }, (_, at) => [at, at]);
  let end = 0;
  const rest = Math.min(left.length, right.length) - start;
  while (end < rest && left[left.length - 1 - end] === right[right.length - 1 - end]) end++;
  const rows = left.length - start - end;
  const columns = right.length - start - end;
  if (rows * columns <= MOST_COMPARISONS) {
    const width = columns + 1;
    const lengths = new Uint32Array((rows + 1) * width);
    for (let l = rows - 1; l >= 0; l--) {
      for (let r = columns - 1; r >= 0; r--) {
        lengths[l * width + r] =
          left[start + l] === right[start + r]
            ? lengths[(l + 1) * width + r + 1]! + 1
            : Math.max(lengths[(l + 1) * width + r]!, lengths[l * width + r + 1]!);
      }
    }
    for (let l = 0, r = 0; l < rows && r < columns;) {
      if (left[start + l] === right[start + r]) found.push([start + l++, start + r++]);
      else if (lengths[(l + 1) * width + r]! >= lengths[l * width + r + 1]!) l++;
      else r++;
    }
  }
  for (let back = end; back > 0; back--) found.push([left.length - back, right.length - back]);
  return found;
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

function isPlain(value: unknown): value is string | number | boolean | null {
  return value === null || ["string", "number", "boolean"].includes(typeof value);
}

function isLeaf(value: unknown): boolean {
  return isPlain(value) || isEmpty(value);
}
