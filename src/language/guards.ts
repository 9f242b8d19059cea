/**
 * jsonata's built-ins behind counters, since its own limits see neither memory nor what one native call takes. What
 * cannot be contained until the compiled engine comes: `$append` to ever longer arrays inside a loop (each at most the
 * sequence limit, all of them kept), comparisons with `=` and object keys of values that share parts 30 levels deep,
 * and jsonata's own copies of arrays and frames. They are bounded by the time limit only, not by memory.
 */
import { limits } from "./limits.ts";
import { builtins } from "./jsonata.ts";
import type { Definition, Focus, Implementation } from "./jsonata.ts";
import { LimitReached } from "./meter.ts";
import type { Meter } from "./meter.ts";
import { concatenation, range } from "./operators.ts";
import { weigh } from "./weight.ts";

interface Guard {
  /** Looks at the arguments before the call. */
  readonly before?: (meter: Meter, a: unknown, b: unknown, c: unknown) => void;
  /** Does the work in place of jsonata's implementation; undefined leaves it to that. */
  readonly instead?: (focus: Focus, a: unknown, b: unknown) => unknown;
}

const isText = (value: unknown): value is string => typeof value === "string";
const lengthOf = (value: unknown): number => (isText(value) ? value.length : 0);

const readsPicture: Guard = {
  before: (meter, value, picture) => {
    if (isText(value)) meter.picture(value);
    if (isText(picture)) meter.picture(picture);
  },
};
const serialises: Guard = { before: (meter, value) => typeof value === "object" && weigh(value, meter) };

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
  string: serialises,
  clone: serialises,
  formatNumber: { before: (meter, _, picture) => isText(picture) && meter.picture(picture) },
  formatInteger: readsPicture,
  parseInteger: readsPicture,
  toMillis: readsPicture,
  fromMillis: readsPicture,
  sort: { instead: (_, items, comparator) => (comparator === undefined ? sorted(items) : undefined) },
  distinct: { instead: (focus, items) => distinct(focus, items) },
};

/** The guarded definitions by name, `&` and `..` among them; all count on one meter. */
export function guarded(meter: Meter): ReadonlyMap<string, Definition> {
  const definitions = new Map<string, Definition>();
  for (const [name, guard] of Object.entries(guards)) {
    const definition = builtins.get(name)!;
    definitions.set(name, {
      ...definition,
      implementation: guardedCall(definition.implementation, guard, meter),
    });
  }
  const text = builtins.get("string")!.implementation;
  definitions.set("&", { _jsonata_function: true, implementation: concatenation(meter, text) });
  definitions.set("..", { _jsonata_function: true, implementation: range(meter) });
  return definitions;
}

function guardedCall(reference: Implementation, guard: Guard, meter: Meter): Implementation {
  const { before, instead } = guard;
  // Partial application reads the names of parameters from the function's text, and $map its length.
  const call: Implementation = function (this: Focus, a: unknown, b: unknown, c: unknown, d: unknown) {
    before?.(meter, a, b, c);
    const result = instead?.(this, a, b) ?? reference.call(this, a, b, c, d);
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

/** The sort without a comparator, which jsonata does in quadratic time; undefined leaves what is not sortable to it. */
function sorted(items: unknown): unknown {
  if (!Array.isArray(items) || items.length < 2) return undefined;
  const kind = typeof items[0];
  if ((kind !== "number" && kind !== "string") || !items.every((item) => typeof item === kind))
    return undefined;
  return ([...items] as string[]).sort((a, b) => (a > b ? 1 : a < b ? -1 : 0));
}

/** Many texts or numbers without duplicates in linear time; undefined leaves others to jsonata, within bounds. */
function distinct(focus: Focus, items: unknown): unknown {
  if (!Array.isArray(items) || items.length < 2) return undefined;
  if (items.some((item) => typeof item === "object" && item !== null)) {
    if (items.length > MAX_COMPARED)
      throw new LimitReached(`was given more than ${MAX_COMPARED} objects to compare`);
    return undefined;
  }
  const result = "sequence" in items ? focus.createSequence() : [];
  for (const item of new Set(items)) result.push(item);
  return result;
}

/** jsonata compares each with each: 5,000 objects take about a second. */
const MAX_COMPARED = Math.floor(limits.sequence / 20);
