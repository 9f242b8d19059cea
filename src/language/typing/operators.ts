/** Operators: what they make, and where they fail or silently make nothing. */
import type { Node } from "../jsonata.ts";
import { comparison, equality, membership } from "./comparisons.ts";
import { joinAll } from "./join.ts";
import { NEVER, NUMBER, arrayOf, boolOf, isNever, numberOf, optional } from "./lattice.ts";
import type { Numbers, Type } from "./lattice.ts";
import { narrowed } from "./narrow.ts";
import type { Env } from "./scope.ts";
import type { Session } from "./session.ts";
import { canBeFalse, canBeTrue, causesOf } from "./truth.ts";
import { joined } from "./written.ts";
import { calledIn, sentence, tellMissing, tellWrong } from "./wrong-kinds.ts";

/** A binary operator. */
export function binaryType(node: Node, env: Env, session: Session): Type {
  const operator = String(node.value);
  const left = session.infer(node.lhs as Node, env);
  if (operator === "and" || operator === "or") return logical(node, left, env, session);
  const right = session.infer(node.rhs as Node, env);
  if (isNever(left) || isNever(right)) return NEVER;
  switch (operator) {
    case "&":
      return joined(node, left, right, session);
    case "=":
    case "!=":
      return equality(node, left, right, session);
    case "in":
      return membership(node, left, right, session);
    case "..":
      return range(node, left, right, session);
    case "<":
    case "<=":
    case ">":
    case ">=":
      return comparison(node, left, right, session);
    default:
      return arithmetic(node, left, right, session);
  }
}

function arithmetic(node: Node, left: Type, right: Type, session: Session): Type {
  const sides: [Node, Type][] = [
    [node.lhs as Node, left],
    [node.rhs as Node, right],
  ];
  const fails = sides.map(([side, type]) =>
    tellWrong(node, side, type, "n", `\`${String(node.value)}\` fails on it`, session),
  );
  if (fails.some(Boolean)) return NEVER;
  tellMissing(node, sides, `the whole \`${String(node.value)}\` is nothing then`, session);
  const causes = causesOf(left, right);
  if (left.isAny || right.isAny || left.number === undefined || right.number === undefined)
    return { ...numberOf(), nothing: causes };
  const number = calculated(String(node.value), left.number, right.number);
  const isDividing = node.value === "/" || node.value === "%";
  if (
    isDividing &&
    (right.number.values?.includes(0) ?? (right.number.min <= 0 && right.number.max >= 0)) &&
    session.isStrict
  )
    session.tell(
      "RULE_OPERAND_TYPE",
      node,
      `${sentence(calledIn(node.rhs as Node, right))} may be 0: what is divided by it is no number.`,
    );
  return { ...NEVER, number, nothing: causes };
}

function calculated(operator: string, left: Numbers, right: Numbers): Numbers {
  const calculate = CALCULATIONS[operator]!;
  const isVolatile = left.isVolatile === true || right.isVolatile === true;
  const more = isVolatile ? { isVolatile } : {};
  if (
    left.values !== undefined &&
    right.values !== undefined &&
    left.values.length * right.values.length <= 40
  ) {
    const values = [...new Set(left.values.flatMap((a) => right.values!.map((b) => calculate(a, b))))];
    if (values.every(Number.isFinite))
      return {
        min: Math.min(...values),
        max: Math.max(...values),
        isInteger: values.every(Number.isInteger),
        values,
        ...more,
      };
  }
  const isInteger = left.isInteger && right.isInteger && operator !== "/";
  const sure = (value: number, otherwise: number): number => (Number.isNaN(value) ? otherwise : value);
  const product = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : a * b);
  switch (operator) {
    case "+":
      return {
        min: sure(left.min + right.min, -Infinity),
        max: sure(left.max + right.max, Infinity),
        isInteger,
        ...more,
      };
    case "-":
      return {
        min: sure(left.min - right.max, -Infinity),
        max: sure(left.max - right.min, Infinity),
        isInteger,
        ...more,
      };
    case "*": {
      const all = [left.min, left.max].flatMap((a) => [right.min, right.max].map((b) => product(a, b)));
      return { min: Math.min(...all), max: Math.max(...all), isInteger, ...more };
    }
    case "/":
      if (right.min > 0 && right.min === right.max)
        return { min: left.min / right.min, max: left.max / right.min, isInteger, ...more };
      return { ...NUMBER, ...more };
    default:
      return { ...NUMBER, isInteger, ...more };
  }
}

const CALCULATIONS: Readonly<Record<string, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "%": (a, b) => a % b,
};

/** `-value`. */
export function negationType(node: Node, env: Env, session: Session): Type {
  const side = node.expression as Node;
  const type = session.infer(side, env);
  if (isNever(type) || tellWrong(node, side, type, "n", "`-` fails on it", session)) return NEVER;
  const { number } = type;
  if (number === undefined) return { ...numberOf(), nothing: type.nothing };
  return {
    ...NEVER,
    nothing: type.nothing,
    number: { ...calculated("-", { min: 0, max: 0, isInteger: true, values: [0] }, number) },
  };
}

function logical(node: Node, left: Type, env: Env, session: Session): Type {
  const isAnd = node.value === "and";
  const after = narrowed(node.lhs as Node, isAnd, env, session);
  const goesOn = isAnd ? canBeTrue(left) : canBeFalse(left);
  const right = goesOn ? session.infer(node.rhs as Node, after) : NEVER;
  const types = [left, right];
  const mayBeTrue = isAnd ? types.every(canBeTrue) : types.some(canBeTrue);
  const mayBeFalse = isAnd ? types.some(canBeFalse) : types.every(canBeFalse);
  return isNever(left) ? NEVER : boolOf((mayBeTrue ? 2 : 0) | (mayBeFalse ? 1 : 0));
}

function range(node: Node, left: Type, right: Type, session: Session): Type {
  const sides: [Node, Type][] = [
    [node.lhs as Node, left],
    [node.rhs as Node, right],
  ];
  const fails = sides.map(([side, type]) => tellWrong(node, side, type, "n", "`..` fails on it", session));
  if (fails.some(Boolean)) return NEVER;
  for (const [side, type] of sides)
    if (session.isStrict && type.number?.isInteger === false)
      session.tell(
        "RULE_OPERAND_TYPE",
        node,
        `${sentence(calledIn(side, type))} may be no whole number: \`..\` fails on it.`,
      );
  const { number: from } = left;
  const { number: to } = right;
  if (from === undefined || to === undefined)
    return optional(arrayOf(numberOf({ isInteger: true })), "the range may be empty");
  const item = numberOf({ min: from.min, max: to.max, isInteger: true });
  const min = Math.floor(to.min - from.max) + 1;
  const max = Math.floor(to.max - from.min) + 1;
  if (max < 1) return { ...NEVER, nothing: ["the range is empty"] };
  const some = joinAll([max >= 2 ? arrayOf(item, Math.max(2, min), max) : NEVER, min <= 1 ? item : NEVER]);
  const isMissing = min < 1 || left.nothing !== undefined || right.nothing !== undefined;
  return isMissing ? optional(some, "the range may be empty") : some;
}
