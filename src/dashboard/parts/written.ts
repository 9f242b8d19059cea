/** How times, spans, numbers and sizes are written. Pure: what is not known comes as an argument. */

/** `2026-03-01 12:30:05.123 +01:00`; `UTC` with an offset of 0. */
export function exactIn(ms: number, offsetMinutes: number): string {
  const there = new Date(ms + offsetMinutes * 60_000);
  if (Number.isNaN(there.getTime())) return "an unknown time";
  const text = there.toISOString().slice(0, 23).replace("T", " ");
  if (offsetMinutes === 0) return `${text} UTC`;
  const two = (value: number): string => String(Math.floor(value)).padStart(2, "0");
  const apart = Math.abs(offsetMinutes);
  return `${text} ${offsetMinutes < 0 ? "-" : "+"}${two(apart / 60)}:${two(apart % 60)}`;
}

const UNITS = [
  [86_400, "d"],
  [3_600, "h"],
  [60, "min"],
  [1, "s"],
] as const;

/** `5 s`, `3 min`, `2 h 10 min`, `4 d`; the second unit only below ten of the first. */
export function span(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const index = UNITS.findIndex(([size]) => whole >= size);
  const [size, unit] = UNITS[index] ?? [1, "s"];
  const count = Math.floor(whole / size);
  const [smaller, smallerUnit] = UNITS[index + 1] ?? [0, ""];
  const rest = smaller > 1 && count < 10 ? Math.floor((whole % size) / smaller) : 0;
  return `${count} ${unit}${rest > 0 ? ` ${rest} ${smallerUnit}` : ""}`;
}

/** Of retries that fire later than in a day no more is known: they are counted up to a time that is further away than this. */
const OPEN_SECONDS = 2 * 86_400;

/** When the first of some retries that fire up to a time fires at the latest; undefined where that is not known. */
export function firstDue(upTo: string, now: number): string | undefined {
  const seconds = (Date.parse(upTo) - now) / 1_000;
  return seconds > OPEN_SECONDS ? undefined : `the first within ${span(seconds)}`;
}

/** What is so little ahead has happened already: by the router's clock, or since the page looked at its own. */
const AHEAD_SECONDS = 6;

/** `3 min ago`, `just now`, `in 2 h`. */
export function relative(secondsAgo: number): string {
  if (secondsAgo < -AHEAD_SECONDS) return `in ${span(-secondsAgo)}`;
  return secondsAgo < 3 ? "just now" : `${span(secondsAgo)} ago`;
}

/** Milliseconds as `0.4 ms`, `12 ms`, `1.25 s`, `2 min`. */
export function millis(ms: number): string {
  if (ms < 10) return `${Math.round(ms * 10) / 10} ms`;
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1_000).toFixed(2)} s`;
  return span(ms / 1_000);
}

/** `12 B`, `4.2 KB`, `450 MB`. */
export function bytes(count: number): string {
  if (count < 1_000) return `${count} B`;
  const step = Math.min(4, Math.floor(Math.log10(count) / 3));
  const value = count / 1_000 ** step;
  return `${value >= 100 ? Math.round(value) : Math.round(value * 10) / 10} ${["B", "KB", "MB", "GB", "TB"][step]}`;
}

const GROUPED = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

/** `12,345`; parts only to one place. */
export function grouped(value: number): string {
  return GROUPED.format(value);
}
