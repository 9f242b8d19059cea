/** Cursors: where a page ended, for whoever asks on. Opaque to them; one that does not fit its question is refused. */
import { createHash } from "node:crypto";
import { SignalboxError } from "../../core/errors.ts";
import { keys } from "../record/keys.ts";
import type { StoreConnection } from "../store/redis.ts";

/** After `skip` parts (deliveries, attempts) of the event before which the next page goes on; 0: after all of them. */
export interface Position {
  readonly before: string;
  readonly skip: number;
}

const stale = (why: string): SignalboxError =>
  new SignalboxError("ADMIN_CURSOR_STALE", `${why} Start again from the first page.`);

/** A cursor of a position, for the question that it belongs to. */
export function cursorOf({ before, skip }: Position, question: object): string {
  return `${before}.${skip}.${markOf(question)}`;
}

/** The position of a cursor. Throws ADMIN_CURSOR_STALE where it is malformed, another question's, or what it points to is forgotten. */
export async function positionOf(
  cursor: string,
  question: object,
  commands: StoreConnection,
): Promise<Position> {
  const [, before, skip, mark] = /^([0-9a-z]{26})\.(\d{1,5})\.([\w-]{8})$/.exec(cursor) ?? [];
  if (before === undefined || before > "8") throw stale("The cursor is not one that a page came with.");
  if (mark !== markOf(question)) throw stale("The cursor belongs to another question.");
  const floor = await commands.get(keys.floor);
  if (floor !== null && before < floor) throw stale("What the cursor points to has left the history.");
  return { before, skip: Number(skip) };
}

/** A cursor over numbers: a place in a capped list or a set that is sorted by score. */
export function scoreCursor(score: number, member: string, question: object): string {
  return Buffer.from(`${score} ${member} ${markOf(question)}`).toString("base64url");
}

/** What such a cursor points to. Throws ADMIN_CURSOR_STALE where it is malformed or another question's. */
export function scoreOf(
  cursor: string,
  question: object,
): { readonly score: number; readonly member: string } {
  const text = /^[\w-]{1,400}$/.test(cursor) ? Buffer.from(cursor, "base64url").toString() : "";
  const [, score = "", member = "", mark] = /^(\d+(?:\.\d+)?) (\S+) (\S+)$/.exec(text) ?? [];
  if (mark !== markOf(question)) throw stale("The cursor is not one that a page of this list came with.");
  return { score: Number(score), member };
}

/** Eight characters for a question, whatever its limit and place. */
function markOf(question: object): string {
  const entries = Object.entries(question).filter(
    ([name, value]) => name !== "limit" && name !== "cursor" && value !== undefined,
  );
  const text = JSON.stringify(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  return createHash("sha256").update(text).digest("base64url").slice(0, 8);
}
