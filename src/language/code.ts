/** What the parts of the compiler share: code as closures, frames of variables, and the compiler as each part sees it. */
import type { Node } from "./jsonata.ts";
import type { Run } from "./run.ts";
import { bindingsIn } from "./tree.ts";

/**
 * The variables of one scope: [0] is the frame around it, the others are values or `UNBOUND`. In a scope of tuples [1] is
 * the tuple.
 */
export type Frame = unknown[];

/** A node ready to run: evaluates on an input with the variables of a frame. */
export type Code = (input: unknown, frame: Frame) => unknown;

/** What a variable's slot holds before it is bound: the one of that name around it is meant until then. */
export const UNBOUND: unique symbol = Symbol("unbound");

/** The names that a scope binds, with their slots. */
export interface Scope {
  readonly around: Scope | undefined;
  readonly slots: ReadonlyMap<string, number>;
  /** True where frames carry a tuple. */
  readonly ofTuples: boolean;
  /** Slots that hold a value from the beginning: parameters. */
  readonly given: number;
}

/** Stands between a node and its code, to see what it is evaluated on and what it yields; asked once, when a node is compiled. */
export type Watch = (node: Node, code: Code) => Code;

/** The compiler as each part sees it. */
export interface Compiler {
  readonly run: Run;
  /** Undefined but for coverage and explanations: what is not watched pays nothing. */
  readonly watch: Watch | undefined;
  /** A node with all that hangs on it; what it yields has collapsed. */
  compile(node: Node): Code;
  /** The same in another scope; `isFunctionBody` where depth begins anew. */
  compileIn(scope: Scope, node: Node, isFunctionBody?: boolean): Code;
  scope: Scope;
  /** Nodes between the root or the function's body and the node that is being compiled. */
  depth: number;
  /** True where a filter or grouping stands between a call in tail position and the function's end. */
  isFiltered: boolean;
  /** Names that tuples may carry, in the whole expression. */
  tupleNames(): ReadonlySet<string>;
}

/** A scope with a slot for each name, the given ones first. */
export function scopeOf(
  around: Scope | undefined,
  given: readonly string[],
  bound: Iterable<string>,
  ofTuples = false,
): Scope {
  const slots = new Map<string, number>();
  const first = ofTuples ? 2 : 1;
  given.forEach((name, at) => slots.set(name, first + at));
  let next = first + given.length;
  for (const name of bound) if (!slots.has(name)) slots.set(name, next++);
  return { around, slots, ofTuples, given: first + given.length };
}

/** An unfilled frame of a scope, to be copied: `slice`, then set [0]. */
export function frameTemplate(scope: Scope): Frame {
  let size = scope.given;
  for (const slot of scope.slots.values()) size = Math.max(size, slot + 1);
  return new Array<unknown>(size).fill(UNBOUND);
}

/** The nodes of a list that the parser may have left out. */
export function nodesOf(value: unknown): readonly Node[] {
  return (value ?? []) as readonly Node[];
}

/** What `@`, `#` and `%` have bound on the way to one item, which is `@`; parents have labels that begin with `!`. */
export type Tuple = Record<string, unknown>;

/** A node that sees a tuple's variables. */
export function inTuple(
  node: Node,
  compiler: Compiler,
): (input: unknown, tuple: Tuple, frame: Frame) => unknown {
  const scope = scopeOf(compiler.scope, [], bindingsIn(node), true);
  const code = compiler.compileIn(scope, node);
  if (scope.slots.size === 0) return (input, tuple, frame) => code(input, [frame, tuple]);
  const unbound = [...scope.slots.keys()].map(() => UNBOUND);
  return (input, tuple, frame) => code(input, [frame, tuple, ...unbound]);
}
