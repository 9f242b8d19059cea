/**
 * Which trace an event belongs to, by W3C Trace Context: the sender's, or one whose id is the event's. It is read off the event alone,
 * so that every process says the same and nothing more is stored. Pure.
 */
import { hash } from "node:crypto";
import type { DeliveryId } from "./delivery.ts";
import type { EventContext, EventId, Headers } from "./event.ts";
import { uuidOf } from "./ids.ts";

/** A trace as an event is a part of it. */
export interface TraceContext {
  /** 32 hex digits. */
  readonly traceId: string;
  /** The sender's span, 16 hex digits; absent where it told none. */
  readonly parentId?: string;
  /** The sender's flags; absent where it told none. */
  readonly flags?: number;
  /** `tracestate` as the sender told it. */
  readonly state?: string;
}

/** Bit of the flags: whoever came before records this trace. */
const SAMPLED = 1;
/** `tracestate` beyond it may be dropped (W3C § 3.3.1.5); what is no printable ASCII cannot be a header that all would take. */
const STATE = /^[\x20-\x7e]{1,512}$/;
/** Version, trace id, parent id, flags; what a later version appends is not ours (§ 3.2, § 4.3). */
const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** The trace that a `traceparent` names; undefined where it is none that counts. */
export function traceIn(headers: Headers): Required<Omit<TraceContext, "state">> | undefined {
  const text = headers["traceparent"];
  if (text === undefined) return undefined;
  const [, version, traceId = "", parentId = "", flags = "", more] = TRACEPARENT.exec(text) ?? [];
  if (traceId === "" || /^0+$/.test(traceId) || /^0+$/.test(parentId)) return undefined;
  if (version === "00" && more !== undefined) return undefined;
  return { traceId, parentId, flags: Number.parseInt(flags, 16) };
}

/** The trace of an event. */
export function traceOf({ id, headers }: Pick<EventContext, "id" | "headers">): TraceContext {
  const sent = traceIn(headers);
  if (sent === undefined) return { traceId: uuidOf(id) };
  const state = headers["tracestate"];
  return { ...sent, ...(state !== undefined && STATE.test(state) && { state }) };
}

/** What the sender wishes; undefined where it wishes nothing. */
export function wishOf({ flags }: TraceContext): boolean | undefined {
  return flags === undefined ? undefined : (flags & SAMPLED) === SAMPLED;
}

/** The header by which the next one continues the trace under a span. */
export function traceparentOf(
  { traceId, flags = 0 }: TraceContext,
  spanId: string,
  sampled: boolean,
): string {
  const said = (flags & ~SAMPLED) | (sampled ? SAMPLED : 0);
  return `00-${traceId}-${spanId}-${said.toString(16).padStart(2, "0")}`;
}

/** The span of an event's acceptance: the same wherever it is asked for. */
export function acceptSpanId(event: EventId): string {
  return spanId(event);
}

/** The span of a turn of a delivery; `nth` counts its attempts in all its runs, from 1. */
export function deliverSpanId(delivery: DeliveryId, nth: number): string {
  return spanId(`${delivery}/${nth}`);
}

/** The span of what an attempt did first: filter, schemas, rule. */
export function transformSpanId(delivery: DeliveryId, nth: number): string {
  return spanId(`${delivery}/${nth}/transform`);
}

/** The span of the call to the target: the one that its `traceparent` names. */
export function attemptSpanId(delivery: DeliveryId, nth: number): string {
  return spanId(`${delivery}/${nth}/attempt`);
}

function spanId(of: string): string {
  return hash("sha256", of).slice(0, 16);
}
