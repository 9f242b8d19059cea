/** How much a value is when written out, shared parts counted as often as they appear. */
import type { Meter } from "./meter.ts";
import { LimitReached } from "./meter.ts";
import { limits } from "./limits.ts";

/** Walks a value before it is written out; throws LimitReached when it is more than a text may be. */
export function weigh(value: unknown, meter: Meter): void {
  const open: unknown[] = [value];
  let values = 0;
  let characters = 0;
  while (open.length > 0) {
    const next = open.pop();
    if (++values > limits.items)
      throw new LimitReached("call", `was given a value of more than ${limits.items} parts`);
    if (typeof next === "string") characters += next.length;
    else if (Array.isArray(next)) for (const item of next) open.push(item);
    else if (typeof next === "object" && next !== null && !isFunctionValue(next))
      for (const [key, item] of Object.entries(next)) {
        characters += key.length;
        open.push(item);
      }
    if (characters > limits.textLength) meter.text(characters, 0);
  }
}

/** True for a function as jsonata holds it. JSON cannot contain functions, so no payload passes for one. */
export function isFunctionValue(value: object): boolean {
  const { _jsonata_function, implementation, _jsonata_lambda, environment } = value as Record<
    string,
    unknown
  >;
  if (_jsonata_function === true) return typeof implementation === "function";
  return (
    _jsonata_lambda === true &&
    typeof (environment as { lookup?: unknown } | undefined)?.lookup === "function"
  );
}
