/** Retention: the oldest history leaves, by age and by bytes; whole segments first, then settled hot events. What is open stays. */
import type { DeliveryId } from "../../core/delivery.ts";
import { firstIdAt, routeTag } from "../../core/ids.ts";
import type { Clock } from "../../ports.ts";
import { keys } from "../record/keys.ts";
import type { StoreConnection } from "../store/redis.ts";
import { uniqueNumber, type Entry } from "./segment.ts";
import { STATES, idAt } from "./segment-columns.ts";
import { SegmentGone, type Segments } from "./segments.ts";

const CHUNK = 200;
const DEAD = STATES.indexOf("dead");

/** Forgets the oldest settled events beyond an age and a sum of bytes; returns how many. */
export async function forget(
  maxAgeMs: number,
  maxBytes: number,
  parts: { readonly commands: StoreConnection; readonly segments: Segments; readonly clock: Clock },
): Promise<number> {
  const { commands, segments, clock } = parts;
  const before = firstIdAt(clock.now() - maxAgeMs);
  let forgotten = 0;
  await segments.refresh();
  for (;;) {
    const [oldest] = segments.entries;
    if (oldest === undefined) break;
    const isOld = oldest.count === 0 ? oldest.to <= before : oldest.last < before;
    if (!isOld && (await heldBytes(commands)) <= maxBytes) break;
    try {
      if (await drop(oldest, parts)) forgotten += oldest.count;
    } catch (error) {
      if (!(error instanceof SegmentGone)) throw error;
    }
    await segments.refresh();
  }
  // What is younger than the oldest segment waits to be sealed: it must not come back as it was sealed before.
  const within = segments.entries[0]?.from ?? "~";
  let skip = 0;
  for (let turn = 0; turn < 100; turn++) {
    const limits = [before, maxBytes, within, skip, CHUNK] as const;
    const reply = await commands.sbForget(keys.events, keys.bytes, keys.sealedBytes, ...limits);
    const [dropped, seen] = reply as [number, number];
    forgotten += dropped;
    skip += seen - dropped;
    if (seen < CHUNK) break;
  }
  return forgotten;
}

/** Bytes that all events take, hot and sealed. */
export async function heldBytes(commands: StoreConnection): Promise<number> {
  const texts = await commands.mget(keys.bytes, keys.sealedBytes);
  return texts.reduce((sum, text) => sum + Number(text ?? 0), 0);
}

/** Drops a segment; its dead letters leave their lists. */
async function drop(
  entry: Entry,
  { commands, segments, clock }: Parameters<typeof forget>[2],
): Promise<boolean> {
  const dead: string[] = [];
  if (entry.count > 0) {
    const [columns] = await segments.columnsOf([entry]);
    const { state, first, route, cause, names } = columns!;
    for (let row = 0; row < entry.count; row++) {
      for (let at = first[row]!; at < first[row + 1]!; at++) {
        if (state[at] !== DEAD) continue;
        const id: DeliveryId = `dlv_${idAt(columns!, row)}${routeTag(names.route[route[at]!]!)}`;
        dead.push(id, names.cause[cause[at]!] ?? "");
      }
    }
  }
  const where = [keys.directory, keys.directoryChanges, keys.sealedBytes];
  return (
    (await commands.sbDrop(...where, entry.number, entry.bytes, entry.last, uniqueNumber(clock), ...dead)) ===
    1
  );
}
