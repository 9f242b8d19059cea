/** The history as the operator's side looks at it: the adapter's own, with the words and times of `History`. */
import type { Attempt } from "../core/delivery.ts";
import type { History as Kept } from "../adapters/history.ts";
import type { DeliveryDetail, EventDetail, History } from "./history.ts";

/** Looks at what is kept. */
export function keptHistory(kept: Kept): History {
  return {
    events: (filter) => kept.events(filter as Parameters<Kept["events"]>[0]),
    deliveries: (filter) => kept.deliveries(filter as Parameters<Kept["deliveries"]>[0]),
    async attempts(filter) {
      const { items, next } = await kept.attempts(filter as Parameters<Kept["attempts"]>[0]);
      const ids = [...new Set(items.map(({ delivery }) => delivery))];
      const found = new Map(await Promise.all(ids.map(async (id) => [id, await kept.delivery(id)] as const)));
      const listed = items.flatMap((item) => {
        const delivery = found.get(item.delivery);
        return delivery === undefined ? [] : [{ delivery: deliveryOf(delivery), attempt: attemptOf(item) }];
      });
      return { items: listed, ...(next !== undefined && { next }) };
    },
    async event(id) {
      const found = await kept.event(id);
      return found && eventOf(found);
    },
    async delivery(id) {
      const found = await kept.delivery(id);
      return found && deliveryOf(found);
    },
    search: (wanted, emit, signal) =>
      kept.search(
        wanted as Parameters<Kept["search"]>[0],
        (hit) => emit(hit as unknown as Parameters<typeof emit>[0]),
        signal,
      ),
    deadCauses: () => kept.deadCauses(),
    deadOf: (cause, paging) => kept.deadOf(cause, paging),
    async oldest(targets) {
      const found = await kept.oldest(targets);
      return new Map(
        [...found].map(([target, { count, oldestAt }]) => [
          target,
          { count, ...(oldestAt !== undefined && { oldestAt: Date.parse(oldestAt) }) },
        ]),
      );
    },
    async balance(hours) {
      const rows = await kept.balance(hours);
      return rows.map(({ recounted, ...row }) => ({
        ...row,
        ...(recounted && { recounted: recounted.made }),
      }));
    },
    refusals: (filter) => kept.refusals(filter),
    refusal: (id) => kept.refusal(id),
    async reopen(delivery, how) {
      const done = await kept.reopen(delivery, how);
      return done === true ? "opened" : done;
    },
    async discard(id, how) {
      const done = await kept.discard(id, how);
      return done === true ? "discarded" : done;
    },
    async usage() {
      const { oldestAt, ...usage } = await kept.usage();
      return { ...usage, ...(oldestAt !== undefined && { oldestAt: Date.parse(oldestAt) }) };
    },
  };
}

const BELONGS_TO = new Set(["delivery", "event", "route", "target"]);

/** The attempt without what it belongs to. */
function attemptOf(listed: Attempt): Attempt {
  return Object.fromEntries(
    Object.entries(listed).filter(([name]) => !BELONGS_TO.has(name)),
  ) as unknown as Attempt;
}

type KeptEvent = NonNullable<Awaited<ReturnType<Kept["event"]>>>;
type KeptDelivery = NonNullable<Awaited<ReturnType<Kept["delivery"]>>>;

function eventOf({ tags, verified, deliveries, ...event }: KeptEvent): EventDetail {
  const pairs = Object.entries(tags ?? {}).flatMap(([name, value]) =>
    [value].flat().map((one) => ({ name, value: String(one) })),
  );
  return {
    ...event,
    tags: pairs,
    ...(verified && {
      verified: {
        scheme: verified.kind,
        ...(verified.provider !== undefined && { provider: verified.provider }),
      },
    }),
    deliveries: deliveries.map(deliveryOf),
  };
}

function deliveryOf({ by, reason, ...delivery }: KeptDelivery): DeliveryDetail {
  if (delivery.state !== "discarded") return delivery;
  return { ...delivery, discarded: { by: by ?? "", at: delivery.changedAt, reason: reason ?? "" } };
}
