/** Node-RED's switch: of each of its outputs, what is true of the messages that leave there. Throws Unmapped. */
import { all, any, atom, not, Unmapped, written } from "./condition.ts";
import type { Condition } from "./condition.ts";
import { constant, get, render, stepsOf } from "./message.ts";
import type { Value } from "./message.ts";
import { jsonataOf, regexOf, valueOf } from "./node-red-change.ts";
import type { Fields } from "./node-red-change.ts";

const ORDER: Readonly<Record<string, string>> = { lt: "<", lte: "<=", gt: ">", gte: ">=" };

/** By output. */
export function branches(node: Fields, message: Value): Condition[] {
  const { property = "payload", propertyType = "msg", checkall = "true" } = node;
  const rules = Array.isArray(node["rules"]) ? (node["rules"] as Fields[]) : [];
  const value = valueAt(property, propertyType, message);
  const before: Condition[] = [];
  return rules.map((rule) => {
    const isElse = rule["t"] === "else";
    const own = isElse ? [] : [condition(rule, value, message)];
    const isFirst = isElse || checkall === "false";
    const whole = all([...own, ...(isFirst && before.length > 0 ? [not(any(before))] : [])]);
    before.push(...own);
    return whole;
  });
}

function valueAt(property: unknown, kind: unknown, message: Value): string | undefined {
  if (kind === "jsonata") return `(${jsonataOf(String(property as string), message)})`;
  if (kind !== "msg")
    throw new Unmapped(
      `switch looks at \`${String(kind)}.${String(property)}\`: there is no context that outlives an event`,
    );
  const value = get(message, stepsOf(property));
  return (
    value &&
    (value.kind === "expression" && /^[\w$.`]+$/.test(value.text) ? value.text : `(${render(value)})`)
  );
}

function condition(rule: Fields, value: string | undefined, message: Value): Condition {
  const kind = String(rule["t"]);
  if (kind === "jsonata_exp") return atom(`(${jsonataOf(String(rule["v"] as string), message)}) = true`);
  if (value === undefined) throw new Unmapped("switch looks at what no message of this flow has");
  const there = atom(`$exists(${value})`);
  const isOf = (type: string): Condition => atom(`$type(${value}) = "${type}"`);
  const empties = [
    atom(`${value} = ""`),
    all([isOf("array"), atom(`$count(${value}) = 0`)]),
    all([isOf("object"), atom(`$count($keys(${value})) = 0`)]),
  ];
  const second = (): string => render(valueOf(rule["v"], vtOf(rule["vt"], rule["v"]), message));
  switch (kind) {
    case "eq":
      return equal(value, second());
    case "neq":
      return not(equal(value, second()));
    case "lt":
    case "lte":
    case "gt":
    case "gte":
      return ordered(value, ORDER[kind]!, second());
    case "btwn": {
      const other = render(valueOf(rule["v2"], vtOf(rule["v2t"], rule["v2"]), message));
      const [low, high] = [second(), other].map(Number).sort((a, b) => a - b);
      if (!Number.isFinite(low) || !Number.isFinite(high))
        throw new Unmapped("switch asks whether a value is between what are no numbers");
      return all([isOf("number"), atom(`${value} >= ${written(low)}`), atom(`${value} <= ${written(high)}`)]);
    }
    case "cont":
      return all([there, atom(`$contains($string(${value}), $string(${second()}))`)]);
    case "regex":
      return all([
        there,
        atom(`$contains($string(${value}), ${regexOf(String(rule["v"] as string), rule["case"] === true)})`),
      ]);
    case "true":
    case "false":
      return atom(`${value} = ${kind}`);
    case "null":
      return any([not(there), atom(`${value} = null`)]);
    case "nnull":
      return all([there, atom(`${value} != null`)]);
    case "empty":
      return any(empties);
    case "nempty":
      return all([atom(`$type(${value}) in ["string", "array", "object"]`), not(any(empties))]);
    case "istype":
      return ofType(String(rule["v"] as string), value, there);
    case "hask":
      return all([isOf("object"), atom(`$string(${second()}) in $keys(${value})`)]);
    default:
      throw new Unmapped(`switch asks \`${kind}\`, which is about sequences of messages or not known`);
  }
}

/** Without a kind, Node-RED takes for a number what looks like one. */
const vtOf = (kind: unknown, value: unknown): unknown =>
  kind ?? (Number.isNaN(Number(value)) ? "str" : "num");

/** JavaScript's ==, as far as it is of use: 5 is "5". */
function equal(value: string, other: string): Condition {
  const given = constant({ kind: "expression", text: other });
  if (typeof given === "number") return atom(`${value} in [${written(given)}, ${written(String(given))}]`);
  const isNumeral =
    typeof given === "string" && given.trim() === given && given !== "" && String(Number(given)) === given;
  return isNumeral ? atom(`${value} in [${written(given)}, ${given}]`) : atom(`${value} = ${other}`);
}

function ordered(value: string, sign: string, other: string): Condition {
  const kind = typeof constant({ kind: "expression", text: other });
  if (kind !== "number" && kind !== "string")
    throw new Unmapped("switch compares two values of the message by their order");
  return all([atom(`$type(${value}) = "${kind}"`), atom(`${value} ${sign} ${other}`)]);
}

function ofType(type: string, value: string, there: Condition): Condition {
  if (type === "undefined") return not(there);
  if (!/^(?:string|number|boolean|array|object|null)$/.test(type))
    throw new Unmapped(`switch asks for the type ${type}`);
  return atom(`$type(${value}) = "${type}"`);
}
