/**
 * When a target may be called again, by its own headers: `Retry-After` (RFC 9110 § 10.2.3), `RateLimit` (the IETF's draft, as
 * it is and as it was), `X-RateLimit-*` as they are used. Pure. What cannot be read says nothing.
 */
import { parseHttpDate } from "./http-date.ts";

/** A target's wish to be left alone. */
export interface Advice {
  /** ms from now, over 0. */
  readonly waitMs: number;
  /** The header that says so. */
  readonly header: string;
}

type Headers = Readonly<Record<string, string>>;

/** A target's clock is believed to be off by so much; a date further away is nonsense. */
const MAX_SKEW_MS = 86_400_000;
/** A number from here on is a moment in epoch seconds, from the second on in ms; a smaller one counts seconds from now. */
const EPOCH_SECONDS = 1e9;
const EPOCH_MS = 1e12;

/** Names under which remaining and reset are told, of the same family each. */
const PAIRS: readonly (readonly [remaining: string, reset: readonly string[]])[] = [
  ["ratelimit-remaining", ["ratelimit-reset"]],
  ["x-ratelimit-remaining", ["x-ratelimit-reset-after", "x-ratelimit-reset"]],
  ["x-rate-limit-remaining", ["x-rate-limit-reset"]],
  ["x-ratelimit-remaining-requests", ["x-ratelimit-reset-requests"]],
];

/** What an answer's headers ask for, at most `maxMs`; undefined where they ask for nothing. `now` in epoch ms. */
export function adviceOf(status: number, headers: Headers, now: number, maxMs: number): Advice | undefined {
  const found = [...asked(status, headers, now), ...used(headers, now)].filter(({ waitMs }) => waitMs > 0);
  if (found.length === 0) return undefined;
  const longest = found.reduce((one, other) => (other.waitMs > one.waitMs ? other : one));
  const waitMs = Math.min(maxMs, Math.ceil(longest.waitMs));
  return waitMs > 0 ? { waitMs, header: longest.header } : undefined;
}

/**
 * `Retry-After` in whole seconds where it is a date: reckoned from the `Date` of the same answer, so that a clock that is
 * wrong on either side does no harm. As it came where it is none.
 */
export function retryAfterOf(headers: Headers, now: number): string | undefined {
  const value = headers["retry-after"];
  if (value === undefined || /^\s*\d/.test(value)) return value;
  const date = parseHttpDate(value.trim(), now);
  return date === undefined
    ? value
    : String(Math.max(0, Math.ceil((date - targetsNow(headers, now)) / 1000)));
}

/** 429 and 503 say when to come again; of other answers `Retry-After` is not about the target as a whole. */
function asked(status: number, headers: Headers, now: number): Advice[] {
  if (status !== 429 && status !== 503) return [];
  const text = retryAfterOf(headers, now)?.trim() ?? "";
  return /^\d+(\.\d+)?$/.test(text) ? [{ waitMs: Number(text) * 1000, header: "Retry-After" }] : [];
}

/** Where nothing remains: until it is reset. */
function used(headers: Headers, now: number): Advice[] {
  const found: Advice[] = [];
  const structured = headers["ratelimit"];
  if (structured !== undefined) found.push(...policies(structured));
  for (const [remaining, resets] of PAIRS) {
    const left = headers[remaining];
    if (left === undefined || !/^\s*0+(\.0*)?\s*$/.test(left)) continue;
    const reset = resets.find((name) => headers[name] !== undefined);
    const waitMs = reset === undefined ? undefined : untilReset(headers[reset]!, headers, now);
    if (waitMs !== undefined) found.push({ waitMs, header: remaining });
  }
  return found;
}

/** `"default";r=0;t=30, "day";r=5;t=3600`, and the draft's former `limit=100, remaining=0, reset=30`. */
function policies(text: string): Advice[] {
  const former = /(?:^|[,;\s])remaining=(\d+)/i.exec(text);
  const reset = /(?:^|[,;\s])reset=(\d+(?:\.\d+)?)/i.exec(text);
  if (former && reset)
    return Number(former[1]) === 0 ? [{ waitMs: Number(reset[1]) * 1000, header: "RateLimit" }] : [];
  return text.split(",").flatMap((policy) => {
    const left = /;\s*r=(\d+)/.exec(policy);
    const seconds = /;\s*t=(\d+(?:\.\d+)?)/.exec(policy);
    if (!left || !seconds || Number(left[1]) > 0) return [];
    return [{ waitMs: Number(seconds[1]) * 1000, header: "RateLimit" }];
  });
}

/** ms until a reset: seconds from now, a moment in epoch seconds or ms, a date, or `1m30s`. */
function untilReset(value: string, headers: Headers, now: number): number | undefined {
  const text = value.trim();
  if (/^\d+(\.\d+)?$/.test(text)) {
    const number = Number(text);
    if (number < EPOCH_SECONDS) return number * 1000;
    return (number < EPOCH_MS ? number * 1000 : number) - targetsNow(headers, now);
  }
  const span = /^(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+)ms)?$/.exec(text);
  if (text !== "" && span !== null) {
    const [hours = 0, minutes = 0, seconds = 0, ms = 0] = span.slice(1).map((part) => Number(part ?? 0));
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + ms;
  }
  const iso = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text) ? Date.parse(text) : NaN;
  const date = Number.isNaN(iso) ? parseHttpDate(text, now) : iso;
  return date === undefined ? undefined : date - targetsNow(headers, now);
}

/** The target's own time, by its `Date`: whole seconds that have begun, so that what follows is never too short. */
function targetsNow(headers: Headers, now: number): number {
  const date = parseHttpDate(headers["date"]?.trim() ?? "", now);
  return date === undefined || Math.abs(date - now) > MAX_SKEW_MS ? now : date;
}
