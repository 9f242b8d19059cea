/**
 * The one place that touches the jsonata package: parsing, its built-ins' own implementations, and its evaluator behind
 * limits. Version 2.2.2; below 2.2.1 a rule can run code (CVE-2026-77413, -77414, -77415).
 */
import jsonata from "jsonata";
import { linearRegExp } from "../core/pattern.ts";
import type { LinearRegExp } from "../core/pattern.ts";
import { limits } from "./limits.ts";

/** A node of jsonata's syntax tree. The tree that is run is the very one that is given out: changing it changes the rule. */
export interface Node {
  type: string;
  value?: unknown;
  /** Offset after the node's token. */
  position?: number;
  [key: string]: unknown;
}

/** What jsonata throws: never an Error, except for what the engine itself throws. `value`s hold payload. */
export interface Thrown {
  readonly code?: string;
  readonly position?: number;
  readonly token?: unknown;
  readonly value?: unknown;
  readonly value2?: unknown;
  readonly index?: number;
  readonly type?: string;
  readonly functionName?: string;
  readonly message?: string;
}

/** `this` of a built-in's implementation. */
export interface Focus {
  createSequence(): unknown[];
  readonly environment: { readonly timestamp: Date };
}

export type Implementation = (this: Focus, ...args: unknown[]) => unknown;

/** A function as jsonata holds it. */
export interface Definition {
  readonly _jsonata_function: true;
  readonly implementation: Implementation;
  readonly signature?: { readonly definition: string };
}

/** A parsed expression. */
export interface Parsed {
  readonly tree: Node;
  define(name: string, definition: Definition): void;
  /** Rejects with a `Thrown`; the result is jsonata's own, not plain JSON. */
  run(payload: unknown, bindings: Readonly<Record<string, unknown>>): Promise<unknown>;
}

/**
 * Parses an expression; throws a `Thrown`, a SyntaxError for a broken regular expression, or a RangeError when nested too
 * deeply. `checkTime` is called now and then while it runs, and may throw.
 */
export function parseJsonata(source: string, checkTime: () => void): Parsed {
  const expression = jsonata(source, optionsOf(checkTime));
  return {
    tree: expression.ast() as Node,
    define: (name, definition) => {
      expression.assign(name, definition);
    },
    run: (payload, bindings) => expression.evaluate(payload, bindings) as Promise<unknown>,
  };
}

/** Nodes evaluated between two looks at the clock. */
const NODES = 64;

/** jsonata would read the clock for every node; here its own look at `timeout`, once a node, only counts. */
function optionsOf(checkTime: () => void): jsonata.JsonataOptions {
  let nodes = 0;
  return {
    stack: limits.depth,
    sequence: limits.sequence,
    RegexEngine: engineOf(checkTime) as unknown as RegExpConstructor,
    get timeout() {
      if (++nodes % NODES === 0) checkTime();
      return 0;
    },
  };
}

/** What jsonata wants of RegExp: `exec` with a `lastIndex`. It must not rewind: an empty match would find itself for ever. */
function engineOf(checkTime: () => void) {
  return class {
    lastIndex = 0;
    readonly #pattern: LinearRegExp;

    constructor(pattern: LinearRegExp | RegExp) {
      this.#pattern = pattern instanceof RegExp ? linearRegExp(pattern.source, pattern.flags) : pattern;
    }

    exec(text: string) {
      checkTime();
      const match = this.#pattern.exec(text, this.lastIndex);
      this.lastIndex = match === null ? 0 : match.index + match[0].length;
      return match;
    }
  };
}

const NAMES =
  "sum count max min average string substring substringBefore substringAfter lowercase uppercase length trim pad match " +
  "contains replace split join formatNumber formatBase formatInteger parseInteger number floor ceil round abs sqrt power " +
  "random boolean not map zip filter single reduce sift keys lookup append exists spread merge reverse each error assert " +
  "type sort shuffle distinct base64encode base64decode encodeUrlComponent encodeUrl decodeUrlComponent decodeUrl " +
  "toMillis fromMillis clone now millis";

/** jsonata's functions by name without `$`: all that a rule may call, and `$uuid` is ours. `$eval` is not among them. */
export const builtins: ReadonlyMap<string, Definition> = await readBuiltins(NAMES.split(" "));

async function readBuiltins(names: readonly string[]): Promise<Map<string, Definition>> {
  const source = `{${names.map((name) => `"${name}": $${name}`).join()}}`;
  return new Map(Object.entries((await jsonata(source).evaluate(null)) as Record<string, Definition>));
}
