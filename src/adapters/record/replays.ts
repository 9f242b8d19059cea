/** What a person does to deliveries: again, or no more. A sealed event is made hot for it. */
import type { Delivery, DeliveryId } from "../../core/delivery.ts";
import { OPEN_STATES } from "../../core/delivery.ts";
import type { EventId } from "../../core/event.ts";
import { eventOf, idTime, routeTag } from "../../core/ids.ts";
import type { History } from "../../history.ts";
import type { Clock } from "../../ports.ts";
import type { Queues } from "../queues/bullmq.ts";
import type { Lines } from "../waiting/lines.ts";
import { OVERHEAD_BYTES, pendingOf, type DeliveryMeta, type EventMeta } from "./format.ts";
import { hourOf, keys } from "./keys.ts";
import type { StoreConnection } from "../store/redis.ts";
import { TRIES, type Segments } from "../history/segments.ts";

/**
 * Makes a sealed event hot again, as it was sealed; false where there is no such event. It stays hot for a minute
 * at least (`HELD_MS` of sealer.ts), or until it is changed.
 */
export async function thaw(
  id: EventId,
  {
    commands,
    segments,
    clock,
  }: { readonly commands: StoreConnection; readonly segments: Segments; readonly clock: Clock },
): Promise<boolean> {
  const id26 = id.slice(4);
  const where = [keys.event(id26), keys.directory, keys.events, keys.settled, keys.bytes];
  for (let tries = 0; tries < TRIES; tries++) {
    if ((await commands.sbThaw(...where, "", id26, 0, clock.now())) === 1) return true;
    const found = await segments.find(id26);
    if (found === undefined) continue;
    const { fields, body, entry } = found;
    const parts: (string | Buffer)[] = ["b", body];
    let size = body.length + OVERHEAD_BYTES;
    for (const [name, text] of Object.entries(fields)) {
      parts.push(name, text);
      size += text.length;
    }
    if ((await commands.sbThaw(...where, entry.number, id26, size, clock.now(), ...parts)) === 1) return true;
  }
  return false;
}

export function createReplays(parts: {
  readonly commands: StoreConnection;
  readonly segments: Segments;
  readonly queues: Pick<Queues, "enqueue" | "remove">;
  readonly clock: Clock;
  /** Absent where nothing stands in line. */
  readonly lines?: Pick<Lines, "of" | "mend" | "leave" | "isHeld">;
}) {
  const { commands, queues, clock, lines } = parts;

  interface Known {
    readonly key: string;
    readonly tag: string;
    readonly source: string;
    readonly tags: readonly string[];
    readonly former: DeliveryMeta | undefined;
  }

  const read = async (id: DeliveryId): Promise<Known | undefined> => {
    if (!(await thaw(eventOf(id), parts))) return undefined;
    const key = keys.event(id.slice(4, 30));
    const tag = id.slice(30);
    const [meta, tags, former] = await commands.hmget(key, "m", "r", `d:${tag}`);
    if (!meta) return undefined;
    return {
      key,
      tag,
      source: (JSON.parse(meta) as EventMeta).c.source,
      tags: (tags ?? "").split(",").filter(Boolean),
      former: former ? (JSON.parse(former) as DeliveryMeta) : undefined,
    };
  };

  const done = async (run: () => Promise<unknown>): Promise<boolean> => (await run()) === 1;

  return {
    /** Opens a delivery again, or for the first time on a route that its event had none on, with its counters at zero.
        "changed" where it has done so since `unchangedSince` (epoch ms), and is left as it is. */
    async reopen(
      delivery: Delivery,
      { by, priority, unchangedSince, version }: NonNullable<Parameters<History["reopen"]>[1]> = {},
    ): ReturnType<History["reopen"]> {
      const known = await read(delivery.id);
      if (known === undefined) return "unknown";
      const { key, tag, source, former } = known;
      if (unchangedSince !== undefined && former !== undefined && former.u >= unchangedSince)
        return "changed";
      // What stops its line until a person decides about it is left alone by whatever takes many.
      const isHeld = unchangedSince !== undefined && former?.l !== undefined;
      if (isHeld && (await lines?.isHeld(former.l, delivery.id)) === true) return "changed";
      const line = await lines?.of(delivery);
      if (former !== undefined && !(await queues.remove({ ...delivery, target: former.t }))) return "busy";
      let changed = false;
      const now = clock.now();
      const receivedAt = idTime(delivery.event.slice(4));
      const again = {
        ever: former?.k ?? 0,
        ...(by !== undefined && { by }),
        ...(version !== undefined && { version }),
      };
      const { id, event, route, target } = delivery;
      const open = async (): Promise<unknown> => {
        const reply = await commands.sbReopen(
          key,
          keys.open,
          keys.dead,
          keys.settled,
          keys.ledger(hourOf(receivedAt)),
          tag,
          id,
          pendingOf({ ...delivery, ...(line && { line }) }, now, again),
          now,
          [...new Set([...known.tags, routeTag(route)])].join(","),
          source,
          target,
          receivedAt,
          JSON.stringify({ delivery: id, event, route, target, state: "pending", attempt: 0 }),
          ...(unchangedSince === undefined ? [] : [unchangedSince]),
        );
        changed = reply === 2;
        return changed ? 1 : reply;
      };
      if (!(await done(open))) return "unknown";
      if (line !== undefined) {
        await lines?.mend([{ ...delivery, line }]);
        return changed ? "changed" : "opened";
      }
      const pipeline = commands.pipeline();
      queues.enqueue(pipeline, [{ ...delivery, ...(priority !== undefined && { priority }) }]);
      // Where somebody else was faster, what was taken out of the queue above may have been theirs: it is put back.
      for (const [error] of (await pipeline.exec()) ?? []) if (error) throw error;
      return changed ? "changed" : "opened";
    },

    /** Ends a delivery that is dead, deviated or open: it is not tried again, and counts as discarded. */
    async discard(
      id: DeliveryId,
      { by, reason }: { readonly by: string; readonly reason: string },
    ): ReturnType<History["discard"]> {
      const known = await read(id);
      if (known?.former === undefined) return "unknown";
      const { key, tag, source, former } = known;
      const isOpen = OPEN_STATES.includes(former.s);
      if (!isOpen && former.s !== "dead" && former.s !== "deviated") return "ended";
      const delivery: Delivery = { id, event: eventOf(id), route: former.r, target: former.t };
      if (isOpen && !(await queues.remove(delivery))) return "busy";
      // JSON leaves out what is undefined: it is due no more, and belongs to no cause.
      const meta = {
        ...former,
        x: undefined,
        f: undefined,
        s: "discarded",
        u: clock.now(),
        y: by,
        w: reason,
      };
      const { route, target } = delivery;
      const end = (): Promise<unknown> =>
        commands.sbDiscard(
          key,
          keys.open,
          keys.dead,
          keys.settled,
          keys.ledger(hourOf(idTime(id.slice(4, 30)))),
          tag,
          id,
          JSON.stringify(meta),
          source,
          former.t,
          JSON.stringify({ delivery: id, route, target, state: "discarded", attempt: former.n }),
        );
      if (!(await done(end))) return "unknown";
      if (former.l !== undefined) await lines?.leave(former.l, id);
      return "discarded";
    },
  };
}
