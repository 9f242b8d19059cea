/** A batch: the events that one request holds, where its source takes them one by one. */
import { SignalboxError } from "../core/errors.ts";
import { readAll, readPath } from "../providers/locate.ts";
import type { Source } from "../rules/workspace.ts";

/** One event of a batch: its place, from 0, and its JSON. */
export interface Item {
  readonly at: number;
  readonly text: string;
}

/** Most events in a request. */
const MAX_ITEMS = 1_000;

/** True where the source takes the provider's batches event by event. */
export function isSplit({ file, provider }: Source): boolean {
  return file.split && provider?.batch !== undefined;
}

/** The readable request once for each of its events. Throws ACCEPT_BODY_TOO_LARGE where they are too many. */
export function itemsOf<Readable extends { readonly payload: unknown }>(
  readable: Readable,
  { name, provider }: Source,
): (Readable & { readonly item?: Item })[] {
  const path = provider!.batch!.items;
  const values = readAll(readable.payload, path) ?? single(readable.payload, path);
  // A body of another shape is one event, as without `split`.
  if (values === undefined) return [readable];
  if (values.length > MAX_ITEMS) {
    throw new SignalboxError(
      "ACCEPT_BODY_TOO_LARGE",
      `A request to source \`${name}\` may hold ${MAX_ITEMS} events, got ${values.length}.`,
    );
  }
  return values.map((payload, at) => ({ ...readable, payload, item: { at, text: JSON.stringify(payload) } }));
}

/** XML has no lists: an element that could be repeated stands alone. */
function single(payload: unknown, path: string): unknown[] | undefined {
  const bare = path.replaceAll("[]", "");
  const alone = bare === "" ? undefined : readPath(payload, bare);
  return typeof alone === "object" && alone !== null ? [alone] : undefined;
}
