/**
 * The one place that touches the jsonata package: its parser, and its built-ins' own implementations. Version 2.2.2; below
 * 2.2.1 a rule can run code (CVE-2026-77413, -77414, -77415).
 */
import jsonata from "jsonata";

/** A node of jsonata's syntax tree. */
export interface Node {
  type: string;
  value?: unknown;
  /** Offset after the node's token. */
  position?: number;
  [key: string]: unknown;
}

/** What jsonata's parser throws: no Error. */
export interface Thrown {
  readonly code?: string;
  readonly position?: number;
  readonly token?: unknown;
  readonly value?: unknown;
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

/**
 * Parses an expression into its syntax tree; throws a `Thrown`, a SyntaxError for a broken regular expression, or a
 * RangeError when nested too deeply.
 */
export function parseJsonata(source: string): Node {
  return parser === undefined ? (jsonata(source).ast() as Node) : parser(source);
}

/** The parser alone, which the package hands out beside its `ast()`: without the evaluator that is made around a tree. */
const { parser } = jsonata as unknown as { readonly parser?: (source: string) => Node };

/** jsonata's own functions that the engine uses: pure ones, for pictures and rounding. */
export const builtins: ReadonlyMap<string, Definition> = await readBuiltins(
  "formatNumber formatInteger parseInteger round fromMillis toMillis".split(" "),
);

async function readBuiltins(names: readonly string[]): Promise<Map<string, Definition>> {
  const source = `{${names.map((name) => `"${name}": $${name}`).join()}}`;
  return new Map(Object.entries((await jsonata(source).evaluate(null)) as Record<string, Definition>));
}
