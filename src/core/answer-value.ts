/** The body of a target's answer as rules see it. Pure. */
import { readBody } from "./body.ts";

/** The JSON value of a text; undefined where it is none. Whole numbers beyond ±2^53 are text, as in events. */
export function jsonOf(text: string): { readonly value: unknown } | undefined {
  if (text === "") return undefined;
  try {
    return { value: readBody(Buffer.from(text), "json") };
  } catch {
    return undefined;
  }
}

/** The JSON value where there is one, null for nothing, else the text. */
export function answerValue(text: string): unknown {
  if (text === "") return null;
  const read = jsonOf(text);
  return read === undefined ? text : read.value;
}

/** The first `bytes` of a text in UTF-8. */
export function firstBytes(text: string, bytes: number): string {
  const whole = Buffer.from(text);
  return whole.length <= bytes ? text : whole.subarray(0, bytes).toString();
}
