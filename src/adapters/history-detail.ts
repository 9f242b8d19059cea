/** One event or one delivery whole, hot or sealed. */
import { readBody } from "../core/body.ts";
import type { Attempt, DeliveryId } from "../core/delivery.ts";
import type { BodyKind, EventContext, EventId, Tags, Verification } from "../core/event.ts";
import { eventOf } from "../core/ids.ts";
import { listedOf, type ListedDelivery, type ListedEvent } from "./listed.ts";
import type { DeliveryMeta, EventMeta } from "./record-format.ts";
import { keys } from "./record-keys.ts";
import type { StoreConnection } from "./redis.ts";
import type { Fields } from "./segment-blocks.ts";
import { deliveriesIn, type Row } from "./segment.ts";
import type { Segments } from "./segments.ts";

/** A delivery with all its attempts and what its transform made at the last one. */
export interface DeliveryDetail extends ListedDelivery {
  readonly attemptList: readonly Attempt[];
  /** Absent where the route has no transform, or the result was larger than is kept. */
  readonly result?: unknown;
  readonly resultBytes?: number;
  /** Who had it replayed or discarded, and why. */
  readonly by?: string;
  readonly reason?: string;
}

/** Everything that is kept of an event. */
export interface EventDetail extends Omit<ListedEvent, "deliveries"> {
  readonly method: string;
  readonly path: string;
  readonly query: EventContext["query"];
  /** Without those that carry credentials. */
  readonly headers: Readonly<Record<string, string>>;
  readonly contentType: BodyKind;
  readonly body: unknown;
  readonly providerId?: string;
  readonly tags?: Tags;
  readonly verified?: Verification;
  /** Repetitions that came while it was hot. */
  readonly duplicates: number;
  readonly editedBy?: string;
  readonly deliveries: readonly DeliveryDetail[];
}

/** Reads an event's record from where it is; undefined where there is none. */
export async function findRow(
  id26: string,
  commands: StoreConnection,
  segments: Segments,
): Promise<(Row & { readonly isHot: boolean }) | undefined> {
  const { b: body, ...rest } = await commands.hgetallBuffer(keys.event(id26));
  if (body !== undefined) {
    const fields = Object.fromEntries(Object.entries(rest).map(([name, text]) => [name, text.toString()]));
    return { id26, fields, body, isHot: true };
  }
  const sealed = await segments.find(id26);
  return sealed && { id26, fields: sealed.fields, body: sealed.body, isHot: false };
}

/** An event's record as lists show it. */
export function listedIn({ id26, fields, body }: Row): ListedEvent {
  const meta = JSON.parse(fields["m"]!) as EventMeta;
  return listedOf(id26, meta, body.length, deliveriesIn(fields));
}

/** An event's record as its detail. */
export function eventDetailOf({ id26, fields, body }: Row): EventDetail {
  const meta = JSON.parse(fields["m"]!) as EventMeta;
  const metas = deliveriesIn(fields);
  const { deliveries, ...listed } = listedOf(id26, meta, body.length, metas);
  const { method, path, query, headers } = meta.c;
  return {
    ...listed,
    method,
    path,
    query,
    headers,
    contentType: meta.k,
    body: readBody(body, meta.k),
    ...(meta.i !== undefined && { providerId: meta.i }),
    ...(meta.t !== undefined && { tags: meta.t }),
    ...(meta.v !== undefined && { verified: meta.v }),
    ...(meta.e?.by !== undefined && { editedBy: meta.e.by }),
    duplicates: Number(fields["u"] ?? 0),
    deliveries: deliveries.map((delivery, at) => deliveryDetailOf(delivery, metas[at]!, fields)),
  };
}

/** A delivery's detail from its event's record; undefined where the event has no such delivery. */
export function deliveryDetailIn(id: DeliveryId, { fields, id26, body }: Row): DeliveryDetail | undefined {
  const metas = deliveriesIn(fields);
  const meta = JSON.parse(fields["m"]!) as EventMeta;
  const { deliveries } = listedOf(id26, meta, body.length, metas);
  const at = deliveries.findIndex((delivery) => delivery.id === id);
  return at < 0 ? undefined : deliveryDetailOf(deliveries[at]!, metas[at]!, fields);
}

function deliveryDetailOf(listed: ListedDelivery, { z, y, w }: DeliveryMeta, fields: Fields): DeliveryDetail {
  const made = fields[`p:${listed.id.slice(30)}`];
  return {
    ...listed,
    attemptList: attemptsIn(fields, listed.id),
    ...(made !== undefined && { result: JSON.parse(made) as unknown }),
    ...(z !== undefined && { resultBytes: z }),
    ...(y !== undefined && { by: y }),
    ...(w !== undefined && { reason: w }),
  };
}

/** The attempts of a delivery, oldest first. */
export function attemptsIn(fields: Fields, id: DeliveryId): Attempt[] {
  const prefix = `a:${id.slice(30)}:`;
  return Object.entries(fields)
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, text]) => ({ number: Number(name.slice(prefix.length)), text }))
    .sort((a, b) => a.number - b.number)
    .map(({ text }) => JSON.parse(text) as Attempt);
}

/** The event's 26 characters in the id of an event or of a delivery. */
export function id26Of(id: EventId | DeliveryId): string {
  return (id.startsWith("dlv_") ? eventOf(id as DeliveryId) : id).slice(4);
}
