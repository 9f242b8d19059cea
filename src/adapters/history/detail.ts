/** One event or one delivery whole, hot or sealed. */
import { readBody } from "../../core/body.ts";
import type { Attempt, DeliveryId } from "../../core/delivery.ts";
import { readLineId } from "../../core/line-id.ts";
import { deliveryId, eventOf } from "../../core/ids.ts";
import type { Repetition } from "../../core/repetition.ts";
import type {
  DeliveryDetail,
  EventDetail,
  KeptAttempt,
  KeptRequest,
  ListedDelivery,
  ListedEvent,
} from "../../history.ts";
import type { Standing } from "../../ports.ts";
import { listedOf } from "./listed.ts";
import type { DeliveryMeta, EventMeta } from "../record/format.ts";
import { keys } from "../record/keys.ts";
import { otherNameOf } from "../record/other-names.ts";
import type { StoreConnection } from "../store/redis.ts";
import type { Fields } from "./segment-blocks.ts";
import { deliveriesIn, type Row } from "./segment.ts";
import type { Segments } from "./segments.ts";
import { bodyIn } from "../record/stored-body.ts";

/** Reads an event's record from where it is, also by an id that was told for it in vain; undefined where there is none. */
export async function findRow(
  id26: string,
  commands: StoreConnection,
  segments: Segments,
): Promise<(Row & { readonly isHot: boolean }) | undefined> {
  const { b: body, ...rest } = await commands.hgetallBuffer(keys.event(id26));
  if (body !== undefined) {
    const fields = Object.fromEntries(Object.entries(rest).map(([name, text]) => [name, text.toString()]));
    const { l } = JSON.parse(fields["m"]!) as EventMeta;
    return { id26, fields, body: bodyIn(body, l), isHot: true };
  }
  const sealed = await segments.find(id26);
  if (sealed !== undefined) return { id26, fields: sealed.fields, body: sealed.body, isHot: false };
  const other = await otherNameOf(commands, id26);
  return other === undefined ? undefined : findRow(other, commands, segments);
}

/** An event's record as lists show it. */
export function listedIn({ id26, fields, body }: Row): ListedEvent {
  const meta = JSON.parse(fields["m"]!) as EventMeta;
  return listedOf(id26, meta, body.length, deliveriesIn(fields));
}

/** Where the deliveries of an event's record stand. */
export function standingIn({ id26, fields }: Row): Standing[] {
  return deliveriesIn(fields).map(({ r: route, t: target, s: state, u: changedAt }) => ({
    ...{ id: deliveryId(`evt_${id26}`, route), event: `evt_${id26}`, route, target, state, changedAt },
  }));
}

/** An event's record as its detail, with the latest requests that brought it again. */
export function eventDetailOf(
  { id26, fields, body }: Row,
  repeated: { readonly count: number; readonly latest: readonly Repetition[] },
): EventDetail {
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
    tags: Object.entries(meta.t ?? {}).flatMap(([name, values]) =>
      [values].flat().map((value) => ({ name, value: String(value) })),
    ),
    ...(meta.v !== undefined && {
      verified: {
        scheme: meta.v.kind,
        ...(meta.v.provider !== undefined && { provider: meta.v.provider }),
      },
    }),
    ...(meta.e?.by !== undefined && { editedBy: meta.e.by }),
    // What is counted in the record ends when it is sealed; what is noted may be a little late.
    duplicates: Math.max(Number(fields["u"] ?? 0), repeated.count),
    repetitions: repeated.latest,
    deliveries: deliveries.map((delivery, at) => deliveryDetailOf(delivery, metas[at]!, fields)),
  };
}

/** The request of an event's record, its body as the bytes that came. */
export function requestIn({ id26, fields, body }: Row): KeptRequest {
  const meta = JSON.parse(fields["m"]!) as EventMeta;
  const { source, type, receivedAt } = listedOf(id26, meta, body.length, []);
  const { method, path, query, headers } = meta.c;
  return { id: `evt_${id26}`, source, type, receivedAt, method, path, query, headers, body };
}

/** A delivery's detail from its event's record; undefined where the event has no such delivery. */
export function deliveryDetailIn(id: DeliveryId, { fields, id26, body }: Row): DeliveryDetail | undefined {
  const metas = deliveriesIn(fields);
  const meta = JSON.parse(fields["m"]!) as EventMeta;
  const { deliveries } = listedOf(id26, meta, body.length, metas);
  // By the route's part: the event's may be another name of it.
  const at = deliveries.findIndex((delivery) => delivery.id.slice(30) === id.slice(30));
  return at < 0 ? undefined : deliveryDetailOf(deliveries[at]!, metas[at]!, fields);
}

function deliveryDetailOf(
  listed: ListedDelivery,
  { z, y, w, l, j, p }: DeliveryMeta,
  fields: Fields,
): DeliveryDetail {
  const line = l === undefined ? undefined : readLineId(l);
  const made = fields[`p:${listed.id.slice(30)}`];
  const isGivenUp = listed.state === "discarded";
  return {
    ...listed,
    attemptList: attemptsIn(fields, listed.id, isGivenUp ? undefined : y),
    ...(made !== undefined && { result: JSON.parse(made) as unknown }),
    ...(z !== undefined && { resultBytes: z }),
    ...(isGivenUp && { discarded: { by: y ?? "", at: listed.changedAt, reason: w ?? "" } }),
    ...(l !== undefined && line && { line: { id: l, rule: line.rule, key: line.key } }),
    ...(j !== undefined && { batch: j }),
    ...(p !== undefined && { supersededBy: p }),
  };
}

/** The attempts of a delivery, oldest first. `by`: who wished its replay, which stands with the last attempt that it led to. */
export function attemptsIn(fields: Fields, id: DeliveryId, by?: string): KeptAttempt[] {
  const prefix = `a:${id.slice(30)}:`;
  const attempts = Object.entries(fields)
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, text]) => ({ number: Number(name.slice(prefix.length)), text }))
    .sort((a, b) => a.number - b.number)
    .map(({ text }) => JSON.parse(text) as Attempt);
  const last = attempts.at(-1);
  return by === undefined || last?.trigger !== "replay"
    ? attempts
    : [...attempts.slice(0, -1), { ...last, by }];
}

/** The event's 26 characters in the id of an event or of a delivery. */
export function id26Of(id: string): string {
  return (id.startsWith("dlv_") ? eventOf(id as DeliveryId) : id).slice(4);
}
