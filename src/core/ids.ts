/** Ids that sort by time: UUIDv7 in Crockford base32 behind a prefix, and delivery ids derived from them. */
import { createHash } from "node:crypto";
import type { DeliveryId } from "./delivery.ts";
import type { EventId } from "./event.ts";

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

/** 26 characters for 128 bits: 48 of `now` (epoch ms), version and variant, 74 of `random` (10 bytes). RFC 9562 § 5.7. */
export function eventId(now: number, random: Uint8Array): EventId {
  return `evt_${timeOrdered(now, random)}`;
}

/** What stands behind the prefix of an id: 26 characters that sort by time, made of 10 random bytes. */
export function timeOrdered(now: number, random: Uint8Array): string {
  const bytes = new Uint8Array(16);
  for (let i = 0, rest = now; i < 6; i++, rest = Math.floor(rest / 256)) bytes[5 - i] = rest % 256;
  bytes.set(random.subarray(0, 10), 6);
  bytes[6] = 0x70 | (bytes[6]! & 0x0f);
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  return base32(bytes);
}

/** The id of an event's delivery on a route: dispatching twice makes one delivery. */
export function deliveryId(event: EventId, route: string): DeliveryId {
  return `dlv_${event.slice(4)}${routeTag(route)}`;
}

/** The event that a delivery belongs to, read off its id. */
export function eventOf(delivery: DeliveryId): EventId {
  return `evt_${delivery.slice(4, 30)}`;
}

/** The UUID in an event's id, as 32 hex digits. */
export function uuidOf(event: EventId): string {
  const bytes = Buffer.alloc(16);
  idBytes(event.slice(4), bytes, 0);
  return bytes.toString("hex");
}

/** True for text of the shape of an event's id. */
export function isEventId(text: string): text is EventId {
  return /^evt_[0-9a-hjkmnp-tv-z]{26}$/.test(text);
}

/** True for text of the shape of a delivery's id. */
export function isDeliveryId(text: string): text is DeliveryId {
  return /^dlv_[0-9a-hjkmnp-tv-z]{34}$/.test(text);
}

const tags = new Map<string, string>();

/** 8 characters (40 bits) that stand for a route's name; `check` refuses two routes with the same. */
export function routeTag(route: string): string {
  let tag = tags.get(route);
  if (tag === undefined) {
    tag = base32(createHash("sha256").update(route).digest().subarray(0, 5));
    tags.set(route, tag);
  }
  return tag;
}

const CODES = Uint8Array.from(ALPHABET, (letter) => letter.charCodeAt(0));
/** Characters on their way to a text; 16 bytes are the most that are written. A search writes the ids of 100,000 events. */
const letters = Buffer.alloc(26);

/** Crockford's base32, most significant bits first; a rest is padded with zero bits at the front. At most 16 bytes. */
function base32(bytes: Uint8Array): string {
  let length = 0;
  let bits = (5 - ((bytes.length * 8) % 5)) % 5;
  let value = 0;
  for (let at = 0; at < bytes.length; at++) {
    value = (value << 8) | bytes[at]!;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      letters[length++] = CODES[(value >> bits) & 31]!;
    }
    value &= (1 << bits) - 1;
  }
  return letters.toString("latin1", 0, length);
}

/** The 16 bytes of an event's 26 characters; they sort as the characters do. */
export function idBytes(id26: string, into: Uint8Array, offset: number): void {
  let bits = -2;
  let value = 0;
  for (let at = 0, next = offset; at < 26; at++) {
    value = (value << 5) | VALUES[id26.charCodeAt(at)]!;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    into[next++] = (value >> bits) & 255;
    value &= (1 << bits) - 1;
  }
}

/** The 26 characters of 16 bytes. */
export function idText(bytes: Uint8Array): string {
  return base32(bytes);
}

/** The 26 characters that come next after these. */
export function idAfter(id26: string): string {
  let at = 25;
  while (at > 0 && id26[at] === "z") at--;
  return id26.slice(0, at) + ALPHABET[VALUES[id26.charCodeAt(at)]! + 1]! + "0".repeat(25 - at);
}

/** The least 26 characters of an event that is received at a time (epoch ms) or later. */
export function firstIdAt(ms: number): string {
  return eventId(Math.min(Math.max(0, Math.floor(ms)), 2 ** 48 - 1), new Uint8Array(10)).slice(4);
}

/** When an event was received, epoch ms, read off its 26 characters. */
export function idTime(id26: string): number {
  let time = 0;
  for (let at = 0; at < 10; at++) time = time * 32 + VALUES[id26.charCodeAt(at)]!;
  return time;
}

const VALUES = new Uint8Array(128);
for (let at = 0; at < 32; at++) VALUES[ALPHABET.charCodeAt(at)] = at;
