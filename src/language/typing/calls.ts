/** Calls: which function is meant, whether its arguments fit, and what it makes of them. */
import { library } from "../functions/library.ts";
import type { Node } from "../jsonata.ts";
import { signatureOf } from "../signature.ts";
import { calledName, checkArgument, checkCount, fittingPart, withContext } from "./arguments.ts";
import { madeBy } from "./built-ins.ts";
import { join } from "./join.ts";
import {
  ANY,
  NEVER,
  isEmpty,
  isNever,
  kindNames,
  kindsOf,
  nothingOf,
  onlyKinds,
  optional,
  present,
} from "./lattice.ts";
import type { Callee, Type } from "./lattice.ts";
import { calledIn } from "./wrong-kinds.ts";
import { bind, bindingOf, inside } from "./scope.ts";
import type { Env } from "./scope.ts";
import type { Session } from "./session.ts";
import { asArray } from "./truth.ts";

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
  session.tell("RULE_ARGUMENT_INVALID", node, `${name} is ${kindNames(kindsOf(callee))}, not a function.`, {
    isSure: true,
  });
}

function applyOne(callee: Callee, args: readonly Type[], node: Node, env: Env, session: Session): Type {
  switch (callee.kind) {
    case "builtin":
      return builtinType(callee.name, args, node, env, session);
    case "lambda": {
      const fitting = asSigned(callee.node, args, node, env, session);
      return fitting === undefined ? NEVER : lambdaType(callee.node, callee.env, fitting, env.loop, session);
    }
    case "partial": {
      const rest = [...args];
      const all = callee.given.map((one) => one ?? rest.shift() ?? nothingOf());
      return applied(callee.of, all, node, env, session);
    }
    case "chain":
      return applied(callee.second, [applied(callee.first, args, node, env, session)], node, env, session);
    case "transform":
      checkChanged(args[0] ?? nothingOf(), node, session);
      return transformed(callee.node, args[0] ?? nothingOf(), callee.env, session);
    default:
      return ANY;
  }
}

/** The arguments as a signature `<s-n?:s>` of the rule's own takes them; undefined where they surely do not fit. */
function asSigned(
  lambda: Node,
  args: readonly Type[],
  node: Node,
  env: Env,
  session: Session,
): readonly Type[] | undefined {
  const definition = (lambda.signature as { readonly definition: string } | undefined)?.definition;
  if (definition === undefined) return args;
  const { parameters } = signatureOf(definition);
  const name = calledName(node) ?? "function";
  // A built-in passes as many as the function declares.
  const passed = library.has(name) ? args.slice(0, (lambda.arguments as Node[]).length) : args;
  // Which argument is meant for which parameter is decided by what they are.
  if (parameters.some(({ isOptional }) => isOptional)) {
    const fitsInTurn = (type: Type, at: number): boolean =>
      [...kindsOf(type)].every((kind) => parameters[at]?.symbols.includes(kind) === true);
    if (!passed.every(fitsInTurn))
      session.tell(
        "RULE_ARGUMENT_INVALID",
        node,
        `The arguments may not be of the kinds that \`${definition}\` says.`,
      );
    return args.map(() => ANY);
  }
  const given = withContext(parameters, passed, env);
  const shift = given.length - passed.length;
  const fits = given.map((type, at) => {
    const parameter = parameters[Math.min(at, parameters.length - 1)];
    return (
      parameter === undefined ||
      checkArgument({ name, at, shift: at - shift }, parameter, type, node, session)
    );
  });
  if (fits.includes(false)) return undefined;
  return given.map((type, at) =>
    parameters[at]?.isArray === true ? asArray(type) : fittingPart(parameters[at], type),
  );
}

function checkChanged(type: Type, node: Node, session: Session): void {
  const wrong = present(onlyKinds(type, "snblf"));
  if (isEmpty(wrong) || (type.isAny && !session.isStrict)) return;
  const isSure = isEmpty(onlyKinds(type, "oam"));
  session.tell(
    "RULE_ARGUMENT_INVALID",
    node,
    `A transform \`|…|\` changes objects and arrays; ${calledIn(undefined, type)} ${isSure ? "is" : "may be"} ${kindNames(kindsOf(wrong))}.`,
    { isSure },
  );
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
  const isCalled = calledName(node) === name;
  // `$map` and the like pass what a function declares.
  const args = isCalled ? withContext(parameters, given, env) : given.slice(0, builtin.arity);
  if (!checkCount(name, parameters, args, given.length, node, session)) return NEVER;
  let isMissing = false;
  for (const [at, type] of args.entries()) {
    const parameter = parameters[Math.min(at, parameters.length - 1)];
    if (parameter === undefined) continue;
    const fit = checkArgument(
      { name, at, shift: at - (args.length - given.length) },
      parameter,
      type,
      node,
      session,
    );
    if (!fit) return NEVER;
    // What does not fit has failed: what is left goes on.
    if (at > 0 && type.nothing !== undefined && !parameter.isOptional && !parameter.symbols.includes("f"))
      isMissing = true;
  }
  const fitting = args.map((type, at) => fittingPart(parameters[Math.min(at, parameters.length - 1)], type));
  const made = madeBy(name, fitting, node, env, session);
  return isMissing && LOOSE.has(name) ? optional(made, "an argument may be nothing") : made;
}

/** Functions of which nothing comes where a later argument is nothing. */
const LOOSE = new Set(["contains"]);
