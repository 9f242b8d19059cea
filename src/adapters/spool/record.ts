/**
 * A record of the spool: the commits of one request as bytes, with length and checksum, so that a torn or damaged one is known.
 * `length u32 · crc32 u32 · content`; the content is `length of the head u32 · head as JSON · bodies`. All numbers little-endian.
 */
import { crc32 } from "node:zlib";
import { readBody } from "../../core/body.ts";
import type { Delivery } from "../../core/delivery.ts";
import type { Event } from "../../core/event.ts";
import type { Commit } from "../../ports.ts";

/** Bytes before the content. */
const HEAD_BYTES = 8;

/** A request's commits, as they wait in the spool. */
export interface Waiting {
  readonly commits: readonly Commit[];
  /** True where the store may have them already: it was asked, and did not answer. */
  readonly suspect: boolean;
}

interface Head {
  /** The format's version: what is newer than this program is not touched by it. */
  readonly v: 1;
  readonly suspect?: true;
  readonly commits: readonly {
    readonly event: Omit<Event, "body" | "payload"> & { readonly body?: undefined };
    readonly bytes: number;
    readonly deliveries: readonly Delivery[];
    readonly quarantined?: true;
  }[];
}

/** The record's bytes, whole. */
export function encodeRecord({ commits, suspect }: Waiting): Buffer {
  const head: Head = {
    v: 1,
    ...(suspect && { suspect }),
    commits: commits.map(({ event, deliveries, quarantined }) => ({
      ...{ event: { ...event, body: undefined, payload: undefined }, bytes: event.body.length, deliveries },
      ...(quarantined === true && { quarantined }),
    })),
  };
  const text = Buffer.from(JSON.stringify(head));
  const record = Buffer.concat([
    Buffer.alloc(HEAD_BYTES + 4),
    text,
    ...commits.map(({ event }) => event.body),
  ]);
  record.writeUInt32LE(text.length, HEAD_BYTES);
  const length = record.length - HEAD_BYTES;
  record.writeUInt32LE(length, 0);
  record.writeUInt32LE(crc32(record.subarray(HEAD_BYTES), length), 4);
  return record;
}

/** The commits in a record's content, with the payloads read again. */
export function decodeContent(content: Buffer): Waiting {
  const bodies = 4 + content.readUInt32LE(0);
  const head = JSON.parse(content.subarray(4, bodies).toString()) as Head;
  let at = bodies;
  const commits = head.commits.map(({ event, bytes, deliveries, quarantined }): Commit => {
    const body = Buffer.from(content.subarray(at, (at += bytes)));
    const dedupeKey = event.dedupeKey;
    const whole = { ...event, dedupeKey, body, payload: readBody(body, event.contentType) };
    return { event: whole, deliveries, ...(quarantined && { quarantined }) };
  });
  return { commits, suspect: head.suspect === true };
}

/** What stands at an offset: a record, the end, the begin of one that was never written whole, or one that has changed since. */
export type Found =
  | { readonly kind: "record"; readonly content: Buffer; readonly end: number }
  | { readonly kind: "end" | "torn" | "damaged" };

/** Looks at one record of a file's bytes. A last record whose bytes are not those that were written is a torn one. */
export function recordAt(bytes: Buffer, offset: number): Found {
  if (offset === bytes.length) return { kind: "end" };
  if (offset + HEAD_BYTES > bytes.length) return { kind: "torn" };
  const length = bytes.readUInt32LE(offset);
  const end = offset + HEAD_BYTES + length;
  if (length < 4 || end > bytes.length) return { kind: "torn" };
  const content = bytes.subarray(offset + HEAD_BYTES, end);
  if (crc32(content, length) === bytes.readUInt32LE(offset + 4)) return { kind: "record", content, end };
  return { kind: end === bytes.length ? "torn" : "damaged" };
}

/** How many bytes a record takes whose first bytes these are; undefined where they are too few to say. */
export function lengthOf(bytes: Buffer): number | undefined {
  return bytes.length < HEAD_BYTES ? undefined : HEAD_BYTES + bytes.readUInt32LE(0);
}
