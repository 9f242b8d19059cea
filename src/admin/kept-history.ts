/** The history as the operator's side asks for it, over the one that is kept: the same things under the names of the API. */
import type {
  DeliveryDetail as KeptDelivery,
  EventDetail as KeptEvent,
  Filter as KeptFilter,
  History as Kept,
} from "../adapters/history.ts";
import { isDeliveryId, isEventId } from "../core/ids.ts";
import type { DeliveryDetail, EventDetail, Filter, History, Paging } from "./history.ts";

/** What a filter comes to that nothing can satisfy. */
const NOTHING = { items: [] };

export function keptHistory(kept: Kept): History {
  return {
    events: async (filter) => {
      const asked = keptFilter(filter);
      return asked === undefined ? NOTHING : kept.events(asked);
    },
    deliveries: async (filter) => {
      const asked = keptFilter(filter);
      return asked === undefined ? NOTHING : kept.deliveries(asked);
    },
    attempts: async (filter) => {
      const asked = keptFilter(filter);
      if (asked === undefined) return NOTHING;
      const { items, next } = await kept.attempts(asked);
      const known = new Map<string, Promise<Awaited<ReturnType<Kept["deliveries"]>>>>();
      const listed = await Promise.all(
        items.map(async ({ delivery: id, event, route: _route, target: _target, ...attempt }) => {
          const page = known.get(event) ?? kept.deliveries({ id: event, limit: 1000 });
          known.set(event, page);
          const delivery = (await page).items.find((one) => one.id === id);
          return delivery === undefined ? [] : [{ delivery, attempt }];
        }),
      );
      return { items: listed.flat(), ...(next !== undefined && { next }) };
    },
    event: async (id) => {
      const event = await kept.event(id);
      return event && wholeEvent(event);
    },
    delivery: async (id) => {
      const delivery = await kept.delivery(id);
      return delivery && wholeDelivery(delivery);
    },
    async search(wanted, emit, signal) {
      const { in: where, path, value, ...filter } = wanted;
      const asked = keptFilter(filter);
      if (asked === undefined) return { scanned: 0 };
      let told = Promise.resolve();
      const { scanned, next } = await kept.search(
        { ...asked, in: where, path, value },
        ({ event, delivery }) => {
          told = told.then(async () => {
            const [listed] = (await kept.events({ id: event, limit: 1 })).items;
            if (listed === undefined || signal.aborted) return;
            const { source, type, receivedAt } = listed;
            emit({ event, ...(delivery !== undefined && { delivery }), source, type, receivedAt });
          });
          told.catch(() => undefined);
        },
        signal,
      );
      await told;
      return { scanned, ...(next !== undefined && { next }) };
    },
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
      return rows.map(({ recounted, difference: _difference, balanced: _balanced, ...row }) => ({
        ...row,
        ...(recounted !== undefined && { recounted: recounted.made }),
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
      const { events, bytes, segments, oldestAt } = await kept.usage();
      return {
        ...{ events, bytes, segments },
        ...(oldestAt !== undefined && { oldestAt: Date.parse(oldestAt) }),
      };
    },
  };
}

/** Undefined where an id is asked for that nothing can have. */
function keptFilter({ id, ...filter }: Filter & Paging): KeptFilter | undefined {
  if (id === undefined) return filter;
  return isEventId(id) || isDeliveryId(id) ? { ...filter, id } : undefined;
}

function wholeEvent({ tags = {}, verified, deliveries, ...event }: KeptEvent): EventDetail {
  return {
    ...event,
    ...(verified !== undefined && {
      verified: {
        scheme: verified.kind,
        ...(verified.provider !== undefined && { provider: verified.provider }),
      },
    }),
    tags: Object.entries(tags).flatMap(([name, values]) =>
      [values].flat().map((value) => ({ name, value: String(value) })),
    ),
    deliveries: deliveries.map(wholeDelivery),
  };
}

/** Who wished a replay stands with the last attempt that it led to. */
function wholeDelivery({ by, reason, ...delivery }: KeptDelivery): DeliveryDetail {
  if (delivery.state === "discarded") {
    const discarded = { by: by ?? "", at: delivery.changedAt, reason: reason ?? "" };
    return { ...delivery, discarded };
  }
  const last = delivery.attemptList.at(-1);
  if (by === undefined || last?.trigger !== "replay") return delivery;
  return { ...delivery, attemptList: [...delivery.attemptList.slice(0, -1), { ...last, by }] };
}
