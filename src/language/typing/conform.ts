/** Whether all that a rule may make satisfies a schema: what surely does not, and what may not. */
import { isFields } from "../../core/schema-walk.ts";
import type { Fields } from "../../core/schema-walk.ts";
import { nearest } from "../../core/suggest.ts";
import { NOT_FOLLOWED, saysMore } from "./conform-keywords.ts";
import { atoms, list, misfit, ofKind, ofLiterals, ofOrigin } from "./conform-kind.ts";
import type { Misfit, Where } from "./conform-kind.ts";
import { checkNumber, checkText } from "./conform-scalar.ts";
import { fieldType } from "./join.ts";
import { isEmpty, isNever, present } from "./lattice.ts";
import type { Items, Shape, Type } from "./lattice.ts";
import { referred } from "./schema-type.ts";
import type { Part } from "./schema-type.ts";

/** Levels that are looked into. */
const MOST_LEVELS = 40;

/** All misfits of a value's type with a schema; none where every value satisfies it. */
export function misfits(
  type: Type,
  part: Part,
  where: Where = { path: "", at: undefined, depth: 0 },
): readonly Misfit[] {
  const { schema } = part;
  const there = present(type);
  if (isNever(there) || schema === true || where.depth > MOST_LEVELS) return [];
  if (schema === false) return [misfit(where, "RULE_FIELD_UNKNOWN", "must not be there", true)];
  if (!isFields(schema)) return [];
  const found: Misfit[] = [];
  if (typeof schema.$ref === "string") {
    const target = referred(schema.$ref, part);
    found.push(
      ...(target === undefined
        ? [
            misfit(
              where,
              "RULE_FIELD_LIMIT",
              `is held against \`${schema.$ref}\`, which is not looked into`,
              false,
            ),
          ]
        : misfits(there, target, deeper(where))),
    );
  }
  for (const one of list(schema.allOf))
    found.push(...misfits(there, { ...part, schema: one }, deeper(where)));
  for (const keyword of ["anyOf", "oneOf"] as const)
    if (Array.isArray(schema[keyword]))
      found.push(...ofChoice(there, list(schema[keyword]), keyword, part, where));
  for (const keyword of NOT_FOLLOWED)
    if (keyword in schema)
      found.push(
        misfit(
          where,
          "RULE_FIELD_LIMIT",
          `may not satisfy \`${keyword}\`, which is not followed here`,
          false,
        ),
      );
  found.push(...ofKeywords(there, schema, part, where));
  return found;
}

const deeper = (where: Where): Where => ({ ...where, depth: where.depth + 1 });

/** Each value for itself: one that may be several things is held against the choices by its parts. */
function ofChoice(
  type: Type,
  choices: readonly unknown[],
  keyword: "anyOf" | "oneOf",
  part: Part,
  where: Where,
): readonly Misfit[] {
  return atoms(type).flatMap((atom) => {
    const verdicts = choices.map((one) => misfits(atom, { ...part, schema: one }, deeper(where)));
    const fitting = verdicts.filter((found) => found.length === 0).length;
    const possible = verdicts.filter((found) => !found.some(({ isSure }) => isSure));
    if (fitting > 0 && (keyword === "anyOf" || (fitting === 1 && possible.length === 1))) return [];
    if (fitting > 1)
      return [misfit(where, "RULE_FIELD_LIMIT", "may satisfy several of the choices of `oneOf`", false)];
    // What is nearest to fitting tells best what is wrong.
    const nearestTo = possible.length > 0 ? possible : verdicts;
    const best = [...nearestTo].sort((a, b) => sures(a) - sures(b) || a.length - b.length)[0] ?? [];
    return best.map((one) => ({ ...one, isSure: possible.length === 0 && one.isSure }));
  });
}

const sures = (found: readonly Misfit[]): number => found.filter(({ isSure }) => isSure).length;

function ofKeywords(type: Type, schema: Fields, part: Part, where: Where): Misfit[] {
  const wrong = ofKind(type, schema, where);
  if (wrong !== undefined && (wrong.isSure || type.isAny)) return [wrong];
  const found = wrong === undefined ? [] : [wrong];
  if (type.isAny)
    return [
      ...found,
      ...(saysMore(schema)
        ? [misfit(where, "RULE_FIELD_TYPE", `may be anything${ofOrigin(type)}`, false)]
        : []),
    ];
  found.push(...ofLiterals(type, schema, where));
  if (type.text !== undefined) found.push(...checkText(type.text, schema, where));
  if (type.number !== undefined) found.push(...checkNumber(type.number, schema, where));
  if (type.array !== undefined) found.push(...ofItems(type.array, schema, part, where));
  for (const shape of type.shapes) found.push(...ofShape(shape, schema, part, where));
  return found;
}

function ofItems(array: Items, schema: Fields, part: Part, where: Where): Misfit[] {
  const found: Misfit[] = [];
  const { minItems, maxItems } = schema;
  if (typeof minItems === "number" && array.min < minItems)
    found.push(
      misfit(
        where,
        "RULE_FIELD_LIMIT",
        `must have ${minItems} item${minItems === 1 ? "" : "s"} or more, and may have ${array.min}`,
        array.max < minItems,
        "Look first whether there are any (`$count(…) > 0`), in the rule or in the route's `when`.",
      ),
    );
  if (typeof maxItems === "number" && array.max > maxItems)
    found.push(
      misfit(
        where,
        "RULE_FIELD_LIMIT",
        `must have ${maxItems} item${maxItems === 1 ? "" : "s"} at most, and may have more`,
        array.min > maxItems,
        `Take the first ones: \`[[0..${maxItems - 1}]]\`.`,
      ),
    );
  if (schema.uniqueItems === true && array.isUnique !== true && array.max > 1)
    found.push(
      misfit(
        where,
        "RULE_FIELD_LIMIT",
        "must hold no item twice, and may",
        false,
        "Put `$distinct([…])` around it.",
      ),
    );
  if ("contains" in schema)
    found.push(
      misfit(where, "RULE_FIELD_LIMIT", "may not satisfy `contains`, which is not followed here", false),
    );
  if (array.max === 0) return found;
  const inside = { ...deeper(where), path: `${where.path}[]` };
  const first = list(schema.prefixItems ?? (Array.isArray(schema.items) ? schema.items : undefined));
  const others = Array.isArray(schema.items) ? schema.additionalItems : schema.items;
  for (const one of [...first, ...(others === undefined ? [] : [others])])
    found.push(
      ...misfits(array.item, { ...part, schema: one }, inside).map((each) =>
        array.min > 0 && first.length === 0 ? each : { ...each, isSure: false },
      ),
    );
  return found;
}

function ofShape(shape: Shape, schema: Fields, part: Part, where: Where): Misfit[] {
  const properties = isFields(schema.properties) ? schema.properties : {};
  const at = shape.at ?? where.at;
  const found: Misfit[] = [];
  for (const name of list(schema.required))
    if (typeof name === "string") found.push(...ofRequired(shape, name, { ...where, at }));
  const inside = (name: string): Where => ({
    path: where.path === "" ? name : `${where.path}.${name}`,
    at: shape.fields.get(name)?.at ?? at,
    depth: where.depth + 1,
  });
  for (const [name, one] of Object.entries(properties)) {
    const type = fieldType(shape, name);
    if (shape.fields.has(name) || shape.rest !== undefined)
      found.push(
        ...misfits(type, { ...part, schema: one }, inside(name)).map((each) =>
          sureIf(each, shape.fields.get(name)?.isRequired === true),
        ),
      );
  }
  const patterns = isFields(schema.patternProperties);
  if (patterns)
    found.push(
      misfit(
        where,
        "RULE_FIELD_LIMIT",
        "may not satisfy `patternProperties`, which is not followed here",
        false,
      ),
    );
  for (const keyword of ["minProperties", "maxProperties", "propertyNames"])
    if (keyword in schema)
      found.push(
        misfit(
          { ...where, at },
          "RULE_FIELD_LIMIT",
          `may not satisfy \`${keyword}\`, which is not followed here`,
          false,
        ),
      );
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
  const fix =
    meant === undefined
      ? isSure && field === undefined
        ? `Add \`"${name}": …\`.`
        : "Give a default with `?:`."
      : `Is \`${meant}\` meant to be it?`;
  return [misfit({ path, at: field?.at ?? where.at }, "RULE_FIELD_MISSING", says, isSure, fix)];
}

function ofOthers(
  shape: Shape,
  schema: Fields,
  names: readonly string[],
  hasPatterns: boolean,
  part: Part,
  inside: (name: string) => Where,
): Misfit[] {
  const additional = schema.additionalProperties;
  if (additional === undefined || additional === true) return [];
  const found: Misfit[] = [];
  for (const [name, field] of shape.fields) {
    if (names.includes(name) || isNever(field.type)) continue;
    if (additional !== false)
      found.push(...misfits(field.type, { ...part, schema: additional }, inside(name)));
    else if (!hasPatterns) {
      const meant = nearest(name, names);
      found.push(
        misfit(
          inside(name),
          "RULE_FIELD_UNKNOWN",
          "is not in the output schema, which takes no other fields",
          field.isRequired,
          meant === undefined ? "Remove it, or add it to the schema." : `Did you mean \`${meant}\`?`,
        ),
      );
    }
  }
  if (shape.rest === undefined || isNever(present(shape.rest))) return found;
  if (additional === false)
    found.push(
      misfit(
        inside("*"),
        "RULE_FIELD_UNKNOWN",
        "may be fields that the output schema, which takes no others, does not have",
        false,
      ),
    );
  else
    found.push(
      ...misfits(shape.rest, { ...part, schema: additional }, inside("*")).map((one) => ({
        ...one,
        isSure: false,
      })),
    );
  return found;
}
