/** What an expression surely yields where only a part of what it reads is known: nothing is evaluated, no budget is spent. */
import { parseJsonata } from "./jsonata.ts";
import type { Node } from "./jsonata.ts";

/** Values by name, nested; what is not in it may be anything. */
export interface Known {
  readonly [name: string]: string | number | boolean | Known;
}

/**
 * Whether the expression is true, or surely is not (`false`); undefined where that depends on what is not known, or on more
 * than comparisons of paths with texts and numbers, `and`, `or`, `in`, `$not` and `? :`. `event` is `$event`.
 */
export function foresee(source: string, known: Known, event: Known): boolean | undefined {
  let tree: Node;
  try {
    tree = parseJsonata(source);
  } catch {
    return undefined;
  }
  const value = valueOf(tree, { known, event });
  return value === UNKNOWN ? undefined : value === true;
}

interface Scope {
  readonly known: Known;
  readonly event: Known;
}

const UNKNOWN = Symbol("unknown");
type Value = string | number | boolean | null | readonly Value[] | Known | typeof UNKNOWN;

function valueOf(node: Node, scope: Scope): Value {
  if (node.predicate !== undefined || node.group !== undefined) return UNKNOWN;
  switch (node.type) {
    case "string":
    case "number":
    case "value":
      return node.value as Value;
    case "path":
      return pathOf(node.steps as readonly Node[], scope);
    case "block": {
      const [only, ...more] = node.expressions as readonly Node[];
      return only === undefined || more.length > 0 ? UNKNOWN : valueOf(only, scope);
    }
    case "unary":
      if (node.value !== "[") return UNKNOWN;
      return (node.expressions as readonly Node[]).map((item) => valueOf(item, scope));
    case "binary":
      return binaryOf(node, scope);
    case "condition":
      return conditionOf(node, scope);
    case "function":
      return callOf(node, scope);
    default:
      return UNKNOWN;
  }
}

/** Names below the body, or below `$event`. */
function pathOf([first, ...rest]: readonly Node[], { known, event }: Scope): Value {
  if (first === undefined) return UNKNOWN;
  const isBody = first.type === "variable" && first.value === "";
  const isEvent = first.type === "variable" && first.value === "event";
  const steps = isBody || isEvent ? rest : [first, ...rest];
  let at: Value = isEvent ? event : known;
  for (const step of steps) {
    const isPlain = step.type === "name" && step.stages === undefined && step.focus === undefined;
    if (!isPlain || typeof at !== "object" || at === null || Array.isArray(at)) return UNKNOWN;
    const name = String(step.value);
    if (!Object.hasOwn(at, name)) return UNKNOWN;
    at = (at as Known)[name]!;
  }
  return typeof at === "object" ? UNKNOWN : at;
}

function binaryOf(node: Node, scope: Scope): Value {
  const left = valueOf(node.lhs as Node, scope);
  const right = valueOf(node.rhs as Node, scope);
  switch (node.value) {
    case "and":
      if (left === false || right === false) return false;
      return left === true && right === true ? true : UNKNOWN;
    case "or":
      if (left === true || right === true) return true;
      return left === false && right === false ? false : UNKNOWN;
    case "=":
      return left === UNKNOWN || right === UNKNOWN || isList(left) || isList(right)
        ? UNKNOWN
        : left === right;
    case "!=":
      return left === UNKNOWN || right === UNKNOWN || isList(left) || isList(right)
        ? UNKNOWN
        : left !== right;
    case "in":
      return isIn(left, isList(right) ? right : [right]);
    default:
      return UNKNOWN;
  }
}

const isList = (value: Value): value is readonly Value[] => Array.isArray(value);

function isIn(value: Value, list: readonly Value[]): Value {
  if (value === UNKNOWN) return UNKNOWN;
  if (list.includes(value)) return true;
  return list.includes(UNKNOWN) ? UNKNOWN : false;
}

function conditionOf(node: Node, scope: Scope): Value {
  const condition = valueOf(node.condition as Node, scope);
  const chosen = condition === true ? node.then : condition === false ? node.else : undefined;
  return chosen === undefined ? UNKNOWN : valueOf(chosen as Node, scope);
}

function callOf(node: Node, scope: Scope): Value {
  const { type, value } = node.procedure as Node;
  const [argument, ...more] = node.arguments as readonly Node[];
  if (type !== "variable" || value !== "not" || argument === undefined || more.length > 0) return UNKNOWN;
  const given = valueOf(argument, scope);
  return typeof given === "boolean" ? !given : UNKNOWN;
}
