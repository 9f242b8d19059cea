/** Whether arguments fit the parameters of a function. */
import type { Node } from "../jsonata.ts";
import type { Parameter } from "../signature.ts";
import { join } from "./join.ts";
import { isEmpty, kindNames, kindsOf, onlyKinds, present } from "./lattice.ts";
import type { Type } from "./lattice.ts";
import { calledIn } from "./wrong-kinds.ts";
import type { Env } from "./scope.ts";
import type { Session } from "./session.ts";

/** A first argument that is left out is the context. */
export function withContext(
  parameters: readonly Parameter[],
  given: readonly Type[],
  env: Env,
): readonly Type[] {
  const [first, second] = parameters;
  if (first?.takesContext !== true) return given;
  const least = parameters.filter(({ isOptional }) => !isOptional).length;
  if (given.length < least + 1 && given.length < parameters.length) return [env.input, ...given];
  const [type] = given;
  if (type === undefined || type.isAny || second === undefined || given.length >= parameters.length)
    return given;
  const fitsFirst = [...kindsOf(type)].some((kind) => first.symbols.includes(kind));
  const fitsSecond = [...kindsOf(type)].some((kind) => second.symbols.includes(kind));
  return !fitsFirst && fitsSecond ? [env.input, ...given] : given;
}

export function checkCount(
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
  const isCalled = calledName(node) === name;
  if (args.length >= least && args.length <= most) return true;
  if (!isCalled) return true;
  const wanted = least === most ? String(most) : `${least} to ${most}`;
  session.tell(
    "RULE_ARGUMENT_INVALID",
    node,
    `\`$${name}\` takes ${wanted} argument${wanted === "1" ? "" : "s"}, and is given ${given}.`,
    {
      isSure: true,
    },
  );
  return false;
}

export const calledName = (node: Node): string | undefined => {
  const callee = (node.type === "apply" ? node.rhs : node.procedure) as Node | undefined;
  return callee?.type === "variable" ? String(callee.value) : undefined;
};

/** Kinds of items, as `a<s>` has them. */
export function checkArgument(
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
  if (isCallback && isEmpty(present(type)) && type.nothing !== undefined && at > 0 && !parameter.isOptional)
    return false;
  return (
    !parameter.isArray ||
    parameter.subtype === undefined ||
    checkItems(name, parameter.subtype, type, said, node, session)
  );
}

function fixFor(wrong: Type): string | undefined {
  if (wrong.isNull) return "Give a default with `?:`, or look first whether it is there.";
  if (wrong.array !== undefined) return "Call it for each with `.` or `$map`, or take one with `[0]`.";
  if (wrong.number !== undefined || wrong.bool !== 0) return "Convert it with `$string(…)`.";
  return wrong.text === undefined ? undefined : "Convert it with `$number(…)`.";
}

function checkItems(
  name: string,
  subtype: string,
  type: Type,
  said: string,
  node: Node,
  session: Session,
): boolean {
  const kind = subtype.charAt(0);
  if (kind === "x") return true;
  const alone = present({ ...type, array: undefined });
  const items =
    type.array === undefined || type.array.max === 0 ? alone : join(alone, present(type.array.item));
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

export function fittingPart(parameter: Parameter | undefined, type: Type): Type {
  if (parameter === undefined || parameter.isArray) return type;
  if (parameter.symbols.includes("f") && parameter.symbols.replace("m", "") === "f") return type;
  const kept = onlyKinds(type, `${parameter.symbols}m`);
  return { ...kept, from: type.from };
}
