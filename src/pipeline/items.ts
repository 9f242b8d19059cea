/** A batch: the events that one request holds, where its source takes them one by one. */
import { exactText, parseExactly } from "../core/big-integers.ts";
import { SignalboxError } from "../core/errors.ts";
import type { BodyKind } from "../core/event.ts";
import { rawAll } from "../core/raw-json.ts";
import { readAll, readPath } from "../providers/locate.ts";
import type { Source } from "../rules/workspace.ts";

/** One event of a batch: its place, from 0, and its JSON, in which long numbers have the digits that were sent. */
export interface Item {
  readonly at: number;
  readonly text: string;
}

/** Most events in a request. */
const MAX_ITEMS = 1_000;

/** Where items stand if the provider's record says nothing of batches: a list, or lines. */
const EVERY_ELEMENT = "[]";

/** A batch that has been read, or one event of it. */
interface Batch {
  readonly payload: unknown;
  readonly contentType: BodyKind;
}

/** The readable request once for each of its events. Throws ACCEPT_BODY_TOO_LARGE where they are too many. */
export function itemsOf<Readable extends Batch>(
  readable: Readable,
  { name, provider }: Source,
): (Readable & { readonly item?: Item })[] {
  const path = provider?.batch?.items ?? EVERY_ELEMENT;
  const values = readAll(readable.payload, path) ?? single(readable.payload, path);
  // A body of another shape is one event, as without `split`.
  if (values === undefined) return [readable];
  if (values.length > MAX_ITEMS) {
    throw new SignalboxError(
      "ACCEPT_BODY_TOO_LARGE",
      `A request to source \`${name}\` may hold ${MAX_ITEMS} events, got ${values.length}.`,
    );
  }
  const contentType = readable.contentType === "json-rounded" ? "json-rounded" : "json";
  const written = writtenItems(readable.payload, path, values.length);
  return values.map((value, at) => {
    const text = exactText(value) ?? written?.[at];
    if (text === undefined)
      return { ...readable, contentType, payload: value, item: { at, text: JSON.stringify(value) } };
    // Read from its own text, so that it is known to be passed on as that.
    return {
      ...readable,
      contentType,
      payload: parseExactly(text, contentType === "json-rounded"),
      item: { at, text },
    };
  });
}

/** The items' texts as they were written, where reading the batch has changed numbers; undefined where it has not. */
function writtenItems(payload: unknown, path: string, count: number): readonly string[] | undefined {
  const text = exactText(payload);
  const texts = text === undefined ? undefined : rawAll(text, path);
  return texts?.length === count ? texts : undefined;
}

/** XML has no lists: an element that could be repeated stands alone. */
function single(payload: unknown, path: string): unknown[] | undefined {
  const bare = path.replaceAll("[]", "");
  const alone = bare === "" ? undefined : readPath(payload, bare);
  return typeof alone === "object" && alone !== null ? [alone] : undefined;
}
