/** Times as providers write them: read strictly, and written for signing. */
import { parseHttpDate } from "../core/http-date.ts";

export type Unit = "s" | "ms" | "iso8601" | "http-date";

const SHAPES = {
  s: /^\d{1,11}$/,
  ms: /^\d{1,14}$/,
  iso8601: /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)$/,
} as const;

/** Epoch ms, or undefined where the text is not a time in that unit. `nowMs` places two-digit years. */
export function readTime(text: string, unit: Unit, nowMs: number): number | undefined {
  if (unit === "http-date") return parseHttpDate(imfFixdate(text), nowMs);
  if (!SHAPES[unit].test(text)) return undefined;
  const time = unit === "s" ? Number(text) * 1000 : unit === "ms" ? Number(text) : Date.parse(text);
  return Number.isFinite(time) ? time : undefined;
}

/** The text of a time, given in epoch ms. */
export function writeTime(ms: number, unit: Unit): string {
  switch (unit) {
    case "s":
      return String(Math.floor(ms / 1000));
    case "ms":
      return String(ms);
    case "iso8601":
      return new Date(ms).toISOString();
    case "http-date":
      return new Date(ms).toUTCString();
  }
}

/** Scalr writes "Thu 07 Sep 2017 06:30:04 UTC". */
function imfFixdate(text: string): string {
  return text.replace(/^([A-Z][a-z]{2}) (\d\d) /, "$1, $2 ").replace(/ UTC$/, " GMT");
}
