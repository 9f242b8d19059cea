/** Operators: what they make, and where they fail or silently make nothing. */
import type { Node } from "../jsonata.ts";
import { originOf } from "../origin.ts";
import { nearest } from "../../core/suggest.ts";
import { joinAll } from "./join.ts";
import { narrowed } from "./narrow.ts";
import type { Env } from "./scope.ts";
import type { Session } from "./session.ts";
import { SOME_TEXT, concatenated, textsOf, joinTexts, BLANKS } from "./texts.ts";
import type { Texts } from "./texts.ts";
import { canBeFalse, canBeTrue, causesOf, countOf } from "./truth.ts";
import {
  NEVER,
  NUMBER,
  arrayOf,
  boolOf,
  isEmpty,
  isNever,
  kindNames,
  kindsOf,
  numberOf,
  onlyKinds,
  optional,
  present,
  textType,
} from "./type.ts";
import type { Numbers, Type } from "./type.ts";

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

/** How a value is called in a sentence: by its path, else by what it is written as. */
export function calledIn(node: Node | undefined, type: Type): string {
  const origin = node === undefined ? undefined : originOf(node);
  if (type.from !== undefined && type.from !== "") return `\`${type.from}\``;
  return origin === undefined ? "this" : `\`${origin}\``;
}

/** Where one side is of a wrong kind: told, and true where it surely is. */
function tellWrong(node: Node, side: Node, type: Type, kinds: string, does: string, session: Session): boolean {
  const wrong = present(onlyKinds(type, [..."snblaof"].filter((kind) => !kinds.includes(kind)).join("")));
  if (isEmpty(wrong) || (type.isAny && !session.isStrict)) return false;
  const isSure = isEmpty(onlyKinds(type, kinds)) && type.nothing === undefined;
  const verb = isSure ? "is" : "may be";
  session.tell("RULE_OPERAND_TYPE", node, `${sentence(calledIn(side, type))} ${verb} ${kindNames(kindsOf(wrong))}: ${does}.`, {
    fix: fixFor(wrong, kinds),
    isSure,
  });
  return isSure;
}

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function fixFor(wrong: Type, kinds: string): string | undefined {
  if (wrong.isNull) return "Give a default with `?:`, or look first whether it is there.";
  if (wrong.text !== undefined && kinds.includes("n")) return "Convert it with `$number(…)`. Texts are joined with `&`.";
  if (wrong.array !== undefined) return "Take one with `[0]`, or go through them with `.` or `$map`.";
  return undefined;
}

function tellMissing(node: Node, sides: readonly [Node, Type][], does: string, session: Session): void {
  if (!session.isStrict) return;
  for (const [side, type] of sides) {
    if (type.nothing === undefined || type.isAny) continue;
    const why = type.nothing[0];
    session.tell("RULE_OPERAND_MISSING", node, `${sentence(calledIn(side, type))} may be nothing${why === undefined ? "" : ` (${why})`}: ${does}.`, {
      fix: "Give a default with `?:`, or look first whether it is there.",
    });
    return;
  }
}

function arithmetic(node: Node, left: Type, right: Type, session: Session): Type {
  const sides: [Node, Type][] = [
    [node.lhs as Node, left],
    [node.rhs as Node, right],
  ];
  const fails = sides.map(([side, type]) => tellWrong(node, side, type, "n", `\`${String(node.value)}\` fails on it`, session));
  if (fails.some(Boolean)) return NEVER;
  tellMissing(node, sides, `the whole \`${String(node.value)}\` is nothing then`, session);
  const causes = causesOf(left, right);
  if (left.isAny || right.isAny || left.number === undefined || right.number === undefined)
    return { ...numberOf(), nothing: causes };
  const number = calculated(String(node.value), left.number, right.number);
  const isDividing = node.value === "/" || node.value === "%";
  if (isDividing && (right.number.values?.includes(0) ?? (right.number.min <= 0 && right.number.max >= 0)) && session.isStrict)
    session.tell("RULE_OPERAND_TYPE", node, `${sentence(calledIn(node.rhs as Node, right))} may be 0: what is divided by it is no number.`);
  return { ...NEVER, number, nothing: causes };
}

function calculated(operator: string, left: Numbers, right: Numbers): Numbers {
  const calculate = CALCULATIONS[operator]!;
  const isVolatile = left.isVolatile === true || right.isVolatile === true;
  const more = isVolatile ? { isVolatile } : {};
  if (left.values !== undefined && right.values !== undefined && left.values.length * right.values.length <= 40) {
    const values = [...new Set(left.values.flatMap((a) => right.values!.map((b) => calculate(a, b))))];
    if (values.every(Number.isFinite))
      return { min: Math.min(...values), max: Math.max(...values), isInteger: values.every(Number.isInteger), values, ...more };
  }
  const isInteger = left.isInteger && right.isInteger && operator !== "/";
  const sure = (value: number, otherwise: number): number => (Number.isNaN(value) ? otherwise : value);
  const product = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : a * b);
  switch (operator) {
    case "+":
      return { min: sure(left.min + right.min, -Infinity), max: sure(left.max + right.max, Infinity), isInteger, ...more };
    case "-":
      return { min: sure(left.min - right.max, -Infinity), max: sure(left.max - right.min, Infinity), isInteger, ...more };
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
  return { ...NEVER, nothing: type.nothing, number: { ...calculated("-", { min: 0, max: 0, isInteger: true, values: [0] }, number) } };
}

function comparison(node: Node, left: Type, right: Type, session: Session): Type {
  const sides: [Node, Type][] = [
    [node.lhs as Node, left],
    [node.rhs as Node, right],
  ];
  const fails = sides.map(([side, type]) => tellWrong(node, side, type, "sn", `\`${String(node.value)}\` fails on it`, session));
  if (fails.some(Boolean)) return NEVER;
  const isUnknown = left.isAny || right.isAny;
  const [ofLeft, ofRight] = [kindsOf(onlyKinds(left, "sn")), kindsOf(onlyKinds(right, "sn"))];
  if (!isUnknown && ofLeft !== "" && ofRight !== "" && (ofLeft !== ofRight || ofLeft.length > 1)) {
    const isSure = ofLeft.length === 1 && ofRight.length === 1 && left.nothing === undefined && right.nothing === undefined;
    const said = `${sentence(calledIn(node.lhs as Node, left))} is ${kindNames(ofLeft)} and ${calledIn(node.rhs as Node, right)} ${kindNames(ofRight)}: \`${String(node.value)}\` fails on two kinds.`;
    session.tell("RULE_OPERAND_TYPE", node, said, { isSure, fix: "Nothing is converted by itself: use `$number(…)` or `$string(…)` on one side." });
    if (isSure) return NEVER;
  }
  tellMissing(node, sides, "the comparison is nothing then, which counts as false", session);
  const causes = causesOf(left, right);
  const bool = isUnknown || left.number === undefined || right.number === undefined || left.text !== undefined || right.text !== undefined
    ? 3
    : order(String(node.value), left.number, right.number);
  return { ...boolOf(bool), nothing: causes };
}

function order(operator: string, left: Numbers, right: Numbers): number {
  switch (operator) {
    case "<":
      return (left.min < right.max ? 2 : 0) | (left.max >= right.min ? 1 : 0);
    case "<=":
      return (left.min <= right.max ? 2 : 0) | (left.max > right.min ? 1 : 0);
    case ">":
      return order("<", right, left);
    default:
      return order("<=", right, left);
  }
}

function equality(node: Node, left: Type, right: Type, session: Session): Type {
  const sides: [Node, Type][] = [
    [node.lhs as Node, left],
    [node.rhs as Node, right],
  ];
  if (node.value === "!=") tellMissing(node, sides, "nothing is never unequal, the comparison is false then", session);
  const mayBeNothing = left.nothing !== undefined || right.nothing !== undefined;
  const equal = mayEqual(left, right);
  const isOne = equal && isOneValue(left) && isOneValue(right);
  if (!equal && session.isStrict && !isEmpty(present(left)) && !isEmpty(present(right))) tellUnequal(node, left, right, session);
  const isEqual = (equal ? 2 : 0) | (isOne ? 0 : 1);
  const bool = node.value === "=" ? isEqual : (isEqual & 2 ? 1 : 0) | (isEqual & 1 ? 2 : 0);
  return boolOf(mayBeNothing ? bool | 1 : bool);
}

function isOneValue(type: Type): boolean {
  const kinds = kindsOf(type);
  if (kinds === "l") return true;
  if (kinds === "s") return type.text?.values?.length === 1;
  if (kinds === "n") return type.number?.values?.length === 1;
  return kinds === "b" && type.bool !== 3;
}

function mayEqual(left: Type, right: Type): boolean {
  if (left.isAny || right.isAny) return true;
  if (left.isNull && right.isNull) return true;
  if ((left.bool & right.bool) !== 0) return true;
  if (left.number !== undefined && right.number !== undefined && overlap(left.number, right.number)) return true;
  if (left.text !== undefined && right.text !== undefined && mayBeSame(left.text, right.text)) return true;
  if (left.array !== undefined && right.array !== undefined) return true;
  return left.shapes.length > 0 && right.shapes.length > 0;
}

const overlap = (left: Numbers, right: Numbers): boolean =>
  left.values !== undefined && right.values !== undefined
    ? left.values.some((one) => right.values!.includes(one))
    : left.min <= right.max && right.min <= left.max;

function mayBeSame(left: Texts, right: Texts): boolean {
  if (left.values !== undefined && right.values !== undefined)
    return left.values.some((one) => right.values!.includes(one));
  if (left.min > right.max || right.min > left.max) return false;
  return left.prefix.startsWith(right.prefix) || right.prefix.startsWith(left.prefix);
}

function tellUnequal(node: Node, left: Type, right: Type, session: Session): void {
  const never = `they are never equal: this is ${node.value === "=" ? "false" : "true"} always`;
  const [known, other] = left.text?.values !== undefined && left.text.values.length > 1 ? [left, right] : [right, left];
  const typed = other.text?.values?.[0];
  const values = known.text?.values ?? [];
  const isWord = typed !== undefined && values.length > 0;
  const name = calledIn(known === left ? (node.lhs as Node) : (node.rhs as Node), known);
  const meant = isWord ? nearest(typed, values) : undefined;
  session.tell(
    "RULE_OPERAND_TYPE",
    node,
    isWord
      ? `${sentence(name)} is ${values.map((one) => `"${one}"`).slice(0, 8).join(", ")} and never "${typed}".`
      : `${sentence(calledIn(node.lhs as Node, left))} is ${kindNames(kindsOf(present(left)))} and ${calledIn(node.rhs as Node, right)} ${kindNames(kindsOf(present(right)))}; ${never}.`,
    meant === undefined ? {} : { fix: `Did you mean "${meant}"?` },
  );
}

function membership(node: Node, left: Type, right: Type, session: Session): Type {
  const { item } = countOf(right);
  const may = mayEqual(left, item);
  if (!may && session.isStrict && !isEmpty(present(left)) && !isEmpty(item)) tellUnequal({ ...node, value: "=" }, left, item, session);
  return boolOf(may ? 3 : 1);
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

function joined(node: Node, left: Type, right: Type, session: Session): Type {
  for (const [side, type] of [
    [node.lhs as Node, left],
    [node.rhs as Node, right],
  ] as const)
    checkWritten(node, side, type, session);
  return textType(concatenated(writtenText(left), writtenText(right)));
}

/** What `&` writes of a value that is no text, and which is likely not meant. */
function checkWritten(node: Node, side: Node, type: Type, session: Session): void {
  if (!session.isStrict || type.isAny) return;
  const odd = present(onlyKinds(type, "laof"));
  if (!isEmpty(odd)) {
    const what = kindNames(kindsOf(odd));
    const as = odd.isNull ? 'it is written "null"' : "it is written as JSON";
    session.tell("RULE_OPERAND_TYPE", node, `${sentence(calledIn(side, type))} may be ${what}: ${as} into the text.`, {
      fix: odd.isNull ? "Give a default with `?:`." : "Take a field of it, or join its items with `$join(…)`.",
    });
  }
  const cause = type.nothing?.find((one) => one.startsWith("`"));
  if (cause !== undefined)
    session.tell("RULE_OPERAND_MISSING", node, `${sentence(calledIn(side, type))} may be nothing (${cause}): the text lacks it then.`, {
      fix: "Give a default with `?:`, or leave out the words around it too.",
    });
}

const NUMBER_TEXT: Texts = { ...SOME_TEXT, min: 1, max: 25, without: BLANKS, isSolid: true };

/** A value as `&` and `$string` write it; nothing as "". */
export function writtenText(type: Type): Texts {
  if (type.isAny) return SOME_TEXT;
  const parts: Texts[] = [];
  if (type.nothing !== undefined) parts.push(textsOf(""));
  if (type.isNull) parts.push(textsOf("null"));
  if (type.bool !== 0) parts.push(textsOf(...(type.bool & 1 ? ["false"] : []), ...(type.bool & 2 ? ["true"] : [])));
  if (type.text !== undefined) parts.push(type.text);
  if (type.number !== undefined) parts.push(numberText(type.number));
  if (type.calls.length > 0) parts.push(textsOf(""));
  if (type.array !== undefined || type.shapes.length > 0) parts.push({ ...SOME_TEXT, min: 2, isSolid: true });
  return parts.length === 0 ? textsOf("") : parts.reduce(joinTexts);
}

function numberText({ values, isVolatile, isInteger, min, max }: Numbers): Texts {
  const more = isVolatile === true ? { isVolatile } : {};
  if (values !== undefined && isInteger) return { ...textsOf(...values.map(String)), ...more };
  const isSmall = isInteger && min >= 0 && max < 1e15;
  return { ...NUMBER_TEXT, ...(isSmall ? { max: String(max).length } : {}), ...more };
}

function range(node: Node, left: Type, right: Type, session: Session): Type {
  const sides: [Node, Type][] = [
    [node.lhs as Node, left],
    [node.rhs as Node, right],
  ];
  const fails = sides.map(([side, type]) => tellWrong(node, side, type, "n", "`..` fails on it", session));
  if (fails.some(Boolean)) return NEVER;
  const { number: from } = left;
  const { number: to } = right;
  if (from === undefined || to === undefined) return optional(arrayOf(numberOf({ isInteger: true })), "the range may be empty");
  const item = numberOf({ min: from.min, max: to.max, isInteger: true });
  const min = to.min - from.max + 1;
  const max = to.max - from.min + 1;
  if (max < 1) return { ...NEVER, nothing: ["the range is empty"] };
  const some = joinAll([max >= 2 ? arrayOf(item, Math.max(2, min), max) : NEVER, min <= 1 ? item : NEVER]);
  return min < 1 ? optional(some, "the range may be empty") : some;
}
