/** HTTP-date, RFC 9110 § 5.6.7. `Date.parse` will not do: it takes "7" for a date and asctime for local time. */

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const TIME = "(?<hour>\\d{2}):(?<minute>\\d{2}):(?<second>\\d{2})";
const FORMS = [
  // IMF-fixdate: Sun, 06 Nov 1994 08:49:37 GMT
  new RegExp(`^[A-Z][a-z]{2}, (?<day>\\d{2}) (?<month>[A-Z][a-z]{2}) (?<year>\\d{4}) ${TIME} GMT$`),
  // RFC 850: Sunday, 06-Nov-94 08:49:37 GMT
  new RegExp(`^[A-Z][a-z]{5,8}, (?<day>\\d{2})-(?<month>[A-Z][a-z]{2})-(?<year>\\d{2}) ${TIME} GMT$`),
  // asctime: Sun Nov  6 08:49:37 1994
  new RegExp(`^[A-Z][a-z]{2} (?<month>[A-Z][a-z]{2}) (?<day>[ \\d]\\d) ${TIME} (?<year>\\d{4})$`),
];

/** Epoch ms of a date in one of the three forms; undefined for anything else. `nowMs` places two-digit years. */
export function parseHttpDate(text: string, nowMs: number): number | undefined {
  for (const form of FORMS) {
    const parts = form.exec(text)?.groups;
    if (parts) return toEpoch(parts, nowMs);
  }
  return undefined;
}

function toEpoch(parts: Record<string, string>, nowMs: number): number | undefined {
  const month = MONTHS.indexOf(parts.month!);
  const [day, hour, minute, second] = [parts.day, parts.hour, parts.minute, parts.second].map(Number);
  const year = parts.year!.length === 2 ? fullYear(Number(parts.year), nowMs) : Number(parts.year);
  // 60 is a leap second.
  if (month < 0 || hour! > 23 || minute! > 59 || second! > 60) return undefined;
  const date = new Date(Date.UTC(year, month, day, hour, minute, second));
  const rolledOver = new Date(Date.UTC(year, month, day)).getUTCDate() !== day;
  return rolledOver ? undefined : date.getTime();
}

/** A year that would be more than 50 years ahead is the last one in the past with these two digits. */
function fullYear(twoDigits: number, nowMs: number): number {
  const now = new Date(nowMs).getUTCFullYear();
  const year = now - (now % 100) + twoDigits;
  return year > now + 50 ? year - 100 : year;
}
