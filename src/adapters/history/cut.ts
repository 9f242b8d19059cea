/** How much goes into one segment. */
import type { Sealable } from "./segment.ts";

/** Bytes of bodies that a segment holds, more or less, however few events that are. */
export const RAW_BYTES = 4 * 1024 * 1024;
/** … unless they are fewer than this. */
export const LEAST_EVENTS = 32;

/** Ids from one, up to another that is not of it. */
export interface Range {
  readonly from: string;
  readonly to: string;
}

/**
 * Rows of a range as those of one segment, or of several where late ones have made them many: each time that some come, their segment is
 * read and written anew as a whole. It is so where the store's clock was ahead, and the newest segment reaches into that future.
 */
export function cut(
  rows: readonly Sealable[],
  { from, to }: Range,
  events: number,
): (Range & { readonly rows: readonly Sealable[] })[] {
  const bytes = rows.reduce((sum, { body }) => sum + body.length, 0);
  if (rows.length <= 2 * events && bytes <= 2 * RAW_BYTES) return [{ from, to, rows }];
  const all: Sealable[][] = [];
  let held = Infinity;
  for (const row of rows) {
    const last = all.at(-1);
    const isFull =
      last === undefined || last.length >= events || (held >= RAW_BYTES && last.length >= LEAST_EVENTS);
    if (isFull) all.push([row]);
    else last.push(row);
    held = (isFull ? 0 : held) + row.body.length;
  }
  return all.map((some, at) => ({
    from: at === 0 ? from : some[0]!.id26,
    to: all[at + 1]?.[0]!.id26 ?? to,
    rows: some,
  }));
}
