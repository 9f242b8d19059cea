/** Accepted, refused and repeated requests in one list, newest first, over three that are kept apart. */
import type { ListedHeld } from "../adapters/quarantine.ts";
import { SignalboxError } from "../core/errors.ts";
import type { Repetition } from "../core/repetition.ts";
import type { Filter, History, ListedEvent, Page, Paging, RefusedRequest } from "../history.ts";
import { receivedMs } from "./filter.ts";
import type { ListedRequest } from "./shapes/requests.ts";
import { isoOf, schemaLink } from "./shown.ts";
import type { Watched } from "./watched.ts";

/** What is asked for; `held`: of the refused ones those in quarantine. */
export type WantedRequests = Filter & { readonly verdict?: ListedRequest["verdict"] | "held" };

type Listing = Pick<Watched, "history" | "quarantine">;

/** The last one of a list that was shown. */
interface Shown {
  readonly id: string;
  /** Epoch ms. */
  readonly at: number;
}

/** Where the lists stand: the last of each that was shown. */
interface Place {
  readonly event?: `evt_${string}`;
  readonly refused?: Shown;
  readonly repeated?: Shown;
}

interface Row {
  readonly shown: ListedRequest;
  /** Where its list stands when it has been shown. */
  readonly place: Place;
}

interface Rows {
  readonly items: readonly Row[];
  readonly more: boolean;
}

const NOTHING: Rows = { items: [], more: false };

/** A page of requests; the cursor is ours. Throws ADMIN_CURSOR_STALE for one that is not. */
export async function listRequests(
  { verdict, ...filter }: WantedRequests,
  { limit, cursor }: Paging,
  { history, quarantine }: Listing,
): Promise<Page<ListedRequest>> {
  if (verdict === "held") return { items: heldOf(await quarantine.list(), filter).slice(0, limit) };
  const place = placeOf(cursor);
  const wants = (which: ListedRequest["verdict"]): boolean => (verdict ?? which) === which;
  // A type is known of those that could be read, a code of refused ones alone.
  const noCode = filter.code === undefined;
  const lists = await Promise.all([
    wants("accepted") && noCode ? acceptedOf(filter, place, limit, history) : NOTHING,
    wants("refused") && filter.type === undefined ? refusedOf(filter, place, limit, history) : NOTHING,
    wants("duplicate") && noCode ? repeatedOf(filter, place, limit, history) : NOTHING,
  ]);
  const all = lists
    .flatMap(({ items }) => items)
    .sort((a, b) => (a.shown.at < b.shown.at ? 1 : a.shown.at > b.shown.at ? -1 : 0));
  const taken = all.slice(0, limit);
  const next = taken.reduce((reached, row) => ({ ...reached, ...row.place }), place);
  const more = lists.some((list) => list.more) || all.length > taken.length;
  return {
    items: await withQuarantine(
      taken.map(({ shown }) => shown),
      quarantine,
    ),
    ...(more && taken.length > 0 && { next: Buffer.from(JSON.stringify(next)).toString("base64url") }),
  };
}

/** One request, by its own id or by that of its event; undefined where it is not kept. */
export async function findRequest(
  id: string,
  { history, quarantine }: Listing,
): Promise<ListedRequest | undefined> {
  if (!/^req_[\w-]{1,64}$/.test(id)) return undefined;
  const refused = await history.refusal(id);
  if (refused !== undefined) return (await withQuarantine([shownRefused(refused)], quarantine))[0];
  const repeated = await history.repetition(id);
  if (repeated !== undefined) return shownRepeated(repeated);
  // Of refused requests the latest are kept; those that are held stay for as long as they are held.
  const held = (await quarantine.of([id])).get(id);
  return held && shownHeld(held);
}

async function acceptedOf(
  filter: Filter,
  { event: last }: Place,
  limit: number,
  history: History,
): Promise<Rows> {
  const to = last === undefined ? filter.to : Math.min(filter.to ?? Infinity, receivedMs(last));
  const asked = { ...filter, ...(to !== undefined && { to }) };
  const items: Row[] = [];
  let cursor: string | undefined;
  do {
    const page = await history.events({
      ...asked,
      limit: Math.min(1000, limit + 1),
      ...(cursor !== undefined && { cursor }),
    });
    const news = page.items.filter(({ id }) => last === undefined || id < last);
    items.push(...news.map((event) => ({ shown: shownAccepted(event), place: { event: event.id } })));
    cursor = page.next;
  } while (cursor !== undefined && items.length <= limit);
  return { items, more: cursor !== undefined };
}

async function refusedOf(
  { source, code, ...filter }: Filter,
  { refused: last }: Place,
  limit: number,
  history: History,
): Promise<Rows> {
  const asked = { ...(source !== undefined && { source }), ...(code !== undefined && { code }) };
  const { rows, more } = await after(last, limit, filter, (paging) =>
    history.refusals({ ...asked, ...paging }),
  );
  return {
    items: rows.map((row) => ({
      shown: shownRefused(row),
      place: { refused: { id: row.id, at: row.at } },
    })),
    more,
  };
}

async function repeatedOf(
  { source, type, ...filter }: Filter,
  { repeated: last }: Place,
  limit: number,
  history: History,
): Promise<Rows> {
  const asked = { ...(source !== undefined && { source }), ...(type !== undefined && { type }) };
  const { rows, more } = await after(last, limit, filter, (paging) =>
    history.repetitions({ ...asked, ...paging }),
  );
  return {
    items: rows.map((row) => ({
      shown: shownRepeated(row),
      place: { repeated: { id: row.id, at: row.at } },
    })),
    more,
  };
}

/** The rows of a bounded list behind the last one that was shown. */
async function after<T extends Shown>(
  last: Shown | undefined,
  limit: number,
  { from = 0, to = Infinity }: Filter,
  read: (paging: Paging) => Promise<Page<T>>,
): Promise<{ readonly rows: readonly T[]; readonly more: boolean }> {
  const rows: T[] = [];
  let passed = last === undefined;
  let cursor: string | undefined;
  do {
    const page = await read({ limit: 1000, ...(cursor !== undefined && { cursor }) });
    for (const row of page.items) {
      // The last one may have left the list: what is older than it has not been shown.
      if (!passed && last !== undefined && row.at < last.at) passed = true;
      if (passed && row.at >= from && row.at <= to) rows.push(row);
      if (row.id === last?.id) passed = true;
    }
    cursor = page.next;
  } while (cursor !== undefined && rows.length <= limit);
  return { rows, more: cursor !== undefined };
}

/** With what is known of those that are, or were, in quarantine. */
async function withQuarantine(
  requests: readonly ListedRequest[],
  quarantine: Listing["quarantine"],
): Promise<ListedRequest[]> {
  const refused = requests.filter(({ verdict }) => verdict === "refused").map(({ id }) => id);
  const held = await quarantine.of(refused);
  return requests.map((request) => {
    const found = held.get(request.id);
    return found === undefined ? request : { ...request, ...quarantineOf(found) };
  });
}

function quarantineOf({ until, admitted }: ListedHeld): Pick<ListedRequest, "heldUntil" | "admitted"> {
  if (admitted === undefined) return until > Date.now() ? { heldUntil: isoOf(until) } : {};
  return { admitted: { at: isoOf(admitted.at), events: [...admitted.events] } };
}

function heldOf(all: readonly ListedHeld[], filter: Filter): ListedRequest[] {
  const { source, code, from = 0, to = Infinity } = filter;
  return all
    .filter((one) => (source ?? one.source) === one.source && one.at >= from && one.at <= to)
    .map(shownHeld)
    .filter((one) => (code ?? one.code) === one.code);
}

function shownHeld(held: ListedHeld): ListedRequest {
  const { id, source, cause, at, address } = held;
  const shown = shownRefused({
    id,
    source,
    cause,
    at,
    address,
    method: "POST",
    code: "ACCEPT_SIGNATURE_INVALID",
  });
  return { ...shown, ...quarantineOf(held) };
}

export function shownAccepted({ id, source, type, receivedAt }: ListedEvent): ListedRequest {
  return { id, verdict: "accepted", source, type, at: receivedAt };
}

function shownRefused(request: RefusedRequest): ListedRequest {
  const { id, source, code, cause, address, method, at, schema, pointer } = request;
  return {
    ...{ id, verdict: "refused", source, at: isoOf(at), code, cause, address, method },
    ...schemaLink(schema, pointer),
  };
}

function shownRepeated({ id, event, source, type, method, at, headers, revived }: Repetition): ListedRequest {
  return {
    ...{ id, verdict: "duplicate", source, type, at: isoOf(at), method, event, headers },
    ...(revived.length > 0 && { revived: [...revived] }),
  };
}

function placeOf(cursor: string | undefined): Place {
  if (cursor === undefined) return {};
  try {
    const place = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8")) as Partial<Place> | null;
    const { event, refused, repeated } = place ?? {};
    const fits =
      (event === undefined || /^evt_[0-9a-hjkmnp-tv-z]{26}$/.test(event)) &&
      isShown(refused) &&
      isShown(repeated);
    if (fits && (event ?? refused ?? repeated) !== undefined) return place as Place;
  } catch {
    // Not one of ours.
  }
  throw new SignalboxError("ADMIN_CURSOR_STALE", "The cursor is none that a page of this list gave.");
}

function isShown(last: Shown | undefined): boolean {
  return last === undefined || (typeof last.id === "string" && Number.isFinite(last.at));
}
