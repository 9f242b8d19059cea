/** A segment's index: hashes of provider's ids and tags in order, each with its row; six bytes an entry, big-endian. */

const ENTRY = 6;
/** So many standard deviations around where a hash is expected are read; what lies outside is read in a second step. */
const DEVIATIONS = 4;

/** The index of rows' hashes (8 hex digits each). */
export function encodeIndex(rows: readonly (readonly string[])[]): Buffer {
  const entries = rows.flatMap((hashes, row) => hashes.map((hash) => parseInt(hash, 16) * 65_536 + row));
  entries.sort((a, b) => a - b);
  const text = Buffer.alloc(entries.length * ENTRY);
  entries.forEach((entry, at) => text.writeUIntBE(entry, at * ENTRY, ENTRY));
  return text;
}

/** The bytes of an index of `count` entries among which a hash very likely is: hashes are spread evenly. */
export function windowOf(hash: number, count: number): { readonly start: number; readonly end: number } {
  const part = hash / 2 ** 32;
  const expected = part * count;
  const spread = DEVIATIONS * Math.sqrt(count * part * (1 - part)) + 4;
  const start = Math.max(0, Math.floor(expected - spread));
  const end = Math.min(count, Math.ceil(expected + spread));
  return { start: start * ENTRY, end: end * ENTRY };
}

/** The rows of a hash in a part of an index, last first; undefined where some may lie outside of the part. */
export function rowsOf(hash: number, part: Buffer, isStart: boolean, isEnd: boolean): number[] | undefined {
  const count = part.length / ENTRY;
  const hashAt = (at: number): number => part.readUInt32BE(at * ENTRY);
  if (count === 0) return isStart && isEnd ? [] : undefined;
  if (!isStart && hashAt(0) >= hash) return undefined;
  if (!isEnd && hashAt(count - 1) <= hash) return undefined;
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (hashAt(middle) < hash) low = middle + 1;
    else high = middle;
  }
  const rows: number[] = [];
  for (; low < count && hashAt(low) === hash; low++) rows.unshift(part.readUInt16BE(low * ENTRY + 4));
  return rows;
}
