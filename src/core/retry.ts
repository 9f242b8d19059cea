/** When to call a target again, and when not: pure arithmetic over what an attempt brought. */
import { parseHttpDate } from "./http-date.ts";
import type { TargetFile } from "./target.ts";

/** The bounds of a target's `retry`. */
type RetryPolicy = Pick<TargetFile["retry"], "firstDelaySeconds" | "maxDelaySeconds">;

/** No target's wish parks a delivery for longer than this, in ms: a day. */
const RETRY_AFTER_CAP_MS = 86_400_000;

/** The least part of a delay that jitter leaves; and the most that it adds to a wait that was asked for. */
const FLOOR = 0.1;

/**
 * ms to wait after attempt `attempt` (from 1) failed: exponential with full jitter, uniform between a tenth and all
 * of min(max, first · 2^(attempt − 1)). `random` is within 0..1. The tenth: a target that just failed is never
 * called again at once, and a clamp there instead would bunch a tenth of all deliveries at one moment.
 */
export function retryDelayMs(attempt: number, policy: RetryPolicy, random: number): number {
  const span =
    Math.min(policy.maxDelaySeconds, policy.firstDelaySeconds * 2 ** (Math.max(1, attempt) - 1)) * 1000;
  return Math.ceil(span * (FLOOR + (1 - FLOOR) * random));
}

/**
 * ms that a `Retry-After` asks to wait, a whole number within 0..`capMs`; undefined where it says nothing that can be
 * read. Seconds (RFC 9110 § 10.2.3; a fraction, which some servers send, is rounded up) or an HTTP-date; a past one is 0.
 */
export function parseRetryAfter(
  header: string | undefined,
  nowMs: number,
  capMs: number = RETRY_AFTER_CAP_MS,
): number | undefined {
  const text = header?.trim() ?? "";
  const date = /^\d+(\.\d+)?$/.test(text) ? nowMs + Number(text) * 1000 : parseHttpDate(text, nowMs);
  return date === undefined ? undefined : Math.min(capMs, Math.max(0, Math.ceil(date - nowMs)));
}

/** What a target's status means for the delivery: 2xx is delivered; 408, 425, 429 and 5xx may pass; the rest will not. */
export function verdictOfStatus(status: number): "delivered" | "retry" | "dead" {
  if (status >= 200 && status < 300) return "delivered";
  return status === 408 || status === 425 || status === 429 || status >= 500 ? "retry" : "dead";
}

/**
 * ms to wait after a failed attempt: the backoff or what `retryAfter` (the header as it came) asks, whichever is longer.
 * Never less than was asked, and up to a tenth more, so that those who were told the same second do not all come in it.
 */
export function retryWaitMs(
  attempt: number,
  policy: RetryPolicy,
  retryAfter: string | undefined,
  nowMs: number,
  random: number,
): number {
  const asked = parseRetryAfter(retryAfter, nowMs) ?? 0;
  return Math.max(retryDelayMs(attempt, policy, random), Math.round(asked * (1 + FLOOR * random)));
}
