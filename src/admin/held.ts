/** Lists by a state that the history does not keep alone: an open delivery is held while its target is paused, too. */
import type { Filter, ListedDelivery, Page, Paging } from "../history.ts";
import type { Wanted } from "./filter.ts";
import { stateOf } from "./shown.ts";
import type { Watched } from "./watched.ts";

/** So many pages of the history are looked through in one call; behind them the caller gets a cursor. */
const MAX_PAGES = 20;

/** Deliveries of a filter; `held`, `pending` and `retrying` go by what is paused now. May hold fewer than a page and go on. */
export async function listDeliveries(
  { before, ...filter }: Wanted,
  paging: Paging,
  { history, paused, workspace }: Pick<Watched, "history" | "paused" | "workspace">,
): Promise<Page<ListedDelivery>> {
  const { state } = filter;
  const derived = state === "held" || state === "pending" || state === "retrying";
  const asked: Filter = { ...filter };
  if (state === "held" && [...workspace().targets.keys()].some(paused))
    delete (asked as { state?: string }).state;
  let cursor = paging.cursor;
  for (let page = 1; ; page++) {
    const { items, next } = await history.deliveries({
      ...asked,
      limit: paging.limit,
      ...(cursor !== undefined && { cursor }),
    });
    const wanted = items.filter(
      (delivery) =>
        (!derived || stateOf(delivery, paused) === state) &&
        (before === undefined || delivery.event < before),
    );
    if (wanted.length > 0 || next === undefined || page === MAX_PAGES)
      return { items: wanted, ...(next !== undefined && { next }) };
    cursor = next;
  }
}
