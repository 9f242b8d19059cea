/**
 * jsonata's built-ins behind counters, since its own limits see neither memory nor what one native call takes. What
 * cannot be contained until the compiled engine comes: arrays at the sequence's limit that are copied in a loop and all
 * kept (`$append`, `$reverse`, `[$a, 1]`: about 1 GB within the time limit).
 */
import { builtins } from "./jsonata.ts";
import type { Definition, Focus, Implementation } from "./jsonata.ts";
import type { Meter } from "./meter.ts";
import { comparison, concatenation, range } from "./operators.ts";
import { distinct, length, sorted, spread, substring } from "./replacements.ts";
import { weigh } from "./weight.ts";

interface Guard {
  /** Looks at the arguments before the call. */
  readonly before?: (meter: Meter, a: unknown, b: unknown, c: unknown) => void;
  /** Does the work in place of jsonata's implementation; undefined leaves it to that. */
  readonly instead?: (focus: Focus, a: unknown, b: unknown, c: unknown) => unknown;
}

const isText = (value: unknown): value is string => typeof value === "string";
const lengthOf = (value: unknown): number => (isText(value) ? value.length : 0);

/** Length from which one call on a text may take long enough to look at the clock. */
const LARGE = 10_000;

const readsPicture: Guard = {
  before: (meter, value, picture) => {
    if (isText(value)) meter.picture(value);
    if (isText(picture)) meter.picture(picture);
  },
};
/** Goes through a value to its end, shared parts as often as they appear. */
const traverses: Guard = { before: (meter, value) => typeof value === "object" && weigh(value, meter) };

/** Each function whose result can outgrow its arguments or be a large copy, or whose work no look at the clock interrupts. */
const guards: Readonly<Record<string, Guard>> = {
  lowercase: {},
  uppercase: {},
  base64encode: {},
  base64decode: {},
  encodeUrlComponent: {},
  encodeUrl: {},
  decodeUrlComponent: {},
  decodeUrl: {},
  match: {},
  pad: {
    before: (meter, _, width, filling) => {
      const length = Math.abs(Number(width)) * Math.max(1, lengthOf(filling));
      meter.text(length, 0);
    },
  },
  join: {
    before: (meter, texts, separator) => {
      if (!Array.isArray(texts)) return;
      const separators = Math.max(0, texts.length - 1) * lengthOf(separator);
      meter.text(
        texts.reduce<number>((sum, text) => sum + lengthOf(text), separators),
        0,
      );
    },
  },
  replace: {
    before: (meter, text, pattern, replacement) => {
      if (!isText(text) || !isText(pattern) || !isText(replacement) || replacement.length <= pattern.length)
        return;
      const growth = replacement.length - pattern.length;
      meter.text(text.length + growth * occurrences(text, pattern), 0);
    },
  },
  split: { before: (meter, text, separator) => separator === "" && meter.items(lengthOf(text)) },
  string: traverses,
  clone: traverses,
  formatNumber: { before: (meter, _, picture) => isText(picture) && meter.picture(picture) },
  formatInteger: readsPicture,
  parseInteger: readsPicture,
  fromMillis: readsPicture,
  substring: { instead: substring },
  length: { instead: length },
  sort: { instead: sorted },
  distinct: { ...traverses, instead: distinct },
  spread: { instead: spread },
};

/** The guarded definitions by name, those of operators among them; all count on one meter. */
export function guarded(meter: Meter): ReadonlyMap<string, Definition> {
  const definitions = new Map<string, Definition>();
  for (const [name, guard] of Object.entries(guards)) {
    const definition = builtins.get(name)!;
    definitions.set(name, {
      ...definition,
      implementation: guardedCall(definition.implementation, guard, meter),
    });
  }
  const operators = {
    "&": concatenation(meter, builtins.get("string")!.implementation),
    "..": range(meter),
    "=": comparison(meter, true),
    "!=": comparison(meter, false),
  };
  for (const [name, implementation] of Object.entries(operators))
    definitions.set(name, { _jsonata_function: true, implementation });
  return definitions;
}

function guardedCall(reference: Implementation, guard: Guard, meter: Meter): Implementation {
  const { before, instead } = guard;
  // Partial application reads the names of parameters from the function's text, and $map its length.
  const call: Implementation = function (this: Focus, a: unknown, b: unknown, c: unknown, d: unknown) {
    if (lengthOf(a) > LARGE) meter.checkTime();
    before?.(meter, a, b, c);
    const result = instead?.(this, a, b, c) ?? reference.call(this, a, b, c, d);
    return result instanceof Promise
      ? result.then((value: unknown) => counted(value, meter))
      : counted(result, meter);
  };
  return Object.defineProperty(call, "length", { value: reference.length });
}

function counted(result: unknown, meter: Meter): unknown {
  if (isText(result)) meter.text(result.length, result.length);
  else if (Array.isArray(result)) meter.items(result.length);
  return result;
}

function occurrences(text: string, pattern: string): number {
  if (pattern === "") return 0;
  let count = 0;
  for (let at = text.indexOf(pattern); at !== -1; at = text.indexOf(pattern, at + pattern.length)) count++;
  return count;
}
