/** Times, spans, numbers and sizes as they are written everywhere: short to read, exact on a closer look. */
import { now } from "../shell/ticking.ts";
import { zone, type Zone } from "../shell/choices.ts";

/** `2026-03-01 12:30:05.123` with its zone. */
export function exact(ms: number, where: Zone = zone.value): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return "an unknown time";
  if (where === "UTC") return `${date.toISOString().slice(0, 23).replace("T", " ")} UTC`;
  const two = (value: number): string => String(value).padStart(2, "0");
  const offset = -date.getTimezoneOffset();
  const sign = offset < 0 ? "-" : "+";
  const at = `${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${day} ${clock}.${String(date.getMilliseconds()).padStart(3, "0")} ${sign}${at}`;
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

/** A moment, relative (`3 min ago`) or, with `full`, exact; the other one is its title. */
export function Time({ at, full = false }: { readonly at: string; readonly full?: boolean }) {
  const ms = Date.parse(at);
  const seconds = (now.value - ms) / 1_000;
  const relative = seconds < -2 ? `in ${span(-seconds)}` : seconds < 3 ? "just now" : `${span(seconds)} ago`;
  return (
    <time dateTime={at} title={full ? relative : exact(ms)} class={full ? undefined : "nowrap"}>
      {full ? exact(ms) : relative}
    </time>
  );
}

/** How old something is: `1 h 27 min`; the exact moment is its title. */
export function Age({ at }: { readonly at: string }) {
  const ms = Date.parse(at);
  return (
    <time dateTime={at} title={exact(ms)} class="nowrap">
      {span((now.value - ms) / 1_000)}
    </time>
  );
}

/** A number with its groups. */
export function Num({ value }: { readonly value: number }) {
  return <span class="tabular">{grouped(value)}</span>;
}
