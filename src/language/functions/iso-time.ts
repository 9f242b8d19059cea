/** The commonest way to write a time, read without a detour: `2026-11-23T10:20:30Z`, `2026-11-23T10:20:30+01:00`. */

const DAY_MS = 86_400_000;

/** ms since 1970; undefined for every other way to write it, and for days after the 28th: Date.parse reads those. */
export function isoMillis(text: string): number | undefined {
  const { length } = text;
  const isUtc = length === 20 && text.charCodeAt(19) === 90;
  if (!isUtc && length !== 25) return undefined;
  if (!isSeparated(text)) return undefined;
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  const seconds = timeOf(twoDigits(text, 11), twoDigits(text, 14), twoDigits(text, 17));
  const offset = isUtc ? 0 : offsetOf(text);
  // A digit that is none makes its part negative by far, or not a number.
  if (!(year >= 0 && month >= 1 && month <= 12 && day >= 1 && day <= 28)) return undefined;
  if (!(seconds >= 0) || Number.isNaN(offset)) return undefined;
  return daysOf(year, month, day) * DAY_MS + (seconds - offset) * 1000;
}

/** `-`, `-`, `T`, `:`, `:` where they belong. */
const isSeparated = (text: string): boolean =>
  text.charCodeAt(4) === 45 &&
  text.charCodeAt(7) === 45 &&
  text.charCodeAt(10) === 84 &&
  text.charCodeAt(13) === 58 &&
  text.charCodeAt(16) === 58;

function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 48;
  const ones = text.charCodeAt(at + 1) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -10_000;
}

const timeOf = (hours: number, minutes: number, seconds: number): number =>
  hours < 24 && minutes >= 0 && minutes < 60 && seconds >= 0 && seconds < 60
    ? hours * 3600 + minutes * 60 + seconds
    : -1;

function offsetOf(text: string): number {
  const sign = text.charCodeAt(19) === 43 ? 1 : text.charCodeAt(19) === 45 ? -1 : NaN;
  const seconds = text.charCodeAt(22) === 58 ? timeOf(twoDigits(text, 20), twoDigits(text, 23), 0) : -1;
  return seconds < 0 ? NaN : sign * seconds;
}

/** Days since 1970 of the Gregorian calendar (Hinnant, "days_from_civil"). */
function daysOf(year: number, month: number, day: number): number {
  const from = month <= 2 ? year - 1 : year;
  const era = Math.floor(from / 400);
  const ofEra = from - era * 400;
  const ofYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  return era * 146_097 + ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear - 719_468;
}
