/** The request that a delivery makes: the target's URL, headers and credentials, the router's own headers, the body. */
import { SignalboxError } from "../core/errors.ts";
import { HOPS_HEADER, hopsIn } from "../core/happening.ts";
import { askedUrl, type Ask } from "../core/lookup.ts";
import { attemptSpanId, traceOf, traceparentOf, wishOf } from "../core/trace-context.ts";
import { asItIs } from "../formats/encode.ts";
import type { Written } from "../formats/written.ts";
import type { OutboundRequest, Recorded, Tracing } from "../ports.ts";
import type { Target } from "../rules/workspace.ts";

/** What is wanted of a call besides what the target's file says. */
export interface Wanted {
  /** How much of the answer is kept. */
  readonly keep?: NonNullable<OutboundRequest["keep"]>;
  /** Instead of the target's own `timeoutSeconds`. */
  readonly timeoutMs?: number;
  /** What a lookup adds; then an undefined result is no body. */
  readonly ask?: Ask;
  /** Who says whether the trace is recorded. */
  readonly tracing?: Tracing | undefined;
}

/**
 * Builds the request for a result, for an attempt at `now` (epoch ms). Throws FORWARD_URL_INVALID or _REQUEST_INVALID where
 * a part of a template yields no text, FORWARD_BODY_INVALID and FORWARD_CREDENTIAL_UNUSABLE.
 */
export async function buildRequest(
  recorded: Recorded,
  target: Target,
  result: unknown,
  now: number,
  { keep, timeoutMs, ask, tracing }: Wanted = {},
): Promise<OutboundRequest> {
  const composed = await compose(recorded, target, result, { ask });
  const request: OutboundRequest = {
    timeoutMs: timeoutMs ?? target.file.timeoutSeconds * 1000,
    ...composed,
    headers: { accept: "", ...composed.headers, ...ownHeaders(recorded, now, tracing) },
    ...(keep !== undefined && { keep }),
    ...(target.tls !== undefined && { tls: target.tls }),
    ...(target.fetched !== undefined && { credential: target.fetched }),
  };
  return target.sign === undefined ? request : target.sign(request, now);
}

/** What is the same at every attempt: method, URL, the target's headers and the body. */
export type Composed = Pick<OutboundRequest, "method" | "url" | "headers" | "body">;

/** A request without what differs at each attempt. `plainly`: its body is not signed, encrypted or compressed; `ask`: see `Wanted`. */
export async function compose(
  recorded: Recorded,
  target: Target,
  result: unknown,
  { plainly = false, ask }: { readonly plainly?: boolean; readonly ask?: Ask | undefined } = {},
): Promise<Composed> {
  const { method } = target.file;
  const bodiless = method === "GET" || method === "DELETE" || (ask !== undefined && result === undefined);
  const url = await atTarget(target, target.url.render(recorded.payload, recorded.context));
  const written = bodiless ? undefined : await write(recorded, target, result, plainly);
  return {
    method,
    url: ask === undefined ? url : askedUrl(url, ask),
    headers: {
      accept: "*/*",
      "user-agent": "signalbox",
      ...written?.headers,
      ...ask?.headers,
      ...target.headers,
      ...(target.texts.length > 0 && (await atTarget(target, rendered(recorded, target)))),
    },
    body: written?.bytes,
  };
}

/** Text as text and everything else as JSON, unless the target has a format. */
function write(
  { delivery, payload, context }: Recorded,
  target: Target,
  result: unknown,
  plainly: boolean,
): Written | Promise<Written> {
  const { jws, jwe, compress } = target.file;
  const isWrapped = jws !== undefined || jwe !== undefined || compress !== undefined;
  if (target.encode === undefined || (plainly && isWrapped)) return asItIs(result);
  return atTarget(target, target.encode(result, { delivery: delivery.id, payload, context }));
}

/** An expression's error says where in its text; whose text it is is known here. */
async function atTarget<T>({ name }: Target, made: T | Promise<T>): Promise<T> {
  try {
    return await made;
  } catch (cause) {
    if (!(cause instanceof SignalboxError) || !/^(?:line \d|a part)/.test(cause.detail)) throw cause;
    throw new SignalboxError(cause.code, `Target \`${name}\`, ${cause.detail.replace(/\.$/, "")}.`, {
      cause,
    });
  }
}

/** Headers with parts. What is not ASCII goes out as UTF-8 (RFC 9110 § 5.5: opaque to HTTP). */
async function rendered({ payload, context }: Recorded, { texts }: Target): Promise<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const [name, text] of texts)
    headers[name] = Buffer.from(await text.render(payload, context)).toString("latin1");
  return headers;
}

/** The same on every attempt, but for the attempt's number, time and span: a target can know a repetition by them. */
function ownHeaders(
  { delivery, attempts, attemptsEver, context }: Recorded,
  now: number,
  tracing: Tracing | undefined,
): Record<string, string> {
  // Continues the sender's trace, or begins one whose id is the event's.
  const trace = traceOf(context);
  const sampled = tracing?.isSampled(trace) ?? wishOf(trace) ?? true;
  return {
    "webhook-id": delivery.id,
    "idempotency-key": delivery.id,
    "webhook-timestamp": String(Math.floor(now / 1000)),
    "signalbox-event": delivery.event,
    "signalbox-attempt": String(attempts + 1),
    [HOPS_HEADER]: String(hopsIn(context.headers) + 1),
    traceparent: traceparentOf(trace, attemptSpanId(delivery.id, attemptsEver + 1), sampled),
    ...(trace.state !== undefined && { tracestate: trace.state }),
  };
}
