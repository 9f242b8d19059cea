/** The name of a line: its route, its rule and its key, as text that is fit to be part of a key of the store. */
import { createHash } from "node:crypto";
import { LINE_RULES, type LineRule } from "./line.ts";

const MAX_KEY = 120;
const SHOWN_KEY = 32;
const LETTERS = { order: "o", latest: "l", throttle: "t", batch: "b" } as const;

/** A key as it stands in a line's id: percent-encoded, and what is long is cut, with a hash of all of it. */
function writtenKey(text: string): string {
  const whole = Buffer.from(text).toString();
  const written = encodeURIComponent(whole);
  if (written.length <= MAX_KEY) return written;
  const hash = createHash("sha256").update(whole).digest("base64url").slice(0, 22);
  // Cut between characters: half of one cannot be encoded.
  return `${encodeURIComponent([...whole.slice(0, SHOWN_KEY + 1)].slice(0, -1).join(""))}+${hash}`;
}

/** The id of the line of a route (by the 8 characters that stand for it) for a key. */
export function lineId(tag: string, rule: LineRule, text: string): string {
  return `${tag}${LETTERS[rule]}:${writtenKey(text)}`;
}

/** What a line's id tells; undefined where it is none. The key of a long one ends in `…`. */
export function readLineId(
  id: string,
): { readonly tag: string; readonly rule: LineRule; readonly key: string } | undefined {
  const [, tag, letter, written = ""] =
    /^([0-9a-z]{8})([oltb]):((?:[\w.!~*'()+-]|%[0-9A-F]{2}){0,400})$/.exec(id) ?? [];
  const rule = LINE_RULES.find((one) => LETTERS[one] === letter);
  if (tag === undefined || rule === undefined) return undefined;
  const [shown = "", hash] = written.split("+");
  try {
    return { tag, rule, key: decodeURIComponent(shown) + (hash === undefined ? "" : "…") };
  } catch {
    return undefined;
  }
}

/** What an expression yielded as a key: text, numbers and booleans as text; undefined where it is none. */
export function keyText(yielded: unknown): string | undefined {
  if (typeof yielded === "string") return yielded === "" ? undefined : yielded;
  if (typeof yielded === "number" || typeof yielded === "boolean") return String(yielded);
  return undefined;
}
