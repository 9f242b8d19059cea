/** The request that a delivery makes: the target's URL, headers and credentials, the router's own headers, the body. */
import { hash } from "node:crypto";
import { exactText } from "../core/big-integers.ts";
import type { EventId } from "../core/event.ts";
import { uuidOf } from "../core/ids.ts";
import type { OutboundRequest, Recorded } from "../ports.ts";
import type { Target } from "../rules/workspace.ts";

/** Builds the request for a result, for an attempt at `now` (epoch ms). Throws FORWARD_URL_INVALID when a part of the URL's template yields no text. */
export async function buildRequest(
  recorded: Recorded,
  target: Target,
  result: unknown,
  now: number,
): Promise<OutboundRequest> {
  const { method, headers, auth, timeoutSeconds } = target.file;
  const bodiless = method === "GET" || method === "DELETE";
  const body = bodiless
    ? undefined
    : Buffer.from(typeof result === "string" ? result : (exactText(result) ?? JSON.stringify(result)));
  const type = typeof result === "string" ? "text/plain; charset=utf-8" : "application/json";
  return {
    method,
    url: await target.url.render(recorded.payload, recorded.context),
    headers: {
      accept: "*/*",
      "user-agent": "signalbox",
      ...(body && { "content-type": type }),
      ...lowerCased(headers),
      ...credentials(auth),
      ...ownHeaders(recorded, now),
    },
    body,
    timeoutMs: timeoutSeconds * 1000,
  };
}

/** The same on every attempt, but for the attempt's number and time: a target can know a repetition by them. */
function ownHeaders({ delivery, attempts, context }: Recorded, now: number): Record<string, string> {
  return {
    "webhook-id": delivery.id,
    "idempotency-key": delivery.id,
    "webhook-timestamp": String(Math.floor(now / 1000)),
    "signalbox-event": delivery.event,
    "signalbox-attempt": String(attempts + 1),
    traceparent: traceparent(context.headers["traceparent"], delivery.event, delivery.id),
  };
}

/** Continues the sender's trace, or begins one whose id is the event's. W3C Trace Context § 3.2. */
function traceparent(received: string | undefined, event: EventId, delivery: string): string {
  const sent = /^00-([0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})$/.exec(received ?? "");
  const trace = sent?.[1] !== undefined && !/^0+$/.test(sent[1]) ? sent[1] : uuidOf(event);
  const span = hash("sha256", delivery).slice(0, 16);
  return `00-${trace}-${span}-${sent?.[2] ?? "01"}`;
}

function credentials(auth: Target["file"]["auth"]): Record<string, string> {
  if (auth === undefined) return {};
  if (auth.type === "bearer") return { authorization: `Bearer ${auth.token}` };
  if (auth.type === "header") return { [auth.name.toLowerCase()]: auth.value };
  return { authorization: `Basic ${Buffer.from(`${auth.user}:${auth.password}`).toString("base64")}` };
}

function lowerCased(headers: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
}
