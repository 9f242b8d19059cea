/** chain: the end of a delivery becomes an event of the source `signalbox`, where a route takes it; it is stored with that end. */
import { createHash } from "node:crypto";
import { readBody } from "../core/body.ts";
import type { Attempt, Outcome } from "../core/delivery.ts";
import type { Event, EventContext } from "../core/event.ts";
import { HOPS_HEADER, OWN_SOURCE, hopsIn } from "../core/happening.ts";
import { eventId } from "../core/ids.ts";
import { deliverSpanId, traceOf, traceparentOf } from "../core/trace-context.ts";
import type { Answer, Commit, Ports, Recorded, Tracing } from "../ports.ts";
import type { Route, Workspace } from "../rules/workspace.ts";
import { deliveryOn } from "./dispatch.ts";
import { timed } from "./due.ts";
import { tagged } from "./tag.ts";

/** Of the body that was delivered, so much goes along. */
const BODY_BYTES = 65_536;
/** Bodies are nested at most 100 levels deep, and what goes along stands some levels down. */
const NESTED = 90;
/** How long an end is known as the same: two workers may both have made the last attempt. */
const ONCE_MS = 24 * 3_600_000;
/** The routes that led to an event, in a header that only own events have. */
const TRAIL_HEADER = "signalbox-trail";

/** The routes that led to an own event, the first one first; none for an event from outside. */
export function trailOf({ source, headers }: Pick<EventContext, "source" | "headers">): readonly string[] {
  const trail = headers[TRAIL_HEADER];
  return source === OWN_SOURCE && trail !== undefined ? trail.split(", ") : [];
}

/** What chains have to know of an attempt. */
interface Ended {
  readonly attempt: Attempt;
  readonly answer?: Answer | undefined;
}

/** True where a route may take the answer of this call: it is read whole then. */
export function isChained(
  { delivery, context }: Pick<Recorded, "delivery" | "context">,
  { takersOf }: Workspace,
): boolean {
  return ["delivery.delivered", "delivery.deviated", "delivery.dead"].some(
    (type) => takersOf({ type, delivery, source: context.source }).length > 0,
  );
}

/**
 * The event of a delivery's end with its deliveries; undefined where no route takes it, where the delivery has not ended, or where
 * it died of a chain that was too long. Never rejects: an end is written down in any case.
 */
export function followedBy(
  recorded: Recorded,
  ended: Ended,
  outcome: Outcome,
  workspace: Workspace,
  ports: Pick<Ports, "clock" | "log" | "tracing">,
): Promise<Commit | undefined> | undefined {
  const { delivery, context } = recorded;
  if (outcome.state === "retrying") return undefined;
  const type = `delivery.${outcome.state}`;
  const takers = workspace.takersOf({ type, delivery, source: context.source });
  if (takers.length === 0 || ended.attempt.error?.code === "CHAIN_TOO_LONG") return undefined;
  const run = recorded.attemptsEver - recorded.attempts;
  const once = `${delivery.id}.${run}.${outcome.state}`;
  const own = {
    ...{ type, subject: delivery.id, at: ports.clock.now(), once },
    hops: hopsIn(context.headers) + 1,
    trail: [...trailOf(context), delivery.route],
    ...(ports.tracing && { traceparent: continued(recorded, ports.tracing) }),
    data: dataOf(recorded, ended, outcome),
  };
  return ownCommit(own, takers, ports).catch((error: unknown) => {
    ports.log.error({ delivery: delivery.id, error: String(error) }, "delivery.unchained");
    return undefined;
  });
}

/** What follows from a delivery belongs to its trace, under the turn that ended it. */
function continued({ delivery, context, attemptsEver }: Recorded, tracing: Tracing): string {
  const trace = traceOf(context);
  return traceparentOf(trace, deliverSpanId(delivery.id, attemptsEver + 1), tracing.isSampled(trace));
}

/** An event of the router's own, before it is one. */
export interface Own {
  readonly type: string;
  readonly subject: string;
  /** Epoch ms. */
  readonly at: number;
  /** The same for what is the same, by which it is made once; as long as `ONCE_MS`. */
  readonly once: string;
  readonly hops: number;
  readonly trail: readonly string[];
  /** Where it belongs to a trace that is followed. */
  readonly traceparent?: string;
  readonly data: object;
}

/** The event with a delivery for each of the routes; its id follows from its time and from `once`. */
export async function ownCommit(
  { type, subject, at, once, hops, trail, traceparent, data }: Own,
  takers: readonly Route[],
  { log }: Pick<Ports, "log">,
): Promise<Commit> {
  const receivedAt = new Date(at).toISOString();
  const payload = { type, subject, at: receivedAt, ...data };
  const id = eventId(at, createHash("sha256").update(once).digest());
  const trailed = trail.length > 0 && { [TRAIL_HEADER]: trail.join(", ") };
  const event: Event = {
    context: {
      ...{ id, source: OWN_SOURCE, type, receivedAt, query: {} },
      headers: {
        ...{ "content-type": "application/json", [HOPS_HEADER]: String(hops), ...trailed },
        ...(traceparent !== undefined && { traceparent }),
      },
      ...{ method: "POST", path: `/hooks/${OWN_SOURCE}` },
    },
    ...{ dedupeKey: once, dedupeMs: ONCE_MS },
    verified: { kind: "own" },
    body: Buffer.from(JSON.stringify(payload)),
    ...{ contentType: "json", payload },
  };
  const tags = takers.flatMap((route) => route.tags);
  const routes = new Map(takers.map((route) => [route.name, route]));
  const deliveries = timed(
    takers.map((route) => deliveryOn(route, event)),
    event,
    { routes },
  );
  return { event: await tagged(event, tags, log), deliveries };
}

/** What the rule of the next route sees: the delivery, what was asked and answered, and the event that it was for. */
function dataOf(recorded: Recorded, { attempt, answer }: Ended, outcome: Outcome): object {
  const { delivery, context, trigger, attemptsEver, by, payload } = recorded;
  const { id, route, target } = delivery;
  const error = outcome.state === "dead" ? { code: outcome.code, detail: outcome.detail } : attempt.error;
  return {
    delivery: {
      ...{ id, route, target, state: outcome.state, attempt: attempt.number, attempts: attemptsEver + 1 },
      ...{ trigger, ...(by !== undefined && { by }) },
    },
    ...(attempt.request && { request: { method: attempt.request.method, url: attempt.request.url } }),
    ...(answer && { answer: answered(answer) }),
    ...(error && { error }),
    event: { ...context, href: `/api/v1/events/${context.id}`, ...bodyOf(payload) },
  };
}

/** The answer, its body as a value where it is JSON. */
function answered({ status, headers, body, cut }: Answer): object {
  return {
    status,
    headers: withoutSecrets(headers),
    body: cut === true ? body : (parsed(body, headers["content-type"]) ?? body),
    ...(cut === true && { cut }),
  };
}

/** JSON as the ingest would read it; undefined for what is none. */
export function parsed(body: string, contentType: string | undefined): unknown {
  if (contentType !== undefined && !/\bjson\b|^text\/plain/i.test(contentType)) return undefined;
  try {
    const value = readBody(Buffer.from(body), "json");
    return isFlat(value, NESTED) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Answers may set cookies and hand out tokens: those are no rule's business. */
function withoutSecrets(headers: Readonly<Record<string, string>>): Record<string, string> {
  const isSafe = (name: string): boolean => !/cookie|auth|token|secret|session|key|signature/i.test(name);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => isSafe(name)));
}

/** A body that is large is left where it is: its event is named. */
function bodyOf(payload: unknown): object {
  const text = JSON.stringify(payload) as string | undefined;
  const goesAlong = text !== undefined && text.length <= BODY_BYTES && isFlat(payload, NESTED);
  return goesAlong ? { body: payload } : { bodyLeft: true };
}

/** True for a value that is nested no deeper, so that it may stand in another. */
function isFlat(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  return levels > 0 && Object.values(value).every((part) => isFlat(part, levels - 1));
}
