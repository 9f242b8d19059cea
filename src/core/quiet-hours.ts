/** Quiet hours: whether a moment lies within them, and when they end, in a time zone with its summer time. Pure. */
import { DAYS } from "./timing.ts";
import type { QuietHoursFile } from "./timing.ts";

/** Quiet hours made ready. */
export interface QuietHours {
  /** The end (epoch ms) of the quiet hours that hold a moment, those that follow at once included; undefined outside. */
  until(at: number): number | undefined;
  /** "22:00 to 07:00 (Europe/Berlin)". */
  readonly words: string;
}

const DAY_MS = 86_400_000;
/** Hours that follow one another: a week of them never ends, which is refused when the file is read. */
const MAX_CHAIN = 8;

/** Made of a file whose time zone there is. */
export function quietHours({ from, to, timeZone, days }: QuietHoursFile): QuietHours {
  const zone = zoneOf(timeZone);
  const begin = minutesOf(from);
  const end = minutesOf(to) > begin ? minutesOf(to) : minutesOf(to) + 1_440;
  const begins = (date: number): boolean => {
    const day = DAYS[new Date(date).getUTCDay()]!;
    return days === undefined || days.includes(day);
  };
  /** The end of the hours that hold `at`. */
  const endOf = (at: number): number | undefined => {
    const today = Math.floor(zone.local(at) / DAY_MS) * DAY_MS;
    let last: number | undefined;
    for (const date of [today - 2 * DAY_MS, today - DAY_MS, today]) {
      if (!begins(date)) continue;
      const start = zone.instant(date + begin * 60_000, "first");
      const stop = zone.instant(date + end * 60_000, "last");
      if (start <= at && at < stop) last = Math.max(last ?? 0, stop);
    }
    return last;
  };
  return {
    words: `${from} to ${to} (${timeZone})`,
    until(at) {
      let until = endOf(at);
      for (let more = 0; until !== undefined && more < MAX_CHAIN; more++) {
        const next = endOf(until);
        if (next === undefined) break;
        until = next;
      }
      return until;
    },
  };
}

/** True where the hours leave no moment of the week. */
export function isAlwaysQuiet({ from, to, days }: QuietHoursFile): boolean {
  const length =
    minutesOf(to) > minutesOf(from)
      ? minutesOf(to) - minutesOf(from)
      : minutesOf(to) + 1_440 - minutesOf(from);
  return length >= 1_440 && (days === undefined || days.length === DAYS.length);
}

function minutesOf(text: string): number {
  return Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
}

/** A time zone: local times are written as the epoch ms that they would be in UTC. */
interface Zone {
  local(at: number): number;
  /** When it is that local time: where it is twice, the first or the last time; where it is left out, when the clock leaps. */
  instant(local: number, which: "first" | "last"): number;
}

function zoneOf(timeZone: string): Zone {
  const format = new Intl.DateTimeFormat("en-US", {
    ...{ timeZone, hourCycle: "h23", era: "short", year: "numeric", month: "numeric", day: "numeric" },
    ...{ hour: "numeric", minute: "numeric", second: "numeric" },
  });
  const local = (at: number): number => {
    const whole = Math.floor(at / 1000) * 1000;
    const parts: Record<string, number> = {};
    for (const { type, value } of format.formatToParts(whole)) parts[type] = Number(value);
    const { year, month, day, hour, minute, second } = parts;
    return Date.UTC(year!, month! - 1, day, hour, minute, second) + (at - whole);
  };
  return {
    local,
    instant(wanted, which) {
      const before = wanted - (local(wanted - DAY_MS) - (wanted - DAY_MS));
      const after = wanted - (local(wanted + DAY_MS) - (wanted + DAY_MS));
      const fits = [before, after].filter((at) => local(at) === wanted).sort((a, b) => a - b);
      if (fits.length > 0) return which === "first" ? fits[0]! : fits.at(-1)!;
      // The clock leaps over it: the first moment at which it is later than that.
      let [low, high] = [Math.min(before, after), Math.max(before, after)];
      while (high - low > 1) {
        const middle = Math.floor((low + high) / 2);
        if (local(middle) >= wanted) high = middle;
        else low = middle;
      }
      return high;
    },
  };
}

/** The names of time zones that are known here. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en-US", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
