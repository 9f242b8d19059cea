/** Accepted and refused requests in one list, newest first, over two that are kept apart. */
import { SignalboxError } from "../core/errors.ts";
import { receivedMs } from "./filter.ts";
import type { Filter, History, ListedEvent, Page, Paging, RefusedRequest } from "../history.ts";
import type { ListedRequest } from "./shapes/requests.ts";
import { isoOf, schemaLink } from "./shown.ts";

type Wanted = Filter & { readonly verdict?: "accepted" | "refused" };

/** Where both lists stand: the last of each that was shown. */
interface Place {
  readonly event?: `evt_${string}`;
  readonly refused?: { readonly id: string; readonly at: number };
}

/** A page of requests; the cursor is ours. Throws ADMIN_CURSOR_STALE for one that is not. */
export async function listRequests(
  { verdict, ...filter }: Wanted,
  { limit, cursor }: Paging,
  history: History,
): Promise<Page<ListedRequest>> {
  const place = placeOf(cursor);
  // A type is known of accepted ones alone, a code of refused ones.
  const wantsAccepted = verdict !== "refused" && filter.code === undefined;
  const wantsRefused = verdict !== "accepted" && filter.type === undefined;
  const [accepted, refused] = await Promise.all([
    wantsAccepted ? acceptedOf(filter, place, limit, history) : { items: [], more: false },
    wantsRefused ? refusedOf(filter, place, limit, history) : { items: [], more: false },
  ]);
  const all = [
    ...accepted.items.map((event) => ({ at: event.receivedAt, event, shown: shownAccepted(event) })),
    ...refused.items.map((request) => ({ at: isoOf(request.at), request, shown: shownRefused(request) })),
  ].sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0));
  const taken = all.slice(0, limit);
  let next: Place = place;
  for (const row of taken) {
    next =
      "event" in row
        ? { ...next, event: row.event.id }
        : { ...next, refused: { id: row.request.id, at: row.request.at } };
  }
  const more = accepted.more || refused.more || all.length > taken.length;
  return {
    items: taken.map(({ shown }) => shown),
    ...(more && taken.length > 0 && { next: Buffer.from(JSON.stringify(next)).toString("base64url") }),
  };
}

interface Rows<T> {
  readonly items: readonly T[];
  readonly more: boolean;
}

async function acceptedOf(
  filter: Filter,
  { event: last }: Place,
  limit: number,
  history: History,
): Promise<Rows<ListedEvent>> {
  const to = last === undefined ? filter.to : Math.min(filter.to ?? Infinity, receivedMs(last));
  const asked = { ...filter, ...(to !== undefined && { to }) };
  const items: ListedEvent[] = [];
  let cursor: string | undefined;
  do {
    const page = await history.events({
      ...asked,
      limit: Math.min(1000, limit + 1),
      ...(cursor !== undefined && { cursor }),
    });
    items.push(...page.items.filter(({ id }) => last === undefined || id < last));
    cursor = page.next;
  } while (cursor !== undefined && items.length <= limit);
  return { items, more: cursor !== undefined };
}

async function refusedOf(
  { source, code, from = 0, to = Infinity }: Filter,
  { refused: last }: Place,
  limit: number,
  history: History,
): Promise<Rows<RefusedRequest>> {
  const items: RefusedRequest[] = [];
  let passed = last === undefined;
  let cursor: string | undefined;
  do {
    const page = await history.refusals({
      ...(source !== undefined && { source }),
      ...(code !== undefined && { code }),
      limit: 1000,
      ...(cursor !== undefined && { cursor }),
    });
    for (const request of page.items) {
      // The last one may have left the list: what is older than it has not been shown.
      if (!passed && last !== undefined && request.at < last.at) passed = true;
      if (passed && request.at >= from && request.at <= to) items.push(request);
      if (request.id === last?.id) passed = true;
    }
    cursor = page.next;
  } while (cursor !== undefined && items.length <= limit);
  return { items, more: cursor !== undefined };
}

export function shownAccepted({ id, source, type, receivedAt }: ListedEvent): ListedRequest {
  return { id, verdict: "accepted", source, type, at: receivedAt };
}

export function shownRefused(request: RefusedRequest): ListedRequest {
  const { id, source, code, cause, address, method, at, schema, pointer } = request;
  return {
    ...{ id, verdict: "refused", source, at: isoOf(at), code, cause, address, method },
    ...schemaLink(schema, pointer),
  };
}

function placeOf(cursor: string | undefined): Place {
  if (cursor === undefined) return {};
  try {
    const place = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8")) as Partial<Place> | null;
    const { event, refused } = place ?? {};
    const fits =
      (event === undefined || /^evt_[0-9a-hjkmnp-tv-z]{26}$/.test(event)) &&
      (refused === undefined || (typeof refused.id === "string" && Number.isFinite(refused.at)));
    if (fits && (event !== undefined || refused !== undefined)) return place as Place;
  } catch {
    // Not one of ours.
  }
  throw new SignalboxError("ADMIN_CURSOR_STALE", "The cursor is none that a page of this list gave.");
}
