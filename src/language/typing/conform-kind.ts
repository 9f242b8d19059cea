/** The kind of a value, and the few values that it may be, held against a schema. */
import type { ErrorCode } from "../../core/errors.ts";
import type { Fields } from "../../core/schema-walk.ts";
import { nearest } from "../../core/suggest.ts";
import { NEVER, isEmpty, isNever, kindNames, kindsOf, onlyKinds } from "./lattice.ts";
import type { Type } from "./lattice.ts";

/** Why a value does not satisfy a schema, or may not. */
export interface Misfit {
  readonly code: ErrorCode;
  /** Of the result: "payload.severity", "blocks[]"; "" for the whole. */
  readonly path: string;
  /** What stands behind "`path`": "may be missing: …". */
  readonly says: string;
  /** It surely does not. */
  readonly isSure: boolean;
  /** Position in the rule of what makes it. */
  readonly at?: number | undefined;
  readonly fix?: string | undefined;
}

/** Where in the result we are. */
export interface Where {
  readonly path: string;
  readonly at: number | undefined;
  readonly depth: number;
}

export const list = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? (value as unknown[]) : [];

export const misfit = (
  { path, at }: Pick<Where, "path" | "at">,
  code: ErrorCode,
  says: string,
  isSure: boolean,
  fix?: string,
): Misfit => ({ code, path, says, isSure, at, fix });

/** A type's parts, each of one kind. */
export function atoms(type: Type): readonly Type[] {
  if (type.isAny) return [type];
  const kinds = [..."snlba"].map((kind) => onlyKinds(type, kind)).filter((one) => !isNever(one));
  const objects = type.shapes.map((shape): Type => ({ ...NEVER, shapes: [shape], from: type.from }));
  const texts = kinds.flatMap((one) => {
    const values = one.text?.values;
    return values === undefined || values.length < 2
      ? [one]
      : values.map((value) => ({ ...one, text: { ...one.text!, values: [value] } }));
  });
  const calls = type.calls.length === 0 ? [] : [{ ...NEVER, calls: type.calls }];
  return [...texts, ...objects, ...calls];
}

const KIND_OF: Readonly<Record<string, string>> = {
  string: "s",
  number: "n",
  integer: "n",
  boolean: "b",
  null: "l",
  array: "a",
  object: "o",
};

export const ofOrigin = ({ from }: Type): string =>
  from === undefined || from === "" ? "" : ` (from \`${from}\`)`;

export function ofKind(type: Type, schema: Fields, where: Where): Misfit | undefined {
  if (type.calls.length > 0)
    return misfit(
      where,
      "RULE_FIELD_TYPE",
      "is a function, which JSON has not",
      isEmpty({ ...type, calls: [] }),
      "Call it, or leave it out.",
    );
  if (schema.type === undefined) return undefined;
  const names = (typeof schema.type === "string" ? [schema.type] : list(schema.type)).filter(
    (one) => typeof one === "string",
  );
  const allowed = names.map((name) => KIND_OF[name] ?? "").join("");
  const wrong = onlyKinds(type, [..."snblao"].filter((kind) => !allowed.includes(kind)).join(""));
  const isWhole =
    !names.includes("integer") ||
    names.includes("number") ||
    type.number === undefined ||
    type.number.isInteger;
  if (isEmpty(wrong) && isWhole) return undefined;
  if (type.isAny)
    return misfit(
      where,
      "RULE_FIELD_TYPE",
      `must be ${kindNames(allowed)}, and may be anything${ofOrigin(type)}`,
      false,
    );
  if (isEmpty(wrong))
    return misfit(
      where,
      "RULE_FIELD_TYPE",
      "must be a whole number, and may be none",
      false,
      "Round it: `$round(…)`.",
    );
  const kinds = kindsOf(wrong);
  const isSure = isEmpty(onlyKinds(type, allowed));
  if (allowed.includes("a") && !isEmpty(onlyKinds(type, "a")))
    return misfit(
      where,
      "RULE_FIELD_SINGLE",
      `must be an array, and may come out as a single value, ${kindNames(kinds)}${ofOrigin(type)}`,
      false,
      "Put `[…]` around the expression, or `[]` behind its path: of one item JSONata makes that item.",
    );
  if (allowed === "a")
    return misfit(
      where,
      "RULE_FIELD_SINGLE",
      `must be an array, and ${isSure ? "is" : "may be"} a single value, ${kindNames(kinds)}${ofOrigin(type)}`,
      isSure,
      "Put `[…]` around the expression.",
    );
  return misfit(
    where,
    "RULE_FIELD_TYPE",
    `must be ${kindNames(allowed)}, and ${isSure ? "is" : "may be"} ${kindNames(kinds)}${ofOrigin(type)}`,
    isSure,
    fixFor(kinds, allowed),
  );
}

function fixFor(kinds: string, allowed: string): string | undefined {
  if (kinds.includes("l"))
    return "Give a default with `?:`, or leave the field out where it is null: `x ? x`.";
  if (kinds === "n" && allowed.includes("s")) return "Convert it with `$string(…)`.";
  if (kinds === "s" && allowed.includes("n")) return "Convert it with `$number(…)`.";
  return kinds.includes("a") ? "Take one with `[0]`, or join its items with `$join(…)`." : undefined;
}

export function ofLiterals(type: Type, schema: Fields, where: Where): Misfit[] {
  if (!("const" in schema) && !Array.isArray(schema.enum)) return [];
  const allowed = "const" in schema ? [schema.const] : list(schema.enum);
  const values = literalsOf(type);
  const shown = allowed
    .slice(0, 8)
    .map((one) => JSON.stringify(one))
    .join(", ");
  if (values === undefined)
    return [
      misfit(
        where,
        "RULE_FIELD_LIMIT",
        `must be ${allowed.length === 1 ? "" : "one of "}${shown}, and may be something else`,
        false,
      ),
    ];
  const wrong = values.filter((one) => !allowed.includes(one));
  if (wrong.length === 0) return [];
  const isSure = wrong.length === values.length;
  const [first] = wrong;
  const meant =
    typeof first === "string"
      ? nearest(
          first,
          allowed.filter((one) => typeof one === "string"),
        )
      : undefined;
  return [
    misfit(
      where,
      "RULE_FIELD_LIMIT",
      `must be ${allowed.length === 1 ? "" : "one of "}${shown}, and ${isSure ? "is" : "may be"} ${JSON.stringify(first)}`,
      isSure,
      meant === undefined ? undefined : `Did you mean "${meant}"?`,
    ),
  ];
}

/** All values, where they are few and no arrays or objects. */
function literalsOf(type: Type): readonly unknown[] | undefined {
  if (type.array !== undefined || type.shapes.length > 0) return undefined;
  if (type.text !== undefined && type.text.values === undefined) return undefined;
  if (type.number !== undefined && type.number.values === undefined) return undefined;
  return [
    ...(type.text?.values ?? []),
    ...(type.number?.values ?? []),
    ...(type.isNull ? [null] : []),
    ...(type.bool & 1 ? [false] : []),
    ...(type.bool & 2 ? [true] : []),
  ];
}
