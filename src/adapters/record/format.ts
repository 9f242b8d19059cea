/** What the record's texts hold: short keys, since they are kept by the million. Scripts read s, t, f and q by their place. */
import { readBody } from "../../core/body.ts";
import type { Delivery, DeliveryId, DeliveryState, Trigger } from "../../core/delivery.ts";
import type { BodyKind, Event, EventContext, EventId, Tags, Verification } from "../../core/event.ts";
import type { HoldId } from "../../core/hold.ts";
import { eventOf } from "../../core/ids.ts";
import type { Recorded } from "../../ports.ts";
import { bodyIn } from "./stored-body.ts";

/** Rough cost in the store of an event's hash and of what leads to it, besides the texts in it. */
export const OVERHEAD_BYTES = 600;

/** What is kept of an event besides its body. */
export interface EventMeta {
  /** "quarantined" where it was kept without being dispatched. Stands first. */
  readonly q?: "quarantined";
  readonly c: EventContext;
  readonly k: BodyKind;
  /** Bytes of the body, as it was sent; absent in records from before bodies were deflated. */
  readonly l?: number;
  /** The provider's id, how it was verified, tags. */
  readonly i?: string;
  readonly v?: Verification;
  readonly t?: Tags;
  /** An edited replay: of which event, by whom. */
  readonly e?: { readonly of: EventId; readonly by?: string };
}

/** What is kept of a delivery. */
export interface DeliveryMeta {
  readonly r: string;
  readonly t: string;
  readonly s: DeliveryState;
  /** Attempts in this run, and in all runs. */
  readonly n: number;
  readonly k: number;
  readonly g: Trigger;
  /** Epoch ms: last change, and next attempt. */
  readonly u: number;
  readonly x?: number;
  /** What it waits for until then, in words without quotes; absent where that is the retry policy. */
  readonly b?: string;
  /** The channel on which its end is waited for. */
  readonly a?: string;
  /** Code of the error that ended it. */
  readonly c?: string;
  /** 16 hex digits of the cause of its death. */
  readonly f?: string;
  /** HTTP status of the last attempt, version of its route, bytes of what it made. */
  readonly h?: number;
  readonly v?: string;
  /** The version that its present run is made by, where that is not the one in force. */
  readonly i?: string;
  readonly z?: number;
  /** Who had it replayed or discarded, and why. */
  readonly y?: string;
  readonly w?: string;
  /** The line that it stands in; the first delivery of its batch; by which it was superseded. */
  readonly l?: string;
  readonly j?: DeliveryId;
  readonly p?: DeliveryId;
  /** The hold of its present run: waiting, or the approval that its attempts rest on. Scripts read it. */
  readonly o?: HoldId;
}

/** An event's text for field `m`. */
export function metaOf(event: Event, quarantined: boolean): string {
  const { context, contentType, body, providerId, verified, tags, replayOf, editedBy } = event;
  const meta: EventMeta = {
    ...(quarantined && { q: "quarantined" as const }),
    c: context,
    k: contentType,
    l: body.length,
    ...(providerId !== undefined && { i: providerId }),
    ...(verified !== undefined && { v: verified }),
    ...(tags !== undefined && { t: tags }),
    ...(replayOf !== undefined && { e: { of: replayOf, ...(editedBy !== undefined && { by: editedBy }) } }),
  };
  return JSON.stringify(meta);
}

/** A delivery's text as it begins, or begins anew. */
export function pendingOf(
  { route, target, due, answerTo, line }: Delivery,
  now: number,
  again?: { readonly ever: number; readonly by?: string; readonly version?: string },
): string {
  const meta: DeliveryMeta = {
    r: route,
    t: target,
    s: "pending",
    n: 0,
    k: again?.ever ?? 0,
    g: again === undefined ? "initial" : "replay",
    u: now,
    ...(due !== undefined && { x: due.at, b: due.because }),
    ...(answerTo !== undefined && { a: answerTo }),
    ...(again?.by !== undefined && { y: again.by }),
    ...(again?.version !== undefined && { i: again.version }),
    ...(line && { l: line.id }),
  };
  return JSON.stringify(meta);
}

/** What is read of an event to make its deliveries. */
export type EventRead = Pick<Recorded, "context" | "contentType" | "payload" | "editedBy">;

/** An event's context and payload from its hash's fields m and b. */
export function eventIn(meta: Buffer, body: Buffer): EventRead {
  const { c: context, k: contentType, l, e } = JSON.parse(meta.toString()) as EventMeta;
  const payload = readBody(bodyIn(body, l), contentType);
  return e?.by === undefined
    ? { context, contentType, payload }
    : { context, contentType, payload, editedBy: e.by };
}

/** How a delivery stands that has been committed and not begun. */
export const BEGINS = { state: "pending", attempts: 0, attemptsEver: 0, trigger: "initial" } as const;

/**
 * The one place that makes these: whether an event was at hand or is read from the store, what most deliveries have is there and comes
 * first. V8 makes code for the shapes that it has seen, and throws away that of the whole path when another one comes.
 */
export function recorded(
  delivery: Recorded["delivery"],
  { state, attempts, attemptsEver, trigger }: Pick<Recorded, keyof typeof BEGINS>,
  {
    context,
    contentType,
    payload,
    editedBy,
  }: Omit<EventRead, "editedBy"> & { readonly editedBy?: string | undefined },
): Recorded {
  const one = { delivery, state, attempts, attemptsEver, trigger, context, contentType, payload };
  return editedBy === undefined ? one : { ...one, editedBy };
}

/** A delivery's record from its hash's fields m, b and `d:<tag>`; undefined where one is missing. */
export function recordedOf(
  id: DeliveryId,
  [meta, body, delivery]: readonly (Buffer | null)[],
): Recorded | undefined {
  if (!meta || !body || !delivery) return undefined;
  const of = JSON.parse(delivery.toString()) as DeliveryMeta;
  const plain = { id, event: eventOf(id), route: of.r, target: of.t };
  const isPlain = of.l === undefined && of.a === undefined;
  const read = recorded(
    isPlain
      ? plain
      : {
          ...plain,
          ...(of.l !== undefined && { line: { id: of.l, terms: "" } }),
          ...(of.a !== undefined && { answerTo: of.a }),
        },
    { state: of.s, attempts: of.n, attemptsEver: of.k, trigger: of.g },
    eventIn(meta, body),
  );
  const { y: by, x: dueAt, i: version, j: batch, o: hold } = of;
  if (
    by === undefined &&
    dueAt === undefined &&
    version === undefined &&
    batch === undefined &&
    hold === undefined
  )
    return read;
  return {
    ...read,
    ...(by !== undefined && { by }),
    ...(dueAt !== undefined && { dueAt }),
    ...(version !== undefined && { version }),
    ...(batch !== undefined && { batch }),
    ...(hold !== undefined && { hold }),
  };
}
