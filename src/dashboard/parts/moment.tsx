/** Times, spans, numbers and sizes as they are shown everywhere: short to read, exact on a closer look. */
import { zone, type Zone } from "../shell/choices.ts";
import { now } from "../shell/ticking.ts";
import { exactIn, relative, span } from "./written.ts";

export { bytes, grouped, millis, span } from "./written.ts";

/** `2026-03-01 12:30:05.123` with its zone, by default the one that the person chose. */
export function exact(ms: number, where: Zone = zone.value): string {
  return exactIn(ms, where === "UTC" ? 0 : -new Date(ms).getTimezoneOffset());
}

/** A moment, relative (`3 min ago`) or, with `full`, exact; the other one is its title. */
export function Time({ at, full = false }: { readonly at: string; readonly full?: boolean }) {
  const ms = Date.parse(at);
  const away = relative((now.value - ms) / 1_000);
  return (
    <time dateTime={at} title={full ? away : exact(ms)} class={full ? undefined : "nowrap"}>
      {full ? exact(ms) : away}
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
