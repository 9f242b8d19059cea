/** Values for a schema: least, whole, full of nulls, with long and odd texts and numbers at the bounds. Most satisfy it. */
import fc from "fast-check";

type Schema = Readonly<Record<string, unknown>>;

/** Chance from a seed (mulberry32): the same values in every run. */
export function chanceFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A maker of values; `root` is what `#/…` points into. */
export function makerOf(root: Schema, chance: () => number): (schema?: unknown, depth?: number) => unknown {
  const pick = <One>(all: readonly One[]): One => all[Math.floor(chance() * all.length)]!;
  // How much of what may be missing is there is decided anew for each value.
  let fullness = 0.5;

  const text = (schema: Schema): string => {
    const {
      minLength = 0,
      maxLength = Infinity,
      pattern,
      format,
    } = schema as {
      minLength?: number;
      maxLength?: number;
      pattern?: string;
      format?: string;
    };
    if (pattern !== undefined && chance() < 0.97) return cut(pick(textsOf(pattern)), maxLength);
    if (format === "date-time") return pick(TIMES);
    const wanted = pick([
      minLength,
      minLength + 1,
      3,
      12,
      60,
      300,
      1200,
      maxLength === Infinity ? (chance() < 0.1 ? 5000 : 700) : maxLength,
    ]);
    const length = Math.max(minLength, Math.min(maxLength, wanted, 40_000));
    const letters = chance() < 0.3 ? ODD : PLAIN;
    const one = chance() < 0.2 ? pick(letters) : undefined;
    return Array.from({ length }, () => one ?? pick(letters)).join("");
  };

  const number = (schema: Schema, isInteger: boolean): number => {
    const { minimum = -1e15, maximum = 1e15 } = schema as { minimum?: number; maximum?: number };
    const one = pick([minimum, maximum, 0, 1, -1, 2, 100, 12_345, 1_700_000_000, minimum + 1]);
    const bounded = Math.min(maximum, Math.max(minimum, one));
    return isInteger || chance() < 0.5 ? bounded : bounded + 0.5;
  };

  const list = (schema: Schema, depth: number): unknown[] => {
    const {
      minItems = 0,
      maxItems = Infinity,
      items,
    } = schema as { minItems?: number; maxItems?: number; items?: unknown };
    const wanted = depth > 3 ? pick([0, 1, 2]) : pick([0, 1, 1, 2, 3, 9, 12]);
    const length = Math.max(minItems, Math.min(maxItems, wanted));
    return Array.from({ length }, () => make(items ?? true, depth + 1));
  };

  const object = (schema: Schema, depth: number): Record<string, unknown> => {
    const {
      properties = {},
      required = [],
      additionalProperties: others,
    } = schema as {
      properties?: Record<string, unknown>;
      required?: readonly string[];
      additionalProperties?: unknown;
    };
    const found: Record<string, unknown> = {};
    for (const [name, one] of Object.entries(properties))
      if (required.includes(name) || chance() < fullness) found[name] = make(one, depth + 1);
    for (const name of required) if (!(name in found)) found[name] = make(others ?? true, depth + 1);
    if (others !== false && depth < 5)
      for (let count = pick([0, 0, 1, 3]); count > 0; count--)
        found[pick(NAMES)] ??= make(others ?? true, depth + 2);
    return found;
  };

  const make = (schema: unknown, depth: number): unknown => {
    if (typeof schema !== "object" || schema === null) return pick(ANYTHING);
    const { $ref, const: only, enum: among, anyOf, oneOf, type, ...rest } = schema as Schema;
    if (typeof $ref === "string") return make(pointed(root, $ref), depth);
    if ("const" in schema) return only;
    if (Array.isArray(among)) return pick(among as unknown[]);
    const choice = anyOf ?? oneOf;
    if (Array.isArray(choice)) return make(pick(choice as unknown[]), depth);
    const kinds = Array.isArray(type)
      ? (type as string[])
      : [type ?? (rest.properties === undefined ? "any" : "object")];
    switch (chance() < 0.3 && kinds.includes("null") ? "null" : pick(kinds)) {
      case "string":
        return text(rest);
      case "integer":
        return number(rest, true);
      case "number":
        return number(rest, false);
      case "boolean":
        return chance() < 0.5;
      case "null":
        return null;
      case "array":
        return list(rest, depth);
      case "object":
        return object(rest, depth);
      default:
        return pick(ANYTHING);
    }
  };

  return (schema = root, depth = 0) => {
    if (depth === 0) fullness = pick([0, 0.3, 0.7, 1]);
    return make(schema, depth);
  };
}

function pointed(root: Schema, ref: string): unknown {
  return ref
    .split("/")
    .slice(1)
    .reduce<unknown>((found, key) => (found as Schema)[key], root);
}

const cut = (made: string, most: number): string => [...made].slice(0, most).join("");

const patterns = new Map<string, readonly string[]>();

function textsOf(pattern: string): readonly string[] {
  const known =
    patterns.get(pattern) ?? fc.sample(fc.stringMatching(new RegExp(pattern)), { numRuns: 40, seed: 7 });
  patterns.set(pattern, known);
  return known;
}

const PLAIN = [..."abcdefghijklmnopqrstuvwxyz 0123456789-/:"];
const ODD = [..."&<>\"'|`*_\\\n\r\t \u00a0\u2028İßŉ漢😀é$1{}[]"];
const TIMES = [
  "2026-11-23T10:20:30Z",
  "1970-01-01T00:00:00Z",
  "2024-02-29T23:59:59.999+02:00",
  "2026-01-31T00:00:00.5Z",
];
const NAMES = [
  "alertname",
  "severity",
  "x-y",
  "length",
  "constructor",
  "name",
  "id",
  "summary",
  "description",
  "runbook_url",
];
const ANYTHING: readonly unknown[] = [null, true, 0, "text", "", [], {}, [1], { a: null }];

/** A body with some of its parts made anew: what a route's condition asks for is often left as it was. */
export function variedFrom(
  body: unknown,
  schema: unknown,
  root: Schema,
  make: (schema?: unknown, depth?: number) => unknown,
  chance: () => number,
  share: number,
): unknown {
  const of = resolved(schema, root);
  if (chance() < share) return make(of, 1);
  if (Array.isArray(body))
    return body.map((item) => variedFrom(item, (of as { items?: unknown }).items, root, make, chance, share));
  if (typeof body !== "object" || body === null) return body;
  const properties = (of as { properties?: Record<string, unknown> }).properties ?? {};
  return Object.fromEntries(
    Object.entries(body).flatMap(([name, value]) => {
      if (chance() < share / 2) return [];
      const inner = properties[name];
      return [[name, inner === undefined ? value : variedFrom(value, inner, root, make, chance, share)]];
    }),
  );
}

function resolved(schema: unknown, root: Schema): Schema {
  if (typeof schema !== "object" || schema === null) return {};
  const { $ref, anyOf } = schema as Schema;
  if (typeof $ref === "string") return resolved(pointed(root, $ref), root);
  return Array.isArray(anyOf) ? resolved((anyOf as unknown[])[0], root) : (schema as Schema);
}
