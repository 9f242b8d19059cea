/** Whether all that a rule may make satisfies a schema: what surely does not, and what may not. */
import type { ErrorCode } from "../../core/errors.ts";
import { isFields } from "../../core/schema-walk.ts";
import type { Fields } from "../../core/schema-walk.ts";
import { nearest } from "../../core/suggest.ts";
import { fieldType } from "./join.ts";
import { checkNumber, checkText } from "./conform-scalar.ts";
import { referred } from "./schema-type.ts";
import type { Part } from "./schema-type.ts";
import { NEVER, isEmpty, isNever, kindNames, kindsOf, onlyKinds, present } from "./type.ts";
import type { Items, Shape, Type } from "./type.ts";

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
interface Where {
  readonly path: string;
  readonly at: number | undefined;
  readonly depth: number;
}

/** Levels that are looked into. */
const MOST_LEVELS = 40;

/** All misfits of a value's type with a schema; none where every value satisfies it. */
export function misfits(type: Type, part: Part, where: Where = { path: "", at: undefined, depth: 0 }): readonly Misfit[] {
  const { schema } = part;
  const there = present(type);
  if (isNever(there) || schema === true || where.depth > MOST_LEVELS) return [];
  if (schema === false) return [misfit(where, "RULE_FIELD_UNKNOWN", "must not be there", true)];
  if (!isFields(schema)) return [];
  const found: Misfit[] = [];
  if (typeof schema.$ref === "string") {
    const target = referred(schema.$ref, part);
    found.push(...(target === undefined ? [misfit(where, "RULE_FIELD_LIMIT", `is held against \`${schema.$ref}\`, which is not looked into`, false)] : misfits(there, target, deeper(where))));
  }
  for (const one of list(schema.allOf)) found.push(...misfits(there, { ...part, schema: one }, deeper(where)));
  for (const keyword of ["anyOf", "oneOf"] as const)
    if (Array.isArray(schema[keyword])) found.push(...ofChoice(there, list(schema[keyword]), keyword, part, where));
  for (const keyword of NOT_FOLLOWED)
    if (keyword in schema) found.push(misfit(where, "RULE_FIELD_LIMIT", `may not satisfy \`${keyword}\`, which is not followed here`, false));
  found.push(...ofKeywords(there, schema, part, where));
  return found;
}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);

const deeper = (where: Where): Where => ({ ...where, depth: where.depth + 1 });

/** Keywords that only a value can tell of. */
const NOT_FOLLOWED = ["not", "if", "dependentSchemas", "dependentRequired", "dependencies", "unevaluatedProperties", "unevaluatedItems", "$dynamicRef"];

export const misfit = (
  { path, at }: Pick<Where, "path" | "at">,
  code: ErrorCode,
  says: string,
  isSure: boolean,
  fix?: string,
): Misfit => ({ code, path, says, isSure, at, fix });

/** Each value for itself: one that may be several things is held against the choices by its parts. */
function ofChoice(type: Type, choices: readonly unknown[], keyword: "anyOf" | "oneOf", part: Part, where: Where): readonly Misfit[] {
  return atoms(type).flatMap((atom) => {
    const verdicts = choices.map((one) => misfits(atom, { ...part, schema: one }, deeper(where)));
    const fitting = verdicts.filter((found) => found.length === 0).length;
    const possible = verdicts.filter((found) => !found.some(({ isSure }) => isSure));
    if (fitting > 0 && (keyword === "anyOf" || (fitting === 1 && possible.length === 1))) return [];
    if (fitting > 1) return [misfit(where, "RULE_FIELD_LIMIT", "may satisfy several of the choices of `oneOf`", false)];
    // What is nearest to fitting tells best what is wrong.
    const nearestTo = possible.length > 0 ? possible : verdicts;
    const best = [...nearestTo].sort((a, b) => sures(a) - sures(b) || a.length - b.length)[0] ?? [];
    return best.map((one) => ({ ...one, isSure: possible.length === 0 && one.isSure }));
  });
}

const sures = (found: readonly Misfit[]): number => found.filter(({ isSure }) => isSure).length;

/** A type's parts, each of one kind. */
function atoms(type: Type): readonly Type[] {
  if (type.isAny) return [type];
  const kinds = [..."snlba"].map((kind) => onlyKinds(type, kind)).filter((one) => !isNever(one));
  const objects = type.shapes.map((shape): Type => ({ ...NEVER, shapes: [shape], from: type.from }));
  const texts = kinds.flatMap((one) => {
    const values = one.text?.values;
    return values === undefined || values.length < 2 ? [one] : values.map((value) => ({ ...one, text: { ...one.text!, values: [value] } }));
  });
  const calls = type.calls.length === 0 ? [] : [{ ...NEVER, calls: type.calls }];
  return [...texts, ...objects, ...calls];
}

const KIND_OF: Readonly<Record<string, string>> = { string: "s", number: "n", integer: "n", boolean: "b", null: "l", array: "a", object: "o" };

function ofKeywords(type: Type, schema: Fields, part: Part, where: Where): Misfit[] {
  const wrong = ofKind(type, schema, where);
  if (wrong !== undefined && (wrong.isSure || type.isAny)) return [wrong];
  const found = wrong === undefined ? [] : [wrong];
  if (type.isAny) return [...found, ...(saysMore(schema) ? [misfit(where, "RULE_FIELD_TYPE", `may be anything${ofOrigin(type)}`, false)] : [])];
  found.push(...ofLiterals(type, schema, where));
  if (type.text !== undefined) found.push(...checkText(type.text, schema, where));
  if (type.number !== undefined) found.push(...checkNumber(type.number, schema, where));
  if (type.array !== undefined) found.push(...ofItems(type.array, schema, part, where));
  for (const shape of type.shapes) found.push(...ofShape(shape, schema, part, where));
  return found;
}

const SAYS_NOTHING = new Set(["$schema", "$id", "$defs", "definitions", "title", "description", "examples", "default", "$comment", "$ref", "allOf", "anyOf", "oneOf", "deprecated", "readOnly", "writeOnly", "format", "type"]);

const saysMore = (schema: Fields): boolean => Object.keys(schema).some((key) => !SAYS_NOTHING.has(key));

const ofOrigin = ({ from }: Type): string => (from === undefined || from === "" ? "" : ` (from \`${from}\`)`);

function ofKind(type: Type, schema: Fields, where: Where): Misfit | undefined {
  if (type.calls.length > 0) return misfit(where, "RULE_FIELD_TYPE", "is a function, which JSON has not", isEmpty({ ...type, calls: [] }), "Call it, or leave it out.");
  if (schema.type === undefined) return undefined;
  const names = (typeof schema.type === "string" ? [schema.type] : list(schema.type)).filter((one) => typeof one === "string");
  const allowed = names.map((name) => KIND_OF[name] ?? "").join("");
  const wrong = onlyKinds(type, [..."snblao"].filter((kind) => !allowed.includes(kind)).join(""));
  const isWhole = !names.includes("integer") || names.includes("number") || type.number === undefined || type.number.isInteger;
  if (isEmpty(wrong) && isWhole) return undefined;
  if (type.isAny) return misfit(where, "RULE_FIELD_TYPE", `must be ${kindNames(allowed)}, and may be anything${ofOrigin(type)}`, false);
  if (isEmpty(wrong)) return misfit(where, "RULE_FIELD_TYPE", "must be a whole number, and may be none", false, "Round it: `$round(…)`.");
  const kinds = kindsOf(wrong);
  const isSure = isEmpty(onlyKinds(type, allowed));
  if (allowed.includes("a") && !isEmpty(onlyKinds(type, "a")))
    return misfit(where, "RULE_FIELD_SINGLE", `must be an array, and may come out as a single value, ${kindNames(kinds)}${ofOrigin(type)}`, false, "Put `[…]` around the expression, or `[]` behind its path: of one item JSONata makes that item.");
  if (allowed === "a")
    return misfit(where, "RULE_FIELD_SINGLE", `must be an array, and ${isSure ? "is" : "may be"} a single value, ${kindNames(kinds)}${ofOrigin(type)}`, isSure, "Put `[…]` around the expression.");
  return misfit(where, "RULE_FIELD_TYPE", `must be ${kindNames(allowed)}, and ${isSure ? "is" : "may be"} ${kindNames(kinds)}${ofOrigin(type)}`, isSure, fixFor(kinds, allowed));
}

function fixFor(kinds: string, allowed: string): string | undefined {
  if (kinds.includes("l")) return "Give a default with `?:`, or leave the field out where it is null: `x ? x`.";
  if (kinds === "n" && allowed.includes("s")) return "Convert it with `$string(…)`.";
  if (kinds === "s" && allowed.includes("n")) return "Convert it with `$number(…)`.";
  return kinds.includes("a") ? "Take one with `[0]`, or join its items with `$join(…)`." : undefined;
}

function ofLiterals(type: Type, schema: Fields, where: Where): Misfit[] {
  if (!("const" in schema) && !Array.isArray(schema.enum)) return [];
  const allowed = "const" in schema ? [schema.const] : list(schema.enum);
  const values = literalsOf(type);
  const shown = allowed.slice(0, 8).map((one) => JSON.stringify(one)).join(", ");
  if (values === undefined) return [misfit(where, "RULE_FIELD_LIMIT", `must be ${allowed.length === 1 ? "" : "one of "}${shown}, and may be something else`, false)];
  const wrong = values.filter((one) => !allowed.includes(one));
  if (wrong.length === 0) return [];
  const isSure = wrong.length === values.length;
  const [first] = wrong;
  const meant = typeof first === "string" ? nearest(first, allowed.filter((one) => typeof one === "string")) : undefined;
  return [misfit(where, "RULE_FIELD_LIMIT", `must be ${allowed.length === 1 ? "" : "one of "}${shown}, and ${isSure ? "is" : "may be"} ${JSON.stringify(first)}`, isSure, meant === undefined ? undefined : `Did you mean "${meant}"?`)];
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

function ofItems(array: Items, schema: Fields, part: Part, where: Where): Misfit[] {
  const found: Misfit[] = [];
  const { minItems, maxItems } = schema;
  if (typeof minItems === "number" && array.min < minItems)
    found.push(misfit(where, "RULE_FIELD_LIMIT", `must have ${minItems} item${minItems === 1 ? "" : "s"} or more, and may have ${array.min}`, array.max < minItems, "Look first whether there are any (`$count(…) > 0`), in the rule or in the route's `when`."));
  if (typeof maxItems === "number" && array.max > maxItems)
    found.push(misfit(where, "RULE_FIELD_LIMIT", `must have ${maxItems} item${maxItems === 1 ? "" : "s"} at most, and may have more`, array.min > maxItems, `Take the first ones: \`[[0..${maxItems - 1}]]\`.`));
  if (schema.uniqueItems === true && array.isUnique !== true && array.max > 1)
    found.push(misfit(where, "RULE_FIELD_LIMIT", "must hold no item twice, and may", false, "Put `$distinct([…])` around it."));
  if ("contains" in schema) found.push(misfit(where, "RULE_FIELD_LIMIT", "may not satisfy `contains`, which is not followed here", false));
  if (array.max === 0) return found;
  const inside = { ...deeper(where), path: `${where.path}[]` };
  const first = list(schema.prefixItems ?? (Array.isArray(schema.items) ? schema.items : undefined));
  const others = Array.isArray(schema.items) ? schema.additionalItems : schema.items;
  for (const one of [...first, ...(others === undefined ? [] : [others])]) found.push(...misfits(array.item, { ...part, schema: one }, inside).map((each) => (array.min > 0 && first.length === 0 ? each : { ...each, isSure: false })));
  return found;
}

function ofShape(shape: Shape, schema: Fields, part: Part, where: Where): Misfit[] {
  const properties = isFields(schema.properties) ? schema.properties : {};
  const at = shape.at ?? where.at;
  const found: Misfit[] = [];
  for (const name of list(schema.required)) if (typeof name === "string") found.push(...ofRequired(shape, name, { ...where, at }));
  const inside = (name: string): Where => ({ path: where.path === "" ? name : `${where.path}.${name}`, at: shape.fields.get(name)?.at ?? at, depth: where.depth + 1 });
  for (const [name, one] of Object.entries(properties)) {
    const type = fieldType(shape, name);
    if (shape.fields.has(name) || shape.rest !== undefined) found.push(...misfits(type, { ...part, schema: one }, inside(name)).map((each) => sureIf(each, shape.fields.get(name)?.isRequired === true)));
  }
  const patterns = isFields(schema.patternProperties);
  if (patterns) found.push(misfit(where, "RULE_FIELD_LIMIT", "may not satisfy `patternProperties`, which is not followed here", false));
  for (const keyword of ["minProperties", "maxProperties", "propertyNames"]) if (keyword in schema) found.push(misfit({ ...where, at }, "RULE_FIELD_LIMIT", `may not satisfy \`${keyword}\`, which is not followed here`, false));
  found.push(...ofOthers(shape, schema, Object.keys(properties), patterns, part, inside));
  return found;
}

const sureIf = (one: Misfit, isSure: boolean): Misfit => (isSure ? one : { ...one, isSure: false });

function ofRequired(shape: Shape, name: string, where: Where): Misfit[] {
  const type = fieldType(shape, name);
  if (type.nothing === undefined) return [];
  const path = where.path === "" ? name : `${where.path}.${name}`;
  const field = shape.fields.get(name);
  const isSure = isEmpty(present(type));
  const cause = type.nothing[0];
  const names = [...shape.fields.keys()];
  const meant = field === undefined && isSure ? nearest(name, names) : undefined;
  const says = `is required, and ${isSure ? "is" : "may be"} missing${cause === undefined ? "" : `: ${cause}`}`;
  const fix = meant === undefined ? (isSure && field === undefined ? `Add \`"${name}": …\`.` : "Give a default with `?:`.") : `Is \`${meant}\` meant to be it?`;
  return [misfit({ path, at: field?.at ?? where.at }, "RULE_FIELD_MISSING", says, isSure, fix)];
}

function ofOthers(shape: Shape, schema: Fields, names: readonly string[], hasPatterns: boolean, part: Part, inside: (name: string) => Where): Misfit[] {
  const additional = schema.additionalProperties;
  if (additional === undefined || additional === true) return [];
  const found: Misfit[] = [];
  for (const [name, field] of shape.fields) {
    if (names.includes(name) || isNever(field.type)) continue;
    if (additional !== false) found.push(...misfits(field.type, { ...part, schema: additional }, inside(name)));
    else if (!hasPatterns) {
      const meant = nearest(name, names);
      found.push(misfit(inside(name), "RULE_FIELD_UNKNOWN", "is not in the output schema, which takes no other fields", field.isRequired, meant === undefined ? "Remove it, or add it to the schema." : `Did you mean \`${meant}\`?`));
    }
  }
  if (shape.rest === undefined || isNever(present(shape.rest))) return found;
  if (additional === false) found.push(misfit(inside("*"), "RULE_FIELD_UNKNOWN", "may be fields that the output schema, which takes no others, does not have", false));
  else found.push(...misfits(shape.rest, { ...part, schema: additional }, inside("*")).map((one) => ({ ...one, isSure: false })));
  return found;
}
