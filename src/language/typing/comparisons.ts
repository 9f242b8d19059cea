/** `=`, `<`, `in` and the like: what can be true, and what cannot. */
import { nearest } from "../../core/suggest.ts";
import type { Node } from "../jsonata.ts";
import { NEVER, boolOf, isEmpty, kindNames, kindsOf, onlyKinds, present } from "./lattice.ts";
import type { Numbers, Type } from "./lattice.ts";
import type { Session } from "./session.ts";
import type { Texts } from "./texts.ts";
import { causesOf, countOf } from "./truth.ts";
import { calledIn, sentence, tellMissing, tellWrong } from "./wrong-kinds.ts";

export function comparison(node: Node, left: Type, right: Type, session: Session): Type {
  const sides: [Node, Type][] = [
    [node.lhs as Node, left],
    [node.rhs as Node, right],
  ];
  const fails = sides.map(([side, type]) =>
    tellWrong(node, side, type, "sn", `\`${String(node.value)}\` fails on it`, session),
  );
  if (fails.some(Boolean)) return NEVER;
  const isUnknown = left.isAny || right.isAny;
  const [ofLeft, ofRight] = [kindsOf(onlyKinds(left, "sn")), kindsOf(onlyKinds(right, "sn"))];
  if (!isUnknown && ofLeft !== "" && ofRight !== "" && (ofLeft !== ofRight || ofLeft.length > 1)) {
    const isSure =
      ofLeft.length === 1 &&
      ofRight.length === 1 &&
      left.nothing === undefined &&
      right.nothing === undefined;
    const said = `${sentence(calledIn(node.lhs as Node, left))} is ${kindNames(ofLeft)} and ${calledIn(node.rhs as Node, right)} ${kindNames(ofRight)}: \`${String(node.value)}\` fails on two kinds.`;
    session.tell("RULE_OPERAND_TYPE", node, said, {
      isSure,
      fix: "Nothing is converted by itself: use `$number(…)` or `$string(…)` on one side.",
    });
    if (isSure) return NEVER;
  }
  tellMissing(node, sides, "the comparison is nothing then, which counts as false", session);
  const causes = causesOf(left, right);
  const bool =
    isUnknown ||
    left.number === undefined ||
    right.number === undefined ||
    left.text !== undefined ||
    right.text !== undefined
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

export function equality(node: Node, left: Type, right: Type, session: Session): Type {
  const sides: [Node, Type][] = [
    [node.lhs as Node, left],
    [node.rhs as Node, right],
  ];
  if (node.value === "!=")
    tellMissing(node, sides, "nothing is never unequal, the comparison is false then", session);
  const mayBeNothing = left.nothing !== undefined || right.nothing !== undefined;
  const equal = mayEqual(left, right);
  const isOne = equal && isOneValue(left) && isOneValue(right);
  if (!equal && session.isStrict && !isEmpty(present(left)) && !isEmpty(present(right)))
    tellUnequal(node, left, right, session);
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
  if (left.number !== undefined && right.number !== undefined && overlap(left.number, right.number))
    return true;
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
  const [known, other] =
    left.text?.values !== undefined && left.text.values.length > 1 ? [left, right] : [right, left];
  const typed = other.text?.values?.[0];
  const values = known.text?.values ?? [];
  const isWord = typed !== undefined && values.length > 0;
  const name = calledIn(known === left ? (node.lhs as Node) : (node.rhs as Node), known);
  const meant = isWord ? nearest(typed, values) : undefined;
  session.tell(
    "RULE_OPERAND_TYPE",
    node,
    isWord
      ? `${sentence(name)} is ${values
          .map((one) => `"${one}"`)
          .slice(0, 8)
          .join(", ")} and never "${typed}".`
      : `${sentence(calledIn(node.lhs as Node, left))} is ${kindNames(kindsOf(present(left)))} and ${calledIn(node.rhs as Node, right)} ${kindNames(kindsOf(present(right)))}; ${never}.`,
    meant === undefined ? {} : { fix: `Did you mean "${meant}"?` },
  );
}

export function membership(node: Node, left: Type, right: Type, session: Session): Type {
  const { item } = countOf(right);
  const may = mayEqual(left, item);
  if (!may && session.isStrict && !isEmpty(present(left)) && !isEmpty(item))
    tellUnequal({ ...node, value: "=" }, left, item, session);
  return boolOf(may ? 3 : 1);
}
