/** Bounded lists of what happened last, newest first, a JSON row each with `id` and `at`: read by pages, or one by its id. */
import type { Page, Paging } from "../../history.ts";
import { scoreCursor, scoreOf } from "../history/cursor.ts";
import type { StoreConnection } from "../store/redis.ts";

interface Row {
  readonly id: string;
  /** Epoch ms. */
  readonly at: number;
}

/** A page of the rows that are wanted. `question`: what a cursor belongs to. Throws ADMIN_CURSOR_STALE. */
export async function readLatest<T extends Row>(
  commands: StoreConnection,
  key: string,
  question: Readonly<Record<string, unknown>>,
  { limit, cursor }: Paging,
  isWanted: (row: T) => boolean,
): Promise<Page<T>> {
  const after = cursor === undefined ? undefined : scoreOf(cursor, question).member;
  const all = (await commands.lrange(key, 0, -1)).map((text) => JSON.parse(text) as T);
  const from = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1;
  // What the cursor points to has left the list: everything older has as well.
  if (after !== undefined && from === 0) return { items: [] };
  const wanted = all.slice(from).filter(isWanted);
  const items = wanted.slice(0, limit);
  const last = items.at(-1);
  return {
    items,
    ...(wanted.length > limit && last && { next: scoreCursor(last.at, last.id, question) }),
  };
}

/** One row; undefined where it is not kept. */
export async function findLatest<T extends Row>(
  commands: StoreConnection,
  key: string,
  id: string,
): Promise<T | undefined> {
  const texts = await commands.lrange(key, 0, -1);
  const text = texts.find((one) => one.includes(`"${id}"`));
  const row = text === undefined ? undefined : (JSON.parse(text) as T);
  return row?.id === id ? row : undefined;
}
