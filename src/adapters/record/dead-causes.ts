/** Dead letters by cause: groups with their first, their last, how many and when. */
import type { Cause } from "../../core/cause.ts";
import type { DeliveryId } from "../../core/delivery.ts";
import { eventOf } from "../../core/ids.ts";
import type { Clock } from "../../ports.ts";
import type { DeadCause, ListedDelivery, Page } from "../../history.ts";
import { scoreCursor, scoreOf } from "../history/cursor.ts";
import { findRow, listedIn } from "../history/detail.ts";
import { keys } from "./keys.ts";
import type { StoreConnection } from "../store/redis.ts";
import type { Segments } from "../history/segments.ts";

const HOURS = 24;
const HOUR_MS = 3_600_000;
/** More causes than this are not told apart by a person: those with the most dead letters. */
const MAX_CAUSES = 200;

/** The causes, those with the latest death first. */
export async function deadCauses(commands: StoreConnection, clock: Clock): Promise<DeadCause[]> {
  const causes = Object.entries(await commands.hgetall(keys.causes));
  const counting = commands.pipeline();
  for (const [id] of causes) counting.zcard(keys.deadOf(id));
  const counts = ((await counting.exec()) ?? []).map(([, count]) => count as number);
  const most = causes
    .map(([id, text], at) => ({ id, text, count: counts[at]! }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count)
    .slice(0, MAX_CAUSES);
  const end = clock.now();
  const pipeline = commands.pipeline();
  for (const { id } of most) {
    pipeline.zrange(keys.deadOf(id), 0, 0, "WITHSCORES");
    pipeline.zrange(keys.deadOf(id), -1, -1, "WITHSCORES");
    for (let hour = HOURS; hour > 0; hour--)
      pipeline.zcount(keys.deadOf(id), `(${end - hour * HOUR_MS}`, end - (hour - 1) * HOUR_MS);
  }
  const replies = ((await pipeline.exec()) ?? []).map(([, reply]) => reply);
  const found = most.flatMap(({ id, text, count }, at): DeadCause[] => {
    const [first, last, ...trend] = replies.slice(at * (HOURS + 2), (at + 1) * (HOURS + 2));
    const [sample, lastAt] = last as [DeliveryId?, string?];
    const [, firstAt] = first as [DeliveryId?, string?];
    // It went while it was looked at.
    if (sample === undefined) return [];
    return [
      {
        id,
        ...(JSON.parse(text) as Cause),
        count,
        firstAt: new Date(Number(firstAt)).toISOString(),
        lastAt: new Date(Number(lastAt)).toISOString(),
        trend: trend as number[],
        sample,
      },
    ];
  });
  return found.sort((a, b) => (a.lastAt > b.lastAt ? -1 : 1));
}

/** The dead letters of a cause, the latest death first. */
export async function deadOf(
  cause: string,
  { limit, cursor }: { readonly limit: number; readonly cursor?: string },
  { commands, segments }: { readonly commands: StoreConnection; readonly segments: Segments },
): Promise<Page<ListedDelivery>> {
  const question = { kind: "dead", cause };
  const after = cursor === undefined ? undefined : scoreOf(cursor, question);
  const found: [DeliveryId, number][] = [];
  let next: string | undefined;
  for (let offset = 0; next === undefined;) {
    const range = [after?.score ?? "+inf", "-inf", "BYSCORE", "REV", "LIMIT", offset, limit] as const;
    const texts = await commands.zrange(keys.deadOf(cause), ...range, "WITHSCORES");
    offset += limit;
    for (let at = 0; at < texts.length; at += 2) {
      const [id, score] = [texts[at] as DeliveryId, Number(texts[at + 1])];
      if (after !== undefined && score === after.score && id >= after.member) continue;
      if (found.length === limit) {
        const [lastId, lastScore] = found.at(-1)!;
        next = scoreCursor(lastScore, lastId, question);
        break;
      }
      found.push([id, score]);
    }
    if (texts.length < limit * 2) break;
  }
  const items: ListedDelivery[] = [];
  for (const [id] of found) {
    const row = await findRow(eventOf(id).slice(4), commands, segments);
    const listed = row && listedIn(row).deliveries.find((delivery) => delivery.id === id);
    if (listed !== undefined) items.push(listed);
  }
  return { items, ...(next !== undefined && { next }) };
}
