/** Answers for an assistant: whole where they are short, and otherwise with what is long cut short and said to be. Pure. */

/** An answer has at most so many characters. */
export const MAX_ANSWER = 60_000;

/** Tried one after another: how long a text, how many items of a list, how deep. */
const CUTS = [
  { text: 8_000, items: 200, depth: 30 },
  { text: 1_000, items: 50, depth: 12 },
  { text: 200, items: 20, depth: 8 },
  { text: 80, items: 5, depth: 5 },
];

/** JSON of at most MAX_ANSWER characters. Text that is no JSON is cut. */
export function bounded(json: string): string {
  if (json.length <= MAX_ANSWER) return json;
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return cutText(json, MAX_ANSWER);
  }
  for (const cut of CUTS) {
    const text = JSON.stringify(shortened(value, cut, 0));
    if (text.length <= MAX_ANSWER) return text;
  }
  return JSON.stringify({
    cut: `The answer has ${json.length} characters: ask for less, by a filter or a limit.`,
  });
}

function shortened(value: unknown, cut: (typeof CUTS)[number], depth: number): unknown {
  if (typeof value === "string") return cutText(value, cut.text);
  if (typeof value !== "object" || value === null) return value;
  if (depth >= cut.depth) return Array.isArray(value) ? `(a list of ${value.length})` : "(an object)";
  const entries: [string | number, unknown][] = Array.isArray(value)
    ? (value as unknown[]).map((one, at) => [at, one])
    : Object.entries(value);
  const kept = entries
    .slice(0, cut.items)
    .map(([key, one]) => [key, shortened(one, cut, depth + 1)] as const);
  const gone = entries.length - kept.length;
  if (Array.isArray(value)) return [...kept.map(([, one]) => one), ...(gone > 0 ? [`(${gone} more)`] : [])];
  return Object.fromEntries([...kept, ...(gone > 0 ? [["…", `(${gone} more)`] as const] : [])]);
}

function cutText(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)}… (${text.length - most} more characters)`;
}
