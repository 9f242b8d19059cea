/** What a condition tells of the values in it: the same surroundings, with what is left where it holds, or where it does not. */
import type { Node } from "../jsonata.ts";
import { childrenOf } from "../tree.ts";
import { fieldType, lazyField, meetNumbers } from "./join.ts";
import { NUMBER, isNever, onlyKinds, present } from "./lattice.ts";
import type { Field, Shape, Type } from "./lattice.ts";
import { KINDS, bounds, counted, isOnly, otherThan, sameAs, sized, solid } from "./narrowed-values.ts";
import { bindingOf, inside } from "./scope.ts";
import type { Env } from "./scope.ts";
import type { Session } from "./session.ts";
import { falsy, truthy } from "./truth.ts";

/** Where a value stands: a variable's name, or "" for the context, and names from there. */
interface Spot {
  readonly variable: string;
  readonly names: readonly string[];
}

/** How deep variables are followed to what they were made of. */
const MOST_STEPS = 6;

/** The surroundings where a condition counts as true, or as false. */
export function narrowed(node: Node, isTrue: boolean, env: Env, session: Session, depth = 0): Env {
  if (depth > MOST_STEPS || node.predicate !== undefined || node.group !== undefined) return env;
  const again = (one: Node, wanted: boolean, at = env): Env => narrowed(one, wanted, at, session, depth + 1);
  switch (node.type) {
    case "path":
    case "variable": {
      const at = ofDefinition(node, isTrue, env, session, depth);
      return changed(node, isTrue ? truthy : falsy, at);
    }
    case "block": {
      const [only, ...more] = node.expressions as Node[];
      return only === undefined || more.length > 0 ? env : again(only, isTrue);
    }
    case "lambda":
      return node.thunk === true ? again(node.body as Node, isTrue) : env;
    case "binary":
      return binary(node, isTrue, env, session, again);
    case "function":
      return call(node, isTrue, env, again);
    default:
      return env;
  }
}

/** A variable that holds a condition: what the condition tells is told by the variable too. */
function ofDefinition(node: Node, isTrue: boolean, env: Env, session: Session, depth: number): Env {
  if (node.type !== "variable") return env;
  const binding = bindingOf(env, String(node.value));
  if (binding?.node === undefined) return env;
  const kind = binding.node.type;
  if (kind === "path" || kind === "variable" || kind === "lambda") return env;
  if (binding.env === undefined || !meansTheSame(binding.node, binding.env, env)) return env;
  return narrowed(binding.node, isTrue, env, session, depth + 1);
}

/** Whether the context and all variables of an expression are here what they were where it was bound. */
function meansTheSame(node: Node, there: Env, here: Env): boolean {
  if (there.context !== here.context) return false;
  const names = variablesIn(node);
  return names.every((name) => bindingOf(there, name)?.id === bindingOf(here, name)?.id);
}

const variablesIn = (node: Node): string[] => [
  ...(node.type === "variable" ? [String(node.value)] : []),
  ...childrenOf(node).flatMap(variablesIn),
];

type Again = (node: Node, wanted: boolean, at?: Env) => Env;

function binary(node: Node, isTrue: boolean, env: Env, session: Session, again: Again): Env {
  const left = node.lhs as Node;
  const right = node.rhs as Node;
  switch (node.value) {
    case "and":
      return isTrue ? again(right, true, again(left, true)) : env;
    case "or":
      return isTrue ? env : again(right, false, again(left, false));
    case "=":
    case "!=":
      return equal(left, right, (node.value === "=") === isTrue, isTrue, env, session);
    case "in":
      return isTrue ? member(left, right, env, session) : env;
    case "<":
    case "<=":
    case ">":
    case ">=":
      return compared(left, right, node.value, isTrue, env, session);
    default:
      return env;
  }
}

const MIRRORED: Readonly<Record<string, string>> = { "<": ">", "<=": ">=", ">": "<", ">=": "<=" };

const OPPOSITE: Readonly<Record<string, string>> = { "<": ">=", "<=": ">", ">": "<=", ">=": "<" };

function compared(
  left: Node,
  right: Node,
  operator: string,
  isTrue: boolean,
  env: Env,
  session: Session,
): Env {
  const ofLeft = limited(left, operator, isTrue, session.infer(right, env), env);
  return limited(right, MIRRORED[operator]!, isTrue, session.infer(left, env), ofLeft);
}

/** `$count(x) > n`, `$length(x) > n`, `x > n`. */
function limited(node: Node, operator: string, isTrue: boolean, bound: Type, env: Env): Env {
  const { number } = bound;
  if (number === undefined || (!isTrue && bound.nothing !== undefined)) return env;
  const { min, max } = bounds(isTrue ? operator : OPPOSITE[operator]!, number.min, number.max);
  const measured = measuredBy(node);
  if (measured === undefined) {
    // A comparison with nothing is false: where it does not hold there may be nothing.
    return changed(
      node,
      (type) => ({
        // What is neither text nor number fails in a comparison: behind it, it is one of the two.
        ...onlyKinds(type, isTrue ? "sn" : "snm"),
        number: type.number && meetNumbers(type.number, { ...NUMBER, min, max }),
      }),
      env,
    );
  }
  const { of, name } = measured;
  return changed(
    of,
    (type) => (name === "count" ? counted : sized)(type, Math.ceil(min), Math.floor(max), isTrue),
    env,
  );
}

function measuredBy(node: Node): { readonly of: Node; readonly name: "count" | "length" } | undefined {
  const name = calledName(node);
  const [of] = (node.arguments as Node[] | undefined) ?? [];
  return (name === "count" || name === "length") && of !== undefined ? { of, name } : undefined;
}

/** `$name(…)`: the name. */
function calledName(node: Node): string | undefined {
  const procedure = node.procedure as Node | undefined;
  return node.type === "function" && procedure?.type === "variable" ? String(procedure.value) : undefined;
}

function equal(left: Node, right: Node, isEqual: boolean, isTrue: boolean, env: Env, session: Session): Env {
  const one = equalTo(left, session.infer(right, env), isEqual, isTrue, env);
  return equalTo(right, session.infer(left, env), isEqual, isTrue, one);
}

function equalTo(node: Node, other: Type, isEqual: boolean, isTrue: boolean, env: Env): Env {
  // Nothing is neither equal nor unequal: both comparisons are false.
  const there = (type: Type): Type => (isTrue ? present(type) : type);
  const measured = measuredBy(node);
  if (measured?.name === "count" && other.number?.values?.length === 1 && isTrue === isEqual) {
    const [value = 0] = other.number.values;
    if (isEqual) return changed(measured.of, (type) => counted(type, value, value), env);
    return value === 0 ? changed(measured.of, (type) => counted(type, 1, Infinity), env) : env;
  }
  if (measured?.name === "count" && other.number?.values?.[0] === 0 && other.number.values.length === 1)
    return changed(measured.of, (type) => (isEqual ? counted(type, 0, 0) : counted(type, 1, Infinity)), env);
  if (calledName(node) === "type" && other.text?.values?.length === 1)
    return ofNamedKind(node, other.text.values[0]!, isEqual, isTrue, env);
  if (calledName(node) === "trim" && !isEqual && isTrue && isOnly(other, ""))
    return changed((node.arguments as Node[])[0]!, (type) => solid(there(type)), env);
  if (isEqual) return changed(node, (type) => sameAs(there(type), other, isTrue), env);
  return changed(node, (type) => otherThan(there(type), other), env);
}

function ofNamedKind(node: Node, name: string, isEqual: boolean, isTrue: boolean, env: Env): Env {
  const kind = KINDS[name];
  const [of] = node.arguments as Node[];
  if (kind === undefined || of === undefined) return env;
  const others = [..."snblaof"].filter((one) => one !== kind).join("");
  return changed(of, (type) => onlyKinds(type, (isEqual ? kind : others) + (isTrue ? "" : "m")), env);
}

function member(left: Node, right: Node, env: Env, session: Session): Env {
  const among = session.infer(right, env);
  if (among.isAny) return env;
  const items = among.array?.item ?? present(among);
  return changed(left, (type) => sameAs(present(type), items, true), env);
}

function call(node: Node, isTrue: boolean, env: Env, again: Again): Env {
  const [first] = node.arguments as Node[];
  if (first === undefined) return env;
  switch (calledName(node)) {
    case "not":
      return again(first, !isTrue);
    case "boolean":
      return again(first, isTrue);
    case "exists":
      return changed(
        first,
        (type) => (isTrue ? present(type) : onlyKinds({ ...type, isAny: false }, "m")),
        env,
      );
    case "count":
      return changed(first, (type) => (isTrue ? counted(type, 1, Infinity) : counted(type, 0, 0)), env);
    case "length":
      return changed(
        first,
        (type) => (isTrue ? sized(type, 1, Infinity, true) : sized(type, 0, 0, false)),
        env,
      );
    default:
      return env;
  }
}

/** The surroundings with another type for what a node names. */
function changed(node: Node, change: (type: Type) => Type, env: Env): Env {
  const spot = spotOf(node);
  if (spot === undefined) return env;
  const { variable, names } = spot;
  if (variable === "") return inside(env, { input: ofField(env.input, names, change) });
  const binding = bindingOf(env, variable);
  if (binding === undefined) return env;
  const around = inside(env);
  around.vars.set(variable, { ...binding, type: ofField(binding.type, names, change) });
  return around;
}

function spotOf(node: Node): Spot | undefined {
  if (node.predicate !== undefined || node.group !== undefined) return undefined;
  if (node.type === "block") {
    const [only, ...more] = node.expressions as Node[];
    return only === undefined || more.length > 0 ? undefined : spotOf(only);
  }
  if (node.type === "variable") {
    const name = String(node.value);
    return { variable: name, names: [] };
  }
  if (node.type !== "path" || node.keepSingletonArray === true || node.tuple === true) return undefined;
  const steps = node.steps as Node[];
  const isVariable = steps[0]!.type === "variable";
  const names = isVariable ? steps.slice(1) : steps;
  const isPlain = (step: Node): boolean =>
    step.stages === undefined && step.predicate === undefined && step.group === undefined;
  if (!steps.every(isPlain) || !names.every((step) => step.type === "name")) return undefined;
  return {
    variable: isVariable ? String(steps[0]!.value) : "",
    names: names.map((step) => String(step.value)),
  };
}

/** The type with another one for a field of its objects; kinds of objects for which none is left are gone. */
function ofField(type: Type, names: readonly string[], change: (type: Type) => Type): Type {
  const [name, ...more] = names;
  if (name === undefined) return change(type);
  // Of an array the field is all of its items'.
  if (type.array !== undefined || type.isAny) return type;
  const others = { ...type, shapes: [] };
  const ofOthers = isNever(others) || isNever(change({ ...NOTHING })) ? undefined : others;
  const shapes = type.shapes.flatMap((shape): Shape[] => {
    const field = ofField(fieldType(shape, name), more, change);
    if (isNever(field)) return [];
    return [{ ...shape, fields: new Map(shape.fields).set(name, fieldOf(shape, name, field)) }];
  });
  return ofOthers === undefined
    ? {
        ...type,
        nothing: undefined,
        isNull: false,
        bool: 0,
        number: undefined,
        text: undefined,
        calls: [],
        shapes,
      }
    : { ...type, shapes };
}

const NOTHING: Type = { nothing: [], isNull: false, bool: 0, shapes: [], calls: [], isAny: false };

function fieldOf(shape: Shape, name: string, field: Type): Field {
  const former = shape.fields.get(name);
  return lazyField(() => present(field), {
    isRequired: field.nothing === undefined,
    ...(former === undefined || former.isUndeclared === true ? { isUndeclared: true } : {}),
    ...(former?.at === undefined ? {} : { at: former.at }),
    ...(field.nothing === undefined ? {} : { causes: field.nothing }),
  });
}
