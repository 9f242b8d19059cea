/** Made-up payloads for a JSON Schema: as small as may be, with everything, with nulls, with odd texts and numbers. */
import { sampleOfPattern } from "../core/pattern-sample.ts";
import { isFields } from "../core/schema-walk.ts";
import type { Fields } from "../core/schema-walk.ts";
import { levelOf } from "./schema-merge.ts";
import type { Level, Rooted } from "./schema-merge.ts";
import type { Schema } from "./workspace.ts";

/** What a payload is full of. */
export const STYLES = ["minimal", "full", "nulls", "extra", "unicode", "boundary", "mixed"] as const;
export type Style = (typeof STYLES)[number];

export interface Making {
  readonly style: Style;
  /** From 0 up to, not including, 1. */
  readonly draw: () => number;
  readonly schemas: ReadonlyMap<string, Schema>;
  /** Levels above. */
  readonly depth?: number;
  /** Of a sample's parts that are varied, from 0 to 1. */
  readonly rate?: number;
}

/** A value that is meant to satisfy the schema; conditions across fields may make it one that does not. */
export function payloadOf(all: readonly Rooted[], making: Making): unknown {
  const depth = making.depth ?? 0;
  if (all.some(({ schema }) => schema === false) || depth > 30) return null;
  const { draw } = making;
  const level = levelOf(all, making.schemas, (count) => Math.floor(draw() * count));
  const { fields } = level;
  if ("const" in fields) return fields["const"];
  const choices = fields["enum"];
  if (Array.isArray(choices) && choices.length > 0) return pick(choices, draw);
  const inner = { ...making, depth: depth + 1 };
  switch (typeOf(level, making)) {
    case "object":
      return objectOf(level, inner);
    case "array":
      return arrayOf(level, inner);
    case "string":
      return textOf(fields, making);
    case "integer":
      return numberOf(fields, making, true);
    case "number":
      return numberOf(fields, making, false);
    case "boolean":
      return draw() < 0.5;
    default:
      return null;
  }
}

/** A sample with parts of it made anew, left out or repeated. */
export function variedOf(sample: unknown, all: readonly Rooted[], making: Making): unknown {
  const { draw, rate = 0.12, depth = 0 } = making;
  const inner = { ...making, depth: depth + 1 };
  if (depth > 0 && draw() < rate) return payloadOf(all, making);
  const level = levelOf(all, making.schemas, (count) => Math.floor(draw() * count));
  if (Array.isArray(sample)) {
    const kept = sample.filter(() => draw() >= rate).map((item) => variedOf(item, level.items, inner));
    return draw() < 0.1 && kept.length > 0 ? [...kept, kept[0]] : kept;
  }
  if (!isFields(sample)) return sample;
  const entries = Object.entries(sample)
    .filter(([key]) => level.required.has(key) || draw() >= rate)
    .map(([key, value]) => [key, variedOf(value, level.properties.get(key) ?? [], inner)] as const);
  return Object.fromEntries(entries);
}

function typeOf({ fields, properties, required, items }: Level, { style, draw }: Making): string {
  const types = [fields["type"] ?? []].flat().map(String);
  if (types.includes("null") && draw() < (style === "nulls" ? 0.8 : 0.15)) return "null";
  const others = types.filter((type) => type !== "null");
  if (others.length > 0) return pick(others, draw);
  if (types.length > 0) return "null";
  if (properties.size > 0 || required.size > 0) return "object";
  if (items.length > 0 || "minItems" in fields) return "array";
  if ("pattern" in fields || "format" in fields || "minLength" in fields) return "string";
  if ("minimum" in fields || "maximum" in fields) return "number";
  return pick(["string", "number", "boolean", "object", "null"], draw);
}

/** Names that a field may have which nobody thought of. */
const ODD_NAMES = ["extra", "x-odd name", "ключ", "constructor", "toString", "0"];

function objectOf(level: Level, making: Making): Record<string, unknown> {
  const { properties, required, fields, root } = level;
  const { style, draw, depth = 0 } = making;
  const share = style === "minimal" || depth > 8 ? 0 : style === "full" ? 1 : style === "nulls" ? 0.8 : 0.5;
  const made: [string, unknown][] = [];
  const rest = fields["additionalProperties"];
  const ofRest: readonly Rooted[] = isFields(rest) ? [{ schema: rest, root }] : [];
  const names = new Set([...required, ...properties.keys()]);
  for (const key of names) {
    if (!required.has(key) && draw() >= share) continue;
    made.push([key, payloadOf(properties.get(key) ?? ofRest, making)]);
  }
  const least = Number(fields["minProperties"] ?? 0);
  const wanted = Math.max(
    style === "extra" || (style === "mixed" && draw() < 0.2) ? 2 : 0,
    least - made.length,
  );
  for (const key of rest === false ? [] : ODD_NAMES.slice(0, wanted))
    if (!names.has(key)) made.push([key, payloadOf(ofRest, { ...making, style: "minimal" })]);
  return Object.fromEntries(made);
}

function arrayOf({ fields, items, root }: Level, making: Making): unknown[] {
  const { style, draw, depth = 0 } = making;
  const least = Number(fields["minItems"] ?? 0);
  const most = Number(fields["maxItems"] ?? Infinity);
  const usual = style === "minimal" || depth > 8 ? 0 : style === "full" ? 2 : pick([0, 1, 1, 2, 3], draw);
  const wished = style === "boundary" && Number.isFinite(most) && draw() < 0.3 ? Math.min(most, 50) : usual;
  const count = Math.min(Math.max(least, wished), most);
  const first = Array.isArray(fields["prefixItems"]) ? (fields["prefixItems"] as unknown[]) : [];
  return Array.from({ length: Math.max(count, style === "minimal" ? 0 : first.length) }, (_, at) =>
    payloadOf(at < first.length ? [{ schema: first[at], root }] : items, making),
  );
}

const FORMATS: Readonly<Record<string, readonly string[]>> = {
  "date-time": ["2026-03-01T12:00:00Z", "1999-12-31T23:59:59.999+14:00", "2024-02-29T00:00:00-12:00"],
  date: ["2026-03-01", "2024-02-29"],
  time: ["12:00:00Z", "23:59:59.999Z"],
  email: ["ada@example.org", "o'brien+tag@sub.example.com"],
  "idn-email": ["ada@example.org"],
  uri: ["https://example.org/a?b=c#d", "urn:isbn:0451450523"],
  "uri-reference": ["/a/b", "https://example.org/"],
  url: ["https://example.org/a"],
  uuid: ["123e4567-e89b-42d3-a456-426614174000"],
  hostname: ["example.org", "a-b.example"],
  ipv4: ["192.0.2.1", "0.0.0.0"],
  ipv6: ["2001:db8::1", "::"],
};

/** Texts that programs stumble over, all of them Unicode (RFC 8259 § 8.2): empty, blank, joined, turned round, cut in two, like something else. */
const ODD_TEXTS = [
  ...["", " ", "0", "null", "true", "-1", "1e5", "é", "e\u0301", "名前", "🦑", "👩‍👩‍👧", "\u202eabc", "\ufeffx"],
  ...["a\nb", "a\r\nb", "\t", "\u0000", "<b>&\"'</b>", "a|b*_`~", "${x}", "{{x}}", "../..", "'; --", "%00%"],
];

const WORDS = ["alpha", "Beta", "gamma delta", "x", "main", "refs/heads/main", "42", "a-b_c.d"];

function textOf(fields: Fields, { style, draw }: Making): string {
  const { pattern, format } = fields;
  const least = Number(fields["minLength"] ?? 0);
  const most = Number(fields["maxLength"] ?? Infinity);
  const examples = [fields["examples"] ?? []].flat().filter((one) => typeof one === "string");
  if (typeof format === "string" && FORMATS[format] !== undefined) return pick(FORMATS[format], draw);
  if (typeof pattern === "string") return sampleOfPattern(pattern, draw);
  if (style === "boundary" && draw() < 0.5)
    return draw() < 0.5 ? "a".repeat(least) : "b".repeat(Math.min(most, Math.max(least, 5_000)));
  if (style === "minimal") return "a".repeat(least);
  if (examples.length > 0 && draw() < 0.5) return pick(examples as string[], draw);
  const isOdd = style === "unicode" ? draw() < 0.9 : draw() < 0.15;
  const text = pick(isOdd ? ODD_TEXTS : WORDS, draw);
  const letters = [...text.padEnd(least, "x")];
  return letters.length > most ? letters.slice(0, most).join("") : letters.join("");
}

/** Where numbers are cut off, rounded or written another way. */
const EDGES = [0, 1, -1, 2 ** 31, -(2 ** 31), Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];

function numberOf(fields: Fields, { style, draw }: Making, whole: boolean): number {
  const unit = Number(fields["multipleOf"] ?? (whole ? 1 : 0.5));
  const above = fields["exclusiveMinimum"];
  const below = fields["exclusiveMaximum"];
  const least = Number(fields["minimum"] ?? (typeof above === "number" ? above + unit : -Infinity));
  const most = Number(fields["maximum"] ?? (typeof below === "number" ? below - unit : Infinity));
  const within = (value: number): boolean => value >= least && value <= most;
  if (style === "minimal") return within(0) ? 0 : rounded(Number.isFinite(least) ? least : most, unit);
  if (style === "boundary" || draw() < 0.15) {
    const more = whole ? [] : [0.1, -0.5, 1e21, 1e-7];
    const edges = [least, most, ...EDGES, ...more].filter((value) => Number.isFinite(value) && within(value));
    const fitting = "multipleOf" in fields ? edges.filter((value) => value % unit === 0) : edges;
    if (fitting.length > 0) return pick(fitting, draw);
  }
  const from = Number.isFinite(least) ? least : Math.min(0, most) - (Number.isFinite(most) ? 100 : 0);
  const to = Number.isFinite(most) ? most : from + 1_000;
  return rounded(from + draw() * (to - from), unit);
}

const rounded = (value: number, unit: number): number => Math.ceil(value / unit) * unit || 0;

function pick<T>(all: readonly T[], draw: () => number): T {
  return all[Math.floor(draw() * all.length)]!;
}
