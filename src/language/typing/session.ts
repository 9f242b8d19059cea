/** One analysis under way: what it has found so far, and how its parts call one another. */
import type { ErrorCode } from "../../core/errors.ts";
import { nearest } from "../../core/suggest.ts";
import type { Node } from "../jsonata.ts";
import { isFields } from "../../core/schema-walk.ts";
import type { Env } from "./scope.ts";
import type { Type } from "./lattice.ts";

/** Something found; `position` is the offset after the token, as jsonata counts. */
export interface TypeFinding {
  readonly code: ErrorCode;
  readonly position: number;
  readonly message: string;
  readonly fix?: string | undefined;
  /** It fails wherever it is evaluated. */
  readonly isSure: boolean;
}

/** What is told of one place. */
export type TellType = (
  code: ErrorCode,
  node: Node | number,
  message: string,
  more?: { readonly fix?: string | undefined; readonly isSure?: boolean },
) => void;

/** Told of each part that is worked out: `env` where it is evaluated, `of` what a name is looked up in. */
export type Heard = (
  node: Node,
  type: Type,
  where: { readonly env?: Env | undefined; readonly of?: Type | undefined },
) => void;

export interface Session {
  readonly source: string;
  /** The body: `$$`. */
  readonly root: Type;
  /** Of `$event` and other variables from outside. */
  readonly given: ReadonlyMap<string, Type>;
  /** There is an input schema: what is not known of a value is told. */
  readonly isStrict: boolean;
  readonly tell: TellType;
  readonly infer: (node: Node, env: Env) => Type;
  /** Calls a function on arguments. */
  readonly apply: (callee: Type, args: readonly Type[], node: Node, env: Env) => Type;
  /** Notes that a name was looked up, whether it is one, and what it could have been. */
  readonly notePath: (node: Node, path: string, name: string, names: readonly string[] | undefined) => void;
  /** The same of an object that the rule makes. */
  readonly noteOwn: (node: Node, name: string, names: readonly string[] | undefined) => void;
  /** Notes a path that is read, whether or not there is one. */
  readonly reads: (path: string) => void;
  /** Hears what each part yields, and what a name is looked up in; for who asks about one place. */
  readonly heard?: Heard | undefined;
  /** Notes which way a condition can go. */
  readonly noteBranch: (node: Node, canBeTrue: boolean, canBeFalse: boolean) => void;
  /** What is found meanwhile is not told. */
  readonly quietly: <Made>(run: () => Made) => Made;
  /** How often a variable has been bound so far. */
  readonly bindings: { count: number };
  /** Functions under way, the innermost last. */
  readonly stack: Node[];
}

/** What an analysis has found. */
export interface Collected {
  readonly findings: readonly TypeFinding[];
  readonly reads: ReadonlySet<string>;
  /** Of these, those that a name in the rule reads, by the offset behind it. */
  readonly readsAt: ReadonlyMap<number, ReadonlySet<string>>;
}

interface PathNote {
  isFound: boolean;
  /** Undefined in an object of the rule's own. */
  readonly path: string | undefined;
  readonly name: string;
  readonly names: readonly string[];
}

/** Nodes that are looked at, at most: a rule that calls functions in functions in functions has many. */
const MOST_NODES = 100_000;

/** Where findings are collected; the same one is told once. */
export function collector(): Pick<
  Session,
  "tell" | "notePath" | "noteOwn" | "reads" | "noteBranch" | "quietly"
> & {
  collected(): Collected;
  spend(): boolean;
} {
  const findings = new Map<string, TypeFinding>();
  const paths = new Map<number, PathNote>();
  const reads = new Set<string>();
  const readsAt = new Map<number, Set<string>>();
  const branches = new Map<number, { node: Node; canBeTrue: boolean; canBeFalse: boolean }>();
  let left = MOST_NODES;
  let isQuiet = false;
  const tell: TellType = (code, node, message, { fix, isSure = false } = {}) => {
    if (isQuiet) return;
    const position = typeof node === "number" ? node : positionOf(node);
    const key = `${code} ${position} ${message}`;
    const former = findings.get(key);
    if (former === undefined || (isSure && !former.isSure))
      findings.set(key, { code, position, message, fix, isSure });
  };
  const note = (
    node: Node,
    path: string | undefined,
    name: string,
    names: readonly string[] | undefined,
  ): void => {
    if (isQuiet) return;
    const position = positionOf(node);
    const known = paths.get(position);
    if (known !== undefined) known.isFound ||= names === undefined;
    else paths.set(position, { isFound: names === undefined, path, name, names: names ?? [] });
  };
  return {
    tell,
    notePath: (node, path, name, names) => {
      reads.add(path);
      const position = positionOf(node);
      readsAt.set(position, (readsAt.get(position) ?? new Set()).add(path));
      note(node, path, name, names);
    },
    noteOwn: (node, name, names) => note(node, undefined, name, names),
    reads: (path) => void reads.add(path),
    quietly: (run) => {
      const former = isQuiet;
      isQuiet = true;
      try {
        return run();
      } finally {
        isQuiet = former;
      }
    },
    noteBranch: (node, canBeTrue, canBeFalse) => {
      if (isQuiet) return;
      const position = positionOf(node);
      const note = branches.get(position);
      if (note === undefined) branches.set(position, { node, canBeTrue, canBeFalse });
      else
        Object.assign(note, {
          canBeTrue: note.canBeTrue || canBeTrue,
          canBeFalse: note.canBeFalse || canBeFalse,
        });
    },
    spend: () => {
      if (left-- > 0) return true;
      tell("RULE_ANALYSIS_ENDED", 0, `More than ${MOST_NODES} steps would be needed to follow this rule.`);
      return false;
    },
    collected: () => {
      for (const [position, note] of paths) if (!note.isFound) tellUnknown(tell, position, note);
      for (const note of branches.values()) tellDead(tell, note);
      return { findings: [...findings.values()], reads, readsAt };
    },
  };
}

function tellUnknown(tell: TellType, position: number, { path, name, names }: PathNote): void {
  const meant = nearest(name, names);
  if (path === undefined) {
    tell("RULE_PATH_UNKNOWN", position, `The object that is made here has no field \`${name}\`.`, {
      fix: meant === undefined ? "Correct the name." : `Did you mean \`${meant}\`?`,
    });
    return;
  }
  tell("RULE_PATH_UNKNOWN", position, `\`${path}\` is not in the input schema.`, {
    fix:
      meant === undefined
        ? "Correct the name, or add the field to the input schema."
        : `Did you mean \`${meant}\`? If not, add the field to the input schema.`,
  });
}

function tellDead(
  tell: TellType,
  { node, canBeTrue, canBeFalse }: { node: Node; canBeTrue: boolean; canBeFalse: boolean },
): void {
  if (canBeTrue === canBeFalse) return;
  const isDefault = isCoalescing(node) || isElvis(node);
  if (isDefault && canBeTrue)
    tell(
      "RULE_BRANCH_DEAD",
      node,
      "The value before this default is always there: the default is never used.",
      {
        fix: "Remove the default, or say in the input schema that the value may be missing.",
      },
    );
  else if (isDefault)
    tell("RULE_BRANCH_DEAD", node, "The value before this default is never there: it is the default always.");
  else
    tell(
      "RULE_BRANCH_DEAD",
      node,
      canBeTrue
        ? "This condition always holds: what stands behind `:` is never used."
        : "This condition never holds: what stands behind `?` is never used.",
    );
}

const positionOf = (node: Node): number => {
  if (node.position !== undefined) return node.position;
  for (const key of ["procedure", "steps", "lhs", "condition", "expressions", "arguments"]) {
    const inner = node[key];
    const first: unknown = Array.isArray(inner) ? (inner as unknown[])[0] : inner;
    if (isFields(first)) return positionOf(first as unknown as Node);
  }
  return 0;
};

/** `a ?? b`: the parser's `$exists` has no place. */
export function isCoalescing(node: Node): boolean {
  const condition = node.condition as Node | undefined;
  const procedure = condition?.procedure as Node | undefined;
  return node.type === "condition" && procedure?.value === "exists" && procedure.position === undefined;
}

/** `a ?: b`: both of its parts are the same one. */
export function isElvis(node: Node): boolean {
  if (node.type !== "condition") return false;
  const then = node.then as Node;
  const inner = then.type === "lambda" && then.thunk === true ? (then.body as Node) : then;
  const condition = node.condition as Node;
  return !isCoalescing(node) && condition.type === inner.type && positionOf(condition) === positionOf(inner);
}
