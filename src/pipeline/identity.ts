/** identity: what a repetition of an event is known by. Two different events never share a key for want of a separator. */
import { createHash } from "node:crypto";
import type { Event, Request } from "../core/event.ts";
import { locateEach } from "../providers/locate.ts";
import type { Item } from "./items.ts";

/** The key by which a repetition is known, and the provider's id to find the event by. */
export type Identity = Pick<Event, "dedupeKey" | "providerId">;

/**
 * `where`: a place, several together, `body` for the body's hash or `none`. Where one of the places is missing, or all
 * are empty, a repetition cannot be known: better twice than never.
 */
export function identityOf(
  where: string | readonly string[],
  request: Request,
  payload: unknown,
  item: Item | undefined,
): Identity {
  if (where === "none") return { dedupeKey: undefined };
  if (where === "body") return { dedupeKey: bodyHash(request.body, item) };
  const parts = locateEach(where, request, payload);
  if (parts === undefined || parts.every((part) => part === "")) return { dedupeKey: undefined };
  const key = parts.map(escaped).join("|");
  // An id that stands outside of the items is the request's: its items are told apart by their places.
  const isShared = item !== undefined && locateEach(where, withoutRequest(request), payload) === undefined;
  return { dedupeKey: isShared ? `${key}#${item.at}` : key, providerId: parts.join("|") };
}

/** `a|b` and `c` make another key than `a` and `b|c`. */
function escaped(part: string): string {
  return part.replace(/[\\|#]/g, "\\$&");
}

/** Of an item, the whole body's with its place: of two items that say the same, neither is lost. */
function bodyHash(body: Buffer, item: Item | undefined): string {
  const hash = createHash("sha256").update(body).digest("base64url");
  return item === undefined ? hash : `${hash}#${item.at}`;
}

/** What is left when nothing but the item can be looked into. */
function withoutRequest(request: Request): Request {
  return { ...request, headers: {}, rawHeaders: [], query: "", body: Buffer.alloc(0) };
}
