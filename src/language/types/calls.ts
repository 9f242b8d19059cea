/** Calls: which function is meant, whether its arguments fit, and what it makes of them. */
import { library } from "../functions/library.ts";
import type { Node } from "../jsonata.ts";
import type { Parameter } from "../signature.ts";
import { madeBy } from "./built-ins.ts";
import { calledIn } from "./operators.ts";
import { join } from "./join.ts";
import { bind, bindingOf, inside } from "./scope.ts";
import type { Env } from "./scope.ts";
import type { Session } from "./session.ts";
import { ANY, NEVER, isEmpty, isNever, kindNames, kindsOf, nothingOf, onlyKinds, optional, present } from "./type.ts";
import type { Callee, Type } from "./type.ts";

/** `$f(…)`; `first` is what `~>` brings. */
export function callType(node: Node, env: Env, session: Session, first?: Type): Type {
  const procedure = node.procedure as Node;
  const given = (node.arguments as Node[]).map((one) => session.infer(one, env));
  const args = first === undefined ? given : [first, ...given];
  if (args.some(isNever)) return NEVER;
  const callee = calleeType(procedure, env, session);
  return session.apply(callee, args, node, env);
}

function calleeType(procedure: Node, env: Env, session: Session): Type {
  const name = procedure.type === "variable" ? String(procedure.value) : "";
  const isBuiltin = name !== "" && bindingOf(env, name) === undefined && library.has(name);
  return isBuiltin ? { ...NEVER, calls: [{ kind: "builtin", name }] } : session.infer(procedure, env);
}

/** `$f(?, …)`. */
export function partialType(node: Node, env: Env, session: Session): Type {
  const of = calleeType(node.procedure as Node, env, session);
  const given = (node.arguments as Node[]).map((one) =>
    one.type === "operator" && one.value === "?" ? undefined : session.infer(one, env),
  );
  return { ...NEVER, calls: [{ kind: "partial", of, given }] };
}

/** `value ~> $f(…)`, `value ~> $f`, `$f ~> $g`. */
export function chainType(node: Node, env: Env, session: Session): Type {
  const left = session.infer(node.lhs as Node, env);
  const right = node.rhs as Node;
  if (isNever(left)) return NEVER;
  if (right.type === "function") return callType(right, env, session, left);
  const callee = calleeType(right, env, session);
  if (left.calls.length > 0) return { ...NEVER, calls: [{ kind: "chain", first: left, second: callee }] };
  return session.apply(callee, [left], node, env);
}

/** Functions in functions, at most: from there on nothing is known. */
const MOST_CALLS = 24;

/** Calls whatever may be called. */
export function applied(callee: Type, args: readonly Type[], node: Node, env: Env, session: Session): Type {
  if (callee.isAny) return ANY;
  if (callee.calls.length === 0) {
    if (!isNever(callee)) tellNoFunction(callee, node, session);
    return NEVER;
  }
  return callee.calls.map((one) => applyOne(one, args, node, env, session)).reduce(join, NEVER);
}

function tellNoFunction(callee: Type, node: Node, session: Session): void {
  const procedure = (node.procedure ?? node.rhs) as Node | undefined;
  const isNothing = isEmpty(callee);
  const name = procedure?.type === "variable" ? `\`$${String(procedure.value)}\`` : "What is called here";
  // What is bound nowhere is told of as a function that does not exist.
  if (isNothing && procedure?.type === "variable") return;
  session.tell("RULE_ARGUMENT_INVALID", node, `${name} is ${kindNames(kindsOf(callee))}, not a function.`, { isSure: true });
}

function applyOne(callee: Callee, args: readonly Type[], node: Node, env: Env, session: Session): Type {
  switch (callee.kind) {
    case "builtin":
      return builtinType(callee.name, args, node, env, session);
    case "lambda":
      return lambdaType(callee.node, callee.env, args, env.loop, session);
    case "partial": {
      const rest = [...args];
      const all = callee.given.map((one) => one ?? rest.shift() ?? nothingOf());
      return applied(callee.of, all, node, env, session);
    }
    case "chain":
      return applied(callee.second, [applied(callee.first, args, node, env, session)], node, env, session);
    case "transform":
      return transformed(callee.node, args[0] ?? nothingOf(), callee.env, session);
    default:
      return ANY;
  }
}

function lambdaType(lambda: Node, env: Env, args: readonly Type[], loop: number, session: Session): Type {
  const { stack } = session;
  if (stack.length >= MOST_CALLS || stack.filter((one) => one === lambda).length >= 2) return ANY;
  const around = inside(env, { isScope: true, loop: Math.max(env.loop, loop), isUnsure: false });
  (lambda.arguments as Node[]).forEach(({ value }, at) => {
    bind(around, String(value), args[at] ?? nothingOf("the argument is not given"));
  });
  stack.push(lambda);
  const made = session.infer(lambda.body as Node, around);
  stack.pop();
  return made;
}

/** `| pattern | update, delete |`: where all of the value is changed, its fields are known. */
function transformed(node: Node, value: Type, env: Env, session: Session): Type {
  const pattern = node.pattern as Node;
  const update = session.infer(node.update as Node, inside(env, { input: present(value), context: {} }));
  const isWhole = pattern.type === "variable" && pattern.value === "" && node.delete === undefined;
  const [shape, ...more] = update.shapes;
  if (!isWhole || value.isAny || shape === undefined || more.length > 0 || shape.rest !== undefined)
    return { ...onlyKinds(present(ANY), "oa"), nothing: value.nothing };
  const shapes = value.shapes.map((one) => ({ ...one, fields: new Map([...one.fields, ...shape.fields]) }));
  return { ...value, from: undefined, shapes };
}

function builtinType(name: string, given: readonly Type[], node: Node, env: Env, session: Session): Type {
  const builtin = library.get(name);
  if (builtin === undefined) return ANY;
  const { parameters } = builtin.signature;
  const args = withContext(parameters, given, env);
  if (!checkCount(name, parameters, args, given.length, node, session)) return NEVER;
  let isMissing = false;
  for (const [at, type] of args.entries()) {
    const parameter = parameters[Math.min(at, parameters.length - 1)];
    if (parameter === undefined) continue;
    const fit = checkArgument({ name, at, shift: at - (args.length - given.length) }, parameter, type, node, session);
    if (!fit) return NEVER;
    // What does not fit has failed: what is left goes on.
    if (at > 0 && type.nothing !== undefined && !parameter.isOptional && !parameter.symbols.includes("f")) isMissing = true;
  }
  const fitting = args.map((type, at) => fittingPart(parameters[Math.min(at, parameters.length - 1)], type));
  const made = madeBy(name, fitting, node, env, session);
  return isMissing && LOOSE.has(name) ? optional(made, "an argument may be nothing") : made;
}

/** Functions of which nothing comes where a later argument is nothing. */
const LOOSE = new Set(["contains"]);

/** A first argument that is left out is the context. */
function withContext(parameters: readonly Parameter[], given: readonly Type[], env: Env): readonly Type[] {
  const [first, second] = parameters;
  if (first?.takesContext !== true) return given;
  const least = parameters.filter(({ isOptional }) => !isOptional).length;
  if (given.length < least + 1 && given.length < parameters.length) return [env.input, ...given];
  const [type] = given;
  if (type === undefined || type.isAny || second === undefined || given.length >= parameters.length) return given;
  const fitsFirst = [...kindsOf(type)].some((kind) => first.symbols.includes(kind));
  const fitsSecond = [...kindsOf(type)].some((kind) => second.symbols.includes(kind));
  return !fitsFirst && fitsSecond ? [env.input, ...given] : given;
}

function checkCount(
  name: string,
  parameters: readonly Parameter[],
  args: readonly Type[],
  given: number,
  node: Node,
  session: Session,
): boolean {
  if (parameters.some(({ isMany }) => isMany)) return true;
  const least = parameters.filter(({ isOptional, takesContext }) => !isOptional || takesContext).length;
  const most = parameters.length;
  // `$map` and the like pass what a function declares.
  if (args.length > most && node.type === "function" && (node.arguments as Node[]).length < given) return true;
  const isCalled = calledName(node) === name;
  if (args.length >= least && args.length <= most) return true;
  if (!isCalled) return true;
  const wanted = least === most ? String(most) : `${least} to ${most}`;
  session.tell("RULE_ARGUMENT_INVALID", node, `\`$${name}\` takes ${wanted} argument${wanted === "1" ? "" : "s"}, and is given ${given}.`, {
    isSure: true,
  });
  return false;
}

const calledName = (node: Node): string | undefined => {
  const callee = (node.type === "apply" ? node.rhs : node.procedure) as Node | undefined;
  return callee?.type === "variable" ? String(callee.value) : undefined;
};

/** Kinds of items, as `a<s>` has them. */
function checkArgument(
  { name, at, shift }: { name: string; at: number; shift: number },
  parameter: Parameter,
  type: Type,
  node: Node,
  session: Session,
): boolean {
  if (type.isAny && !session.isStrict) return true;
  const argument = shift < 0 ? undefined : (node.arguments as Node[] | undefined)?.at(shift);
  const allowed = parameter.isArray ? "asnblofm" : `${parameter.symbols}m`;
  const wrong = onlyKinds(type, [..."snblaof"].filter((kind) => !allowed.includes(kind)).join(""));
  const said = calledIn(argument, type);
  const isCallback = parameter.symbols === "f";
  if (!isEmpty(present(wrong)) && !(type.isAny && isCallback)) {
    const isSure = isEmpty(onlyKinds(type, allowed)) && type.nothing === undefined;
    session.tell(
      "RULE_ARGUMENT_INVALID",
      node,
      `\`$${name}\` wants ${kindNames(parameter.symbols.replace("m", ""))}; ${said} ${isSure ? "is" : "may be"} ${kindNames(kindsOf(present(wrong)))}.`,
      { isSure, fix: fixFor(wrong) },
    );
    if (isSure) return false;
  }
  if (isCallback && isEmpty(present(type)) && type.nothing !== undefined && at > 0 && !parameter.isOptional) return false;
  return !parameter.isArray || parameter.subtype === undefined || checkItems(name, parameter.subtype, type, said, node, session);
}

function fixFor(wrong: Type): string | undefined {
  if (wrong.isNull) return "Give a default with `?:`, or look first whether it is there.";
  if (wrong.array !== undefined) return "Call it for each with `.` or `$map`, or take one with `[0]`.";
  if (wrong.number !== undefined || wrong.bool !== 0) return "Convert it with `$string(…)`.";
  return wrong.text === undefined ? undefined : "Convert it with `$number(…)`.";
}

function checkItems(name: string, subtype: string, type: Type, said: string, node: Node, session: Session): boolean {
  const kind = subtype.charAt(0);
  if (kind === "x") return true;
  const alone = present({ ...type, array: undefined });
  const items = type.array === undefined || type.array.max === 0 ? alone : join(alone, present(type.array.item));
  const wrong = onlyKinds(items, [..."snblaof"].filter((one) => one !== kind).join(""));
  if (isEmpty(wrong)) return true;
  const isSure = isEmpty(onlyKinds(items, kind)) && type.nothing === undefined && (type.array?.min ?? 1) > 0;
  session.tell(
    "RULE_ARGUMENT_INVALID",
    node,
    `\`$${name}\` wants an array of nothing but ${kindNames(kind).replace(/^an? /, "")}${kind === "s" ? "s" : "s"}; among those of ${said} ${isSure ? "is" : "may be"} ${kindNames(kindsOf(wrong))}.`,
    { isSure },
  );
  return !isSure;
}

function fittingPart(parameter: Parameter | undefined, type: Type): Type {
  if (parameter === undefined || parameter.isArray) return type;
  if (parameter.symbols.includes("f") && parameter.symbols.replace("m", "") === "f") return type;
  const kept = onlyKinds(type, `${parameter.symbols}m`);
  return { ...kept, from: type.from };
}
