/** What a Node-RED message holds at a point of its flow, told as JSONata of the event: fields that were set, over what came. Pure. */
import { field, Unmapped, written } from "./condition.ts";

/** A value, as JSONata of the body and `$event`; or an object of which some fields are known. */
export type Value =
  | { readonly kind: "expression"; readonly text: string; readonly isText?: boolean }
  | {
      readonly kind: "object";
      readonly base?: string;
      readonly fields: ReadonlyMap<string, Value | undefined>;
    };

/** The message that an `http in` node sends. */
export function received(): Value {
  const request = { headers: "$event.headers", query: "$event.query", body: "$", method: "$event.method" };
  const fields = Object.entries(request).map(([key, text]) => [key, expression(text)] as const);
  return object([
    ["payload", expression("$")],
    ["req", object(fields)],
  ]);
}

export function expression(text: string, isText = false): Value {
  return { kind: "expression", text, ...(isText && { isText }) };
}

function object(fields: Iterable<readonly [string, Value | undefined]>, base?: string): Value {
  return { kind: "object", ...(base !== undefined && { base }), fields: new Map(fields) };
}

/** `payload.a["b c"][0]` as its steps. Throws Unmapped for what is worked out at run time. */
export function stepsOf(property: unknown): (string | number)[] {
  const text = typeof property === "string" ? property.trim() : "";
  const steps: (string | number)[] = [];
  const token = /\.?([A-Za-z_$][\w$]*)|\[\s*(?:"([^"\\]*)"|'([^'\\]*)'|(\d+))\s*\]/y;
  while (token.lastIndex < text.length) {
    const found = token.exec(text);
    if (found === null) throw new Unmapped(`property \`${text}\` is no plain path`);
    const [, name, double, single, index] = found;
    steps.push(index === undefined ? (name ?? double ?? single)! : Number(index));
    if (steps.length > 50) throw new Unmapped("property has more than 50 steps");
  }
  if (steps.length === 0) throw new Unmapped("property is empty");
  return steps;
}

/** What stands at the steps; undefined where nothing does. */
export function get(value: Value | undefined, steps: readonly (string | number)[]): Value | undefined {
  const [step, ...rest] = steps;
  if (value === undefined || step === undefined) return value;
  if (value.kind === "expression") return get(expression(below(value.text, step)), rest);
  if (typeof step === "number") throw new Unmapped("an object has no elements");
  if (value.fields.has(step)) return get(value.fields.get(step), rest);
  return value.base === undefined ? undefined : get(expression(below(value.base, step)), rest);
}

/** The value with something else at the steps; undefined takes it away. */
export function set(
  value: Value | undefined,
  steps: readonly (string | number)[],
  wanted: Value | undefined,
): Value | undefined {
  const [step, ...rest] = steps;
  if (step === undefined) return wanted;
  if (typeof step === "number") throw new Unmapped("sets an element of a list");
  // What is not there needs not be taken away.
  if (value === undefined && wanted === undefined) return undefined;
  const held = value?.kind === "object" ? value : object([], value?.text);
  if (held.kind !== "object") return held;
  const next = set(get(held, [step]), rest, wanted);
  return { ...held, fields: new Map([...held.fields, [step, next]]) };
}

/** As JSONata of the event. */
export function render(value: Value | undefined): string {
  if (value === undefined) return '$lookup({}, "")';
  if (value.kind === "expression") return value.text;
  const entries = [...value.fields];
  const kept = entries.filter(([, one]) => one !== undefined);
  const made = `{${kept.map(([key, one]) => `${written(key)}: ${render(one)}`).join(", ")}}`;
  if (value.base === undefined) return made;
  const gone = entries.filter(([, one]) => one === undefined).map(([key]) => key);
  const rest =
    gone.length === 0
      ? value.base
      : `$sift(${value.base}, function($v, $k) { $not($k in ${written(gone)}) })`;
  if (kept.length === 0) return rest;
  // What is no object has no fields to keep.
  const own = gone.length === 0 ? `${value.base}[$type($) = "object"]` : rest;
  return `$merge([${own}, ${made}])`;
}

/** The value where it is the same for every message. */
export function constant(value: Value | undefined): unknown {
  if (value?.kind !== "expression") return undefined;
  try {
    return JSON.parse(value.text) as unknown;
  } catch {
    return undefined;
  }
}

function below(text: string, step: string | number): string {
  const isPath = /^[\w$.`-]+$/.test(text);
  const base = isPath ? text : `(${text})`;
  if (typeof step === "number") return `${base}[${step}]`;
  return field(base === "$" ? "" : base, step);
}
