/** The history's rows as the API's shapes: times as text, held deliveries, links into schemas; nothing that is not declared. */
import type { Attempt } from "../core/delivery.ts";
import { partPath } from "../core/reply.ts";
import type { DeadCause, DeliveryDetail, ListedDelivery, ListedEvent } from "../history.ts";
import { suggestedAction } from "./dead-actions.ts";
import type * as shapes from "./shapes/deliveries.ts";

/** Is the target paused, or its breaker open? */
export type Paused = (target: string) => boolean;

/** Epoch ms as ISO 8601. */
export function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}

/** Where the page of a schema's part is; undefined where no schema is named. */
export function schemaLink(schema: string | undefined, pointer: string | undefined): { schema?: string } {
  return schema === undefined ? {} : { schema: partPath({ name: schema, pointer: pointer ?? "" }) };
}

/** What is open for a target that is paused or whose breaker is open is held, as is what waits for a person. */
export function stateOf(delivery: ListedDelivery, paused: Paused): shapes.ListedDelivery["state"] {
  const open = delivery.state === "pending" || delivery.state === "retrying";
  return open && paused(delivery.target) ? "held" : delivery.state;
}

export function shownDelivery(delivery: ListedDelivery, paused: Paused): shapes.ListedDelivery {
  const { id, event, source, type, route, target, attempts, receivedAt, changedAt } = delivery;
  const { dueAt, waitsFor, status, code, cause, rule, hold } = delivery;
  return {
    ...{ id, event, source, type, route, target, state: stateOf(delivery, paused) },
    ...{ attempts, receivedAt, changedAt },
    ...(dueAt !== undefined && { dueAt }),
    ...(waitsFor !== undefined && { waitsFor }),
    ...(status !== undefined && { status }),
    ...(code !== undefined && { code }),
    ...(cause !== undefined && { cause }),
    ...(rule !== undefined && { rule }),
    ...(hold !== undefined && { hold }),
  };
}

export function shownEvent(event: ListedEvent, paused: Paused): shapes.ListedEvent {
  const { id, source, type, receivedAt, state, bytes, deliveries, replayOf } = event;
  return {
    ...{ id, source, type, receivedAt, state, bytes },
    deliveries: deliveries.map((delivery) => shownDelivery(delivery, paused)),
    ...(replayOf !== undefined && { replayOf }),
  };
}

/** An attempt as the history has it; `by` where a person wished it. */
type Kept = Attempt & { readonly by?: string };

export function shownAttempt(attempt: Kept): shapes.Attempt {
  const { number, trigger, startedAt, durationMs, timings, request, status, answer, error, by } = attempt;
  const { lookups, transform } = attempt;
  const { waitMs, ruleMs, headMs, bodyMs } = timings;
  return {
    ...{ number, trigger, startedAt: isoOf(startedAt), durationMs: fromZero(durationMs) },
    timings: {
      waitMs: fromZero(waitMs),
      ruleMs: fromZero(ruleMs),
      ...(headMs !== undefined && { headMs: fromZero(headMs) }),
      ...(bodyMs !== undefined && { bodyMs: fromZero(bodyMs) }),
    },
    ...(request !== undefined && {
      request: { method: request.method, url: request.url.replace(/\?.*$/s, ""), bytes: request.bytes },
    }),
    ...(transform !== undefined && { transform }),
    ...(lookups !== undefined && { lookups: [...lookups] }),
    ...(status !== undefined && { status }),
    ...(answer !== undefined && { answer }),
    ...(error !== undefined && {
      error: { code: error.code, detail: error.detail, ...schemaLink(error.schema, error.pointer) },
    }),
    ...(by !== undefined && { by }),
  };
}

/** The store's clock and a machine's differ by a little: what took no time may seem to have taken less. */
function fromZero(ms: number): number {
  return Math.max(0, ms);
}

export function shownDetail(detail: DeliveryDetail, paused: Paused): shapes.DeliveryDetail {
  const { attemptList, result, resultBytes, discarded, line, batch, supersededBy } = detail;
  return {
    ...shownDelivery(detail, paused),
    attemptList: attemptList.map(shownAttempt),
    ...(result !== undefined && { result }),
    ...(resultBytes !== undefined && { resultBytes }),
    ...(discarded !== undefined && {
      discarded: { by: discarded.by, at: discarded.at, reason: discarded.reason },
    }),
    ...(line !== undefined && { line: { rule: line.rule, key: line.key } }),
    ...(batch !== undefined && { batch }),
    ...(supersededBy !== undefined && { supersededBy }),
  };
}

/** Causes of dead letters with what is usually done about each, the latest death first. */
export function shownCauses(causes: readonly DeadCause[]): shapes.DeadCause[] {
  const sorted = [...causes].sort((a, b) => (a.lastAt < b.lastAt ? 1 : -1));
  return sorted.map((cause) => shownCause(cause, suggestedAction(cause)));
}

function shownCause(cause: DeadCause, action: string): shapes.DeadCause {
  const { id, target, route, status, code, answer, schema, pointer, count } = cause;
  const { firstAt, lastAt, trend, sample } = cause;
  return {
    ...{ id, target, route, code, count, firstAt, lastAt, trend: [...trend], sample, action },
    ...(status !== undefined && { status }),
    ...(answer !== undefined && { answer }),
    ...schemaLink(schema, pointer),
  };
}
