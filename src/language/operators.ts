/** Operators on two values, with jsonata's checks in jsonata's order. */
import type { Code } from "./code.ts";
import { BudgetExceeded, Fault, placed } from "./fault.ts";
import type { Node } from "./jsonata.ts";
import { originOf } from "./origin.ts";
import { ITEM_BYTES, spendBytes, spendSteps } from "./run.ts";
import type { Run } from "./run.ts";
import { textOf } from "./text-of.ts";
import { areEqual, isNumeric, isTrue, spendComparison } from "./values.ts";
import type { Items } from "./values.ts";

/** A text, number, boolean or null that is written out, with nothing that hangs on it. */
const isLiteral = ({ type, predicate, group, keepArray }: Node): boolean =>
  (type === "string" || type === "number" || type === "value") &&
  predicate === undefined &&
  group === undefined &&
  keepArray !== true;

const isConstant = (node: Node): boolean =>
  isLiteral(node) ||
  (node.type === "binary" &&
    node.value !== ".." &&
    isConstant(node.lhs as Node) &&
    isConstant(node.rhs as Node));

/** An operator on nothing but constants is evaluated once, when it is compiled; what fails, fails when it is evaluated. */
export function folded(node: Node, code: Code): Code {
  if (!isConstant(node)) return code;
  try {
    const value = code(undefined, []);
    return value === undefined ? code : () => value;
  } catch {
    return code;
  }
}

/** The code of a binary operator but `&`. */
export function binaryOperator(node: Node, left: Code, right: Code, run: Run): Code {
  const operator = node.value as string;
  switch (operator) {
    case "and":
      return (input, frame) =>
        truthAt(left(input, frame), node, run) && truthAt(right(input, frame), node, run);
    case "or":
      return (input, frame) =>
        truthAt(left(input, frame), node, run) || truthAt(right(input, frame), node, run);
    case "..":
      return range(node, left, right, run);
    case "=":
      return equality(node, left, right, run, true);
    case "!=":
      return equality(node, left, right, run, false);
    case "in":
      return membership(left, right, run);
    default: {
      const calculate = arithmetic[operator];
      if (calculate !== undefined) return numeric(node, left, right, calculate);
      return compared(node, left, right, comparisons[operator]!, run);
    }
  }
}

function truthAt(value: unknown, node: Node, run: Run): boolean {
  if (typeof value === "boolean") return value;
  try {
    return isTrue(value, run);
  } catch (thrown) {
    throw placed(thrown, node.position, String(node.value));
  }
}

const arithmetic: Readonly<Record<string, (left: number, right: number) => number>> = {
  "+": (left, right) => left + right,
  "-": (left, right) => left - right,
  "*": (left, right) => left * right,
  "/": (left, right) => left / right,
  "%": (left, right) => left % right,
};

function numeric(node: Node, left: Code, right: Code, calculate: (a: number, b: number) => number): Code {
  return (input, frame) => {
    const a = left(input, frame);
    const b = right(input, frame);
    if (Number.isFinite(a) && Number.isFinite(b)) return calculate(a as number, b as number);
    if (a !== undefined && !isNumber(a, node)) throw sideFault("T2001", a, node, node.lhs as Node);
    if (b !== undefined && !isNumber(b, node)) throw sideFault("T2002", b, node, node.rhs as Node);
    return undefined;
  };
}

function isNumber(value: unknown, node: Node): boolean {
  try {
    return isNumeric(value);
  } catch (thrown) {
    throw placed(thrown, node.position, String(node.value));
  }
}

function sideFault(code: string, value: unknown, node: Node, side: Node): Fault {
  return new Fault(code, {
    value,
    position: node.position,
    token: String(node.value),
    origin: originOf(side),
  });
}

type Comparable = string | number;

const comparisons: Readonly<Record<string, (left: Comparable, right: Comparable) => boolean>> = {
  "<": (left, right) => left < right,
  "<=": (left, right) => left <= right,
  ">": (left, right) => left > right,
  ">=": (left, right) => left >= right,
};

const isComparable = (value: unknown): boolean =>
  value === undefined || typeof value === "string" || typeof value === "number";

function compared(
  node: Node,
  left: Code,
  right: Code,
  compare: (a: Comparable, b: Comparable) => boolean,
  run: Run,
): Code {
  return (input, frame) => {
    const a = left(input, frame);
    const b = right(input, frame);
    if (!isComparable(a) || !isComparable(b)) {
      const isLeft = a === undefined || !isComparable(a);
      throw sideFault("T2010", isLeft ? a : b, node, (isLeft ? node.lhs : node.rhs) as Node);
    }
    if (a === undefined || b === undefined) return undefined;
    if (typeof a !== typeof b)
      throw Object.assign(sideFault("T2009", a, node, node.lhs as Node), { value2: b });
    spendComparison(run, a, b);
    return compare(a as Comparable, b as Comparable);
  };
}

/** A side that is nothing is neither equal nor unequal. */
function equality(node: Node, left: Code, right: Code, run: Run, wanted: boolean): Code {
  const { type, value } = node.rhs as Node;
  if ((type === "string" || type === "number") && isLiteral(node.rhs as Node))
    return (input, frame) => {
      const a = left(input, frame);
      return a === undefined ? false : (a === value) === wanted;
    };
  return (input, frame) => {
    const a = left(input, frame);
    const b = right(input, frame);
    if (a === undefined || b === undefined) return false;
    if (typeof a !== "object" || typeof b !== "object") {
      spendComparison(run, a, b);
      return (a === b) === wanted;
    }
    try {
      return areEqual(a, b, run) === wanted;
    } catch (thrown) {
      throw placed(thrown, node.position, String(node.value));
    }
  };
}

function membership(left: Code, right: Code, run: Run): Code {
  return (input, frame) => {
    const a = left(input, frame);
    const b = right(input, frame);
    if (a === undefined || b === undefined) return false;
    if (!Array.isArray(b)) {
      spendComparison(run, a, b);
      return a === b;
    }
    spendSteps(run, b.length >> 3);
    if (typeof a === "string" && a.length > 1023) for (const item of b) spendComparison(run, a, item);
    return b.indexOf(a) !== -1;
  };
}

/**
 * `a & b & …` in one go: texts joined, nothing as "", other values as `$string` writes them. The longest part is shared,
 * not copied: a text that grows in a loop costs what is added to it.
 */
export function concatenation(node: Node, parts: readonly Code[], run: Run): Code {
  const written = operandsOf(node).map((part) =>
    part.type === "string" && isLiteral(part) ? (part.value as string) : undefined,
  );
  return (input, frame) => {
    let text = "";
    let longest = 0;
    for (let at = 0; at < parts.length; at++) {
      const value = written[at] ?? parts[at]!(input, frame);
      if (value === undefined) continue;
      const part = typeof value === "string" ? value : partText(value, node, run);
      if (part.length > longest) longest = part.length;
      text += part;
    }
    if ((run.bytes -= 16 + 2 * (text.length - (text.length > MAX_TEXT ? 0 : longest))) < 0)
      throw placed(new BudgetExceeded("bytes", run.budgets.bytes), node.position, "&");
    return text;
  };
}

function partText(value: unknown, node: Node, run: Run): string {
  try {
    return textOf(value, run);
  } catch (thrown) {
    throw placed(thrown, node.position, "&");
  }
}

/** The operands of a chain of `&`, from left to right. */
export function operandsOf(node: Node): Node[] {
  const right: Node[] = [];
  let left = node;
  while (left.type === "binary" && left.value === "&" && (left === node || isBare(left))) {
    right.push(left.rhs as Node);
    left = left.lhs as Node;
  }
  return [left, ...right.reverse()];
}

const isBare = ({ predicate, group, keepArray }: Node): boolean =>
  predicate === undefined && group === undefined && keepArray === undefined;

/** UTF-16 units from which a text is charged in full, though it shares: reading it once copies it. */
const MAX_TEXT = 1 << 18;

function range(node: Node, left: Code, right: Code, run: Run): Code {
  return (input, frame) => {
    const from = left(input, frame);
    const to = right(input, frame);
    if (from !== undefined && !Number.isInteger(from)) throw sideFault("T2003", from, node, node.lhs as Node);
    if (to !== undefined && !Number.isInteger(to)) throw sideFault("T2004", to, node, node.rhs as Node);
    if (from === undefined || to === undefined || (from as number) > (to as number)) return undefined;
    const first = from as number;
    const size = (to as number) - first + 1;
    if (size > 1e7) throw sideFault("D2014", size, node, node.rhs as Node);
    try {
      spendBytes(run, ITEM_BYTES * size);
      spendSteps(run, size >> 2);
    } catch (thrown) {
      throw placed(thrown, node.position, "..");
    }
    const items: Items = new Array<unknown>(size);
    for (let index = 0; index < size; index++) items[index] = first + index;
    items.sequence = true;
    return items;
  };
}

/** `-value`. */
export function negation(node: Node, operand: Code): Code {
  return (input, frame) => {
    const value = operand(input, frame);
    if (value === undefined) return undefined;
    if (isNumber(value, node)) return -(value as number);
    throw sideFault("D1002", value, node, node.expression as Node);
  };
}
