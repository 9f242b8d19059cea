/** trace: what steps took becomes spans, once they are over; nothing where nobody asked for traces, or this one is not recorded. */
import type { Outcome } from "../core/delivery.ts";
import { errorTable, type SignalboxError } from "../core/errors.ts";
import type { Request } from "../core/event.ts";
import { OWN_SOURCE } from "../core/happening.ts";
import type { Span, SpanAttributes } from "../core/span.ts";
import {
  acceptSpanId,
  attemptSpanId,
  deliverSpanId,
  traceIn,
  traceOf,
  transformSpanId,
  type TraceContext,
} from "../core/trace-context.ts";
import type { Ports, Recorded } from "../ports.ts";
import type { AcceptedEvent } from "./accept.ts";
import type { Dispatched } from "./dispatch.ts";
import type { Forwarded } from "./forward.ts";

/** The method of a schedule's events: like the router's own, nobody posted them. */
const OWN_METHOD = "TICK";
/** Errors of this step; what others failed by is told by their own spans. */
const OF_THE_RULE = /^(TRANSFORM|CHAIN|DISPATCH)_/;

/** A span `accept` for each event of a request, from its arrival until it was stored. */
export function traceAccepted(
  request: Pick<Request, "method" | "path" | "arrivedAt" | "body">,
  events: readonly AcceptedEvent[],
  dispatched: readonly Dispatched[],
  { tracing, clock }: Pick<Ports, "tracing" | "clock">,
): void {
  if (tracing === undefined) return;
  const endedAt = clock.now();
  const startedAt = begunAt(request, endedAt);
  events.forEach(({ event: { context }, quarantine }, at) => {
    const trace = traceOf(context);
    if (!tracing.isSampled(trace)) return;
    const { id, duplicate, deliveries } = dispatched[at]!;
    tracing.record({
      ...partOf(trace),
      ...{ name: "accept", kind: "server", spanId: acceptSpanId(context.id), startedAt, endedAt },
      ...(trace.parentId !== undefined && { parentId: trace.parentId }),
      attributes: {
        "http.request.method": request.method,
        "url.path": request.path,
        "http.request.body.size": request.body.length,
        "signalbox.source": context.source,
        "signalbox.type": context.type,
        "signalbox.event": id,
        "signalbox.verdict": duplicate ? "duplicate" : quarantine === undefined ? "accepted" : "quarantined",
        "signalbox.deliveries": deliveries.length,
      },
    });
  });
}

/** A span `accept` for a request that is refused, in the sender's trace or one of its own. Returns what the log says of it. */
export function traceRefused(
  request: Pick<Request, "method"> & Partial<Request>,
  source: string | undefined,
  { code }: Pick<SignalboxError, "code">,
  { tracing, clock, random }: Pick<Ports, "tracing" | "clock" | "random">,
): { readonly traceId?: string } {
  if (tracing === undefined) return {};
  const sent = traceIn(request.headers ?? {});
  const trace: TraceContext = sent ?? { traceId: drawn(random, 16) };
  if (!tracing.isSampled(trace)) return { traceId: trace.traceId };
  const endedAt = clock.now();
  tracing.record({
    ...partOf(trace),
    ...{ name: "accept", kind: "server", spanId: drawn(random, 8) },
    ...{ startedAt: begunAt(request, endedAt), endedAt },
    ...(sent !== undefined && { parentId: sent.parentId }),
    attributes: {
      "http.request.method": request.method,
      ...(source !== undefined && { "signalbox.source": source }),
      "signalbox.verdict": code,
      "error.type": code,
    },
    error: errorTable[code].title,
  });
  return { traceId: trace.traceId };
}

/** The spans of a turn of a worker: `deliver`, and within it `transform` and `attempt`, as far as it came. */
export function traceTurn(
  recorded: Recorded,
  { attempt, transformed, budget }: Forwarded,
  outcome: Outcome,
  { tracing }: Pick<Ports, "tracing">,
): void {
  if (tracing === undefined) return;
  const { delivery, context, attemptsEver } = recorded;
  const trace = traceOf(context);
  if (!tracing.isSampled(trace)) return;
  const nth = attemptsEver + 1;
  const { startedAt, durationMs, timings, request, status, error } = attempt;
  const endedAt = startedAt + durationMs;
  const of = { "signalbox.delivery": delivery.id, "signalbox.route": delivery.route };
  const mine = { ...partOf(trace), parentId: deliverSpanId(delivery.id, nth) };
  const failed = error !== undefined && { error: `${error.code}: ${error.detail}` };
  const typed: SpanAttributes = error === undefined ? {} : { "error.type": error.code };
  const isRules = error !== undefined && OF_THE_RULE.test(error.code);
  tracing.record({
    ...partOf(trace),
    ...{ name: "deliver", kind: "consumer", spanId: deliverSpanId(delivery.id, nth), startedAt, endedAt },
    ...parentOf(recorded, trace),
    attributes: {
      ...of,
      "signalbox.event": delivery.event,
      "signalbox.source": context.source,
      "signalbox.type": context.type,
      "signalbox.target": delivery.target,
      "signalbox.trigger": attempt.trigger,
      "signalbox.attempt": attempt.number,
      "signalbox.wait_ms": Math.round(timings.waitMs),
      "signalbox.state": outcome.state,
      ...typed,
    },
    ...(outcome.state === "dead" && failed),
    ...linksOf(recorded),
  });
  const ruledAt = Math.min(endedAt, startedAt + timings.ruleMs);
  if (timings.ruleMs > 0)
    tracing.record({
      ...mine,
      ...{ name: "transform", kind: "internal", spanId: transformSpanId(delivery.id, nth) },
      ...{ startedAt, endedAt: ruledAt },
      attributes: {
        ...of,
        ...(transformed && { "signalbox.rule": transformed.rule }),
        ...(budget !== undefined && { "signalbox.budget_used": Number(budget.toPrecision(3)) }),
        "signalbox.filtered": outcome.state === "filtered",
        ...(isRules && typed),
      },
      ...(isRules && failed),
    });
  if (request === undefined) return;
  const calledMs = timings.bodyMs ?? Math.max(0, endedAt - ruledAt);
  tracing.record({
    ...mine,
    ...{ name: "attempt", kind: "client", spanId: attemptSpanId(delivery.id, nth) },
    ...{ startedAt: Math.max(startedAt, endedAt - calledMs), endedAt },
    attributes: {
      ...of,
      "signalbox.target": delivery.target,
      "http.request.method": request.method,
      ...addressOf(request.url),
      "http.request.body.size": request.bytes,
      ...(attempt.number > 1 && { "http.request.resend_count": attempt.number - 1 }),
      ...(status !== undefined && { "http.response.status_code": status }),
      ...typed,
    },
    ...failed,
  });
}

/** What every span of a trace has. */
function partOf({ traceId, state }: TraceContext): Pick<Span, "traceId" | "state"> {
  return { traceId, ...(state !== undefined && { state }) };
}

/** What was posted goes back to its acceptance; what the router made by itself to what led to it, if anything did. */
function parentOf({ context, editedBy }: Recorded, { parentId }: TraceContext): Pick<Span, "parentId"> {
  if (!isOwn(context) && editedBy === undefined) return { parentId: acceptSpanId(context.id) };
  return parentId === undefined ? {} : { parentId };
}

/** The other events of a batch: each has a trace of its own. */
function linksOf({ context }: Recorded): Pick<Span, "links"> {
  const [, ...others] = context.events ?? [];
  if (others.length === 0) return {};
  return { links: others.map((one) => ({ traceId: traceOf(one).traceId, spanId: acceptSpanId(one.id) })) };
}

function isOwn({ source, method }: Recorded["context"]): boolean {
  return source === OWN_SOURCE || method === OWN_METHOD;
}

/** `url` is without its query, and without secrets. */
function addressOf(url: string): SpanAttributes {
  if (!URL.canParse(url)) return {};
  const { hostname, port, protocol } = new URL(url);
  const usual = protocol === "https:" ? 443 : 80;
  return { "url.full": url, "server.address": hostname, "server.port": port === "" ? usual : Number(port) };
}

/** When it came, by the store's clock. */
function begunAt({ arrivedAt }: Partial<Request>, now: number): number {
  return arrivedAt === undefined ? now : now - Math.max(0, performance.now() - arrivedAt);
}

const drawn = (random: Ports["random"], bytes: number): string =>
  Buffer.from(random.bytes(bytes)).toString("hex");
