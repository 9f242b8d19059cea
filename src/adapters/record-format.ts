/** What the record's texts hold: short keys, since they are kept by the million. */
import { readBody } from "../core/body.ts";
import type { DeliveryId, DeliveryState, Trigger } from "../core/delivery.ts";
import type { BodyKind, EventContext } from "../core/event.ts";
import { eventOf } from "../core/ids.ts";
import type { Recorded } from "../ports.ts";

/** What is kept of an event besides its body. */
export interface EventMeta {
  readonly c: EventContext;
  readonly k: BodyKind;
  /** "quarantined" where it was kept without being dispatched. */
  readonly q?: "quarantined";
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
  /** Code of the error that ended it. */
  readonly c?: string;
}

/** A delivery's record from its hash's fields m, b and `d:<tag>`; undefined where one is missing. */
export function recordedOf(
  id: DeliveryId,
  [meta, body, delivery]: readonly (Buffer | null)[],
): Recorded | undefined {
  if (!meta || !body || !delivery) return undefined;
  const { c: context, k: contentType } = JSON.parse(meta.toString()) as EventMeta;
  const of = JSON.parse(delivery.toString()) as DeliveryMeta;
  return {
    delivery: { id, event: eventOf(id), route: of.r, target: of.t },
    state: of.s,
    attempts: of.n,
    attemptsEver: of.k,
    trigger: of.g,
    ...(of.x !== undefined && { dueAt: of.x }),
    context,
    contentType,
    payload: readBody(body, contentType),
  };
}
