/** A value as short JSON, for the one who wrote the rule: it is payload, never for a log line. */

/** UTF-16 units that are shown by default. */
const SHOWN = 120;

/** JSON of at most so many units, cut with `…`; looks at no more of the value than it shows. */
export function shownValue(value: unknown, most: number = SHOWN): string {
  if (value === undefined) return "nothing";
  if (typeof value === "function") return "a function";
  const text = written(value, most + 1);
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

function written(value: unknown, room: number): string {
  if (room <= 0) return "…";
  if (typeof value === "string") return JSON.stringify(value.length > room ? value.slice(0, room) : value);
  if (typeof value !== "object" || value === null)
    return typeof value === "function" ? '"(function)"' : String(value);
  const isList = Array.isArray(value);
  let text = isList ? "[" : "{";
  let first = true;
  for (const key of Object.keys(value)) {
    // Marks that the engine sets on its lists are no items.
    if (isList && !/^\d+$/.test(key)) continue;
    if (!first) text += ",";
    first = false;
    if (text.length > room) break;
    if (!isList) text += `${JSON.stringify(key)}:`;
    text += written((value as Record<string, unknown>)[key], room - text.length);
  }
  return text + (isList ? "]" : "}");
}
