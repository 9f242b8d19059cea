/** jsonata's values as direct evaluation needs them: sequences, look-ups, frames of variables, functions. */
import { builtins } from "./jsonata.ts";
import { limits } from "./limits.ts";

/** Thrown where direct evaluation is not sure of the reference's answer, its errors among them: the reference decides. */
export class Undecided extends Error {}

export function undecided(): never {
  throw new Undecided();
}

/** jsonata's sequence: an array that collapses to its only item, or to nothing. */
export interface Sequence extends Array<unknown> {
  sequence?: true;
  keepSingleton?: true;
  /** The whole input, where that is an array. */
  outerWrapper?: true;
  /** Made by an array constructor at the start of a path. */
  cons?: true;
}

export function sequenceOf(...items: unknown[]): Sequence {
  return Object.assign(items, { sequence: true as const });
}

export function isSequence(value: unknown): value is Sequence {
  return Array.isArray(value) && (value as Sequence).sequence === true;
}

/** A lambda at run time. `input` is the caller's context; `null` where a function of jsonata's calls it. */
export interface Lambda {
  (args: readonly unknown[], input: unknown): unknown;
  readonly parameters: number;
}

export function isLambda(value: unknown): value is Lambda {
  return typeof value === "function";
}

/** Variables of a block or lambda, inside those around it. */
export class Frame {
  readonly #around: Frame | undefined;
  readonly #values = new Map<string, unknown>();

  constructor(around: Frame | undefined) {
    this.#around = around;
  }

  bind(name: string, value: unknown): void {
    this.#values.set(name, value);
  }

  /** undefined where it is bound nowhere, as where it is bound to nothing. */
  find(name: string): unknown {
    if (this.#values.has(name)) return this.#values.get(name);
    return this.#around?.find(name);
  }
}

/** The value of a field; of every item where the input is an array. */
export function lookup(input: unknown, key: string): unknown {
  if (!Array.isArray(input)) {
    if (typeof input !== "object" || input === null || !Object.hasOwn(input, key)) return undefined;
    return (input as Record<string, unknown>)[key];
  }
  const found = sequenceOf();
  for (const item of input) {
    const value = lookup(item, key);
    if (Array.isArray(value)) for (const one of value) found.push(one);
    else if (value !== undefined) found.push(value);
  }
  return bounded(found);
}

/** What a node yields: a sequence of one is that one unless it is kept, an empty one is nothing. */
export function collapsed(value: unknown, keepArray: boolean): unknown {
  if (!isSequence(value)) return value;
  if (keepArray) value.keepSingleton = true;
  if (value.length === 0) return undefined;
  return value.length === 1 && value.keepSingleton !== true ? value[0] : value;
}

/** The results of a path's step in one sequence; the last step's only result stays the array that it is. */
export function flattened(results: readonly unknown[], isLast: boolean): unknown[] {
  const [first] = results;
  if (isLast && results.length === 1 && Array.isArray(first) && !isSequence(first)) return first;
  const flat = sequenceOf();
  for (const result of results) {
    if (Array.isArray(result) && (result as Sequence).cons !== true) for (const one of result) flat.push(one);
    else flat.push(result);
  }
  return bounded(flat);
}

/** Past the limit the reference ends the evaluation, and says so. */
export function bounded<T extends readonly unknown[]>(items: T): T {
  return items.length > limits.sequence ? undecided() : items;
}

/** `this` of jsonata's functions. Those that read the time get it from the event, not from here. */
export const focus = { createSequence: sequenceOf, environment: { timestamp: new Date(0) } };

const boolean = builtins.get("boolean")!.implementation;

/** What `$boolean` makes of a value; nothing is false. */
export function isTrue(value: unknown): boolean {
  return boolean.call(focus, value) === true;
}
