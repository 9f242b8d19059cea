/** The type of every part of a rule, from the inside out. */
import type { ErrorCode } from "../../core/errors.ts";
import { linearRegExp } from "../../core/pattern.ts";
import { library } from "../functions/library.ts";
import type { Node } from "../jsonata.ts";
import { applied, callType, chainType, partialType } from "./calls.ts";
import { arrayType, groupType, objectType } from "./constructors.ts";
import { filterType } from "./filters.ts";
import { join, joinAll } from "./join.ts";
import { narrowed } from "./narrow.ts";
import { binaryType, negationType } from "./operators.ts";
import { calledIn } from "./wrong-kinds.ts";
import { nameType, overItems, pathType } from "./paths.ts";
import { checkScan } from "./scans.ts";
import { literalType } from "./schema-type.ts";
import { bindingOf, inside, outermost, scopeOf } from "./scope.ts";
import type { Env } from "./scope.ts";
import { collector, isCoalescing, isElvis } from "./session.ts";
import type { Collected, Heard, Session } from "./session.ts";
import { asArray, canBeFalse, canBeTrue, collapsed, countOf, truthy } from "./truth.ts";
import { ANY, NEVER, isNever, nothingOf, optional, present } from "./lattice.ts";
import type { Type } from "./lattice.ts";

/** What a rule starts with. */
export interface Given {
  readonly source: string;
  readonly input: Type;
  /** There is an input schema. */
  readonly isStrict: boolean;
  readonly variables: ReadonlyMap<string, Type>;
  readonly heard?: Heard;
}

/** The type of a rule's result, and what was found on the way; `start` says what `$` is at the beginning. */
export function inferRule(
  tree: Node,
  given: Given,
  start: (session: Session) => Type,
): Collected & { readonly makes: Type } {
  // What the beginning is made of is not part of the rule: nothing of it is told.
  const input = start(sessionOf(given, given.input, collector()));
  const found = collector();
  const makes = sessionOf(given, input, found).infer(tree, outermost(input));
  return { ...found.collected(), makes };
}

/** A type that was worked out before: true as long as nothing has been bound since. */
interface Known {
  readonly type: Type;
  readonly version: number;
}

function sessionOf(given: Given, root: Type, found: ReturnType<typeof collector>): Session {
  const seen = new WeakMap<Env, Map<Node, Known>>();
  const session: Session = {
    bindings: { count: 0 },
    ...{ source: given.source, root, given: given.variables, isStrict: given.isStrict },
    ...found,
    heard: given.heard,
    infer: (node, env) => {
      const known = seen.get(env)?.get(node);
      if (known?.version === session.bindings.count) return known.type;
      if (!found.spend()) return ANY;
      const type = wholeType(node, env, session);
      given.heard?.(node, type, { env });
      const ofEnv = seen.get(env) ?? new Map<Node, Known>();
      seen.set(env, ofEnv.set(node, { type, version: session.bindings.count }));
      return type;
    },
    apply: (callee, args, node, env) => applied(callee, args, node, env, session),
    stack: [],
  };
  return session;
}

/** A node with its predicates, grouping and `[]`. */
function wholeType(node: Node, env: Env, session: Session): Type {
  let type = innerType(node, env, session);
  if (node.type === "path") return type;
  const predicates = (node.predicate as Node[] | undefined) ?? [];
  for (const { expr } of predicates) type = filterType(expr as Node, type, env, session);
  if (node.group !== undefined) type = groupType(node.group as Node, type, env, session);
  if (node.keepArray !== true) return type;
  // Only of a sequence `[]` makes an array: what is one value anyway stays one.
  const isSequence =
    predicates.length > 0 || MAKE_SEQUENCES.has(String((node.procedure as Node | undefined)?.value));
  return isSequence ? asArray(type) : join(type, asArray(type));
}

const MAKE_SEQUENCES = new Set(["map", "filter", "each", "keys", "match"]);

function innerType(node: Node, env: Env, session: Session): Type {
  switch (node.type) {
    case "string":
    case "value":
      return literalType(node.value);
    case "number":
      return numberType(node, session);
    case "name":
      return overItems(env.input, true, (item) => nameType(item, node, session));
    case "path":
      checkScan(node, env, session);
      return pathType(node, env, session);
    case "variable":
      return variableType(String(node.value), env, session);
    case "block":
      return blockType(node, env, session);
    case "bind":
      return bindType(node, env, session);
    case "condition":
      return conditionType(node, env, session);
    case "binary":
      return binaryType(node, env, session);
    case "unary":
      return unaryType(node, env, session);
    case "function":
      checkScan(node, env, session);
      return callType(node, env, session);
    case "partial":
      return partialType(node, env, session);
    case "apply":
      return chainType(node, env, session);
    case "lambda":
      return node.thunk === true
        ? session.infer(node.body as Node, env)
        : { ...NEVER, calls: [{ kind: "lambda", node, env }] };
    case "transform":
      return { ...NEVER, calls: [{ kind: "transform", node, env }] };
    case "regex":
      checkRegex(node, session);
      return { ...NEVER, calls: [{ kind: "regex", node }] };
    case "wildcard":
      return wildcardType(env.input);
    default:
      return ANY;
  }
}

function numberType(node: Node, session: Session): Type {
  const value = node.value as number;
  if (Number.isInteger(value) && !Number.isSafeInteger(value))
    session.tell("RULE_NUMBER_INEXACT", node, "This number is beyond 2^53: its last digits are rounded.", {
      fix: "Write it as text, in quotes.",
    });
  return literalType(value);
}

function variableType(name: string, env: Env, session: Session): Type {
  if (name === "") return env.input;
  if (name === "$") return session.root;
  const binding = bindingOf(env, name);
  if (binding !== undefined) return binding.type;
  const given = session.given.get(name);
  if (given !== undefined) return given;
  return library.has(name)
    ? { ...NEVER, calls: [{ kind: "builtin", name }] }
    : nothingOf(`\`$${name}\` is bound nowhere`);
}

function blockType(node: Node, env: Env, session: Session): Type {
  const expressions = node.expressions as Node[];
  const around = expressions.length > 1 ? inside(env, { isScope: true }) : env;
  let type: Type = nothingOf("the block is empty");
  for (const one of expressions) type = session.infer(one, around);
  return type;
}

function bindType(node: Node, env: Env, session: Session): Type {
  const name = String((node.lhs as Node).value);
  const rhs = node.rhs as Node;
  const type = session.infer(rhs, env);
  const scope = scopeOf(env);
  const former = scope.vars.get(name);
  const isUnsure = env.isUnsure && !scope.isUnsure;
  const bound = !isUnsure
    ? type
    : former === undefined
      ? optional(type, `\`$${name}\` may not be bound`)
      : join(former.type, type);
  session.bindings.count++;
  const isOnce = former === undefined && !isUnsure;
  scope.vars.set(name, { type: bound, id: {}, loop: env.loop, ...(isOnce ? { node: rhs, env } : {}) });
  return type;
}

function conditionType(node: Node, env: Env, session: Session): Type {
  const condition = node.condition as Node;
  if (isCoalescing(node)) return coalescingType(node, env, session);
  const test = session.infer(condition, env);
  if (isNever(test)) return NEVER;
  const [mayHold, mayFail] = [canBeTrue(test), canBeFalse(test)];
  if (session.isStrict && !isLiteral(condition)) session.noteBranch(node, mayHold, mayFail);
  const unsure = { isUnsure: true };
  let then: Type = NEVER;
  if (mayHold) {
    const at = inside(narrowed(condition, true, env, session), unsure);
    const made = session.infer(node.then as Node, at);
    then = isElvis(node) ? truthy(made) : made;
  }
  if (!mayFail) return then;
  if (node.else === undefined) return optional(then, "the condition has no `:` part");
  const at = inside(narrowed(condition, false, env, session), unsure);
  return join(then, session.infer(node.else as Node, at));
}

const isLiteral = ({ type }: Node): boolean => type === "value" || type === "number" || type === "string";

/** `a ?? b`: null is a value to it. */
function coalescingType(node: Node, env: Env, session: Session): Type {
  const left = session.infer(node.then as Node, env);
  if (isNever(left)) return NEVER;
  if (session.isStrict) session.noteBranch(node, !isNever(present(left)), left.nothing !== undefined);
  const otherwise =
    left.nothing === undefined ? NEVER : session.infer(node.else as Node, inside(env, { isUnsure: true }));
  if (left.isNull && !left.isAny && session.isStrict && !otherwise.isNull)
    session.tell(
      "RULE_DEFAULT_NULL",
      node,
      `${capital(calledIn(inner(node.then as Node), left))} may be null, which is a value to \`??\`: the default is not used then.`,
      {
        fix: "Write `?:`, which takes the default for null, too (and for an empty text, 0 and false).",
      },
    );
  return join(present(left), otherwise);
}

const inner = (node: Node): Node =>
  node.type === "lambda" && node.thunk === true ? (node.body as Node) : node;

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function unaryType(node: Node, env: Env, session: Session): Type {
  if (node.value === "{") return objectType(node, env, session);
  return node.value === "-" ? negationType(node, env, session) : arrayType(node, env, session);
}

/** `*`. */
function wildcardType(input: Type): Type {
  if (input.isAny || input.array !== undefined) return ANY;
  const types = input.shapes.flatMap(({ fields, rest }) => [
    ...[...fields.values()].map(({ type }) => type),
    ...(rest === undefined ? [] : [present(rest)]),
  ]);
  const { item } = countOf(joinAll(types));
  return item.array === undefined
    ? collapsed({ item, min: 0, max: Infinity, causes: ["there may be no fields"] })
    : ANY;
}

function checkRegex(node: Node, { tell }: Session): void {
  const { value } = node;
  const given = value as
    { readonly source?: string; readonly flags?: string; readonly isNative?: boolean } | undefined;
  if (typeof given?.source !== "string") return;
  const isNative = given.isNative ?? linearRegExp(given.source, given.flags ?? "").isNative;
  const code: ErrorCode = "RULE_REGEX_SLOW";
  if (!isNative)
    tell(
      code,
      node,
      `\`/${given.source}/\` can be read in very many ways: it runs in the linear engine, where each character counts sixteenfold.`,
      {
        fix: "Repeat no group, and have one `*` or `+` at most, at the end.",
      },
    );
}
