/**
 * What no value satisfies: bounds that cross, an `enum` without a value of its `type`, a field that is required and forbidden,
 * a schema that needs itself without end. Finds what is plain to see; to find all of it would be to solve the schema.
 */
import type { Fault } from "./schema-fault.ts";
import { isFields, partsOf, pointerKeys, pointerStep } from "./schema-walk.ts";
import type { Fields } from "./schema-walk.ts";

/** A place that contradicts itself, and whether the whole schema is satisfied by nothing for its sake. */
export interface Contradiction extends Fault {
  readonly whole: boolean;
}

/** The contradictions of a schema, in the order of its text. `schemas` are those that it may refer to by name. */
export function contradictions(
  schema: unknown,
  schemas: ReadonlyMap<string, unknown>,
): readonly Contradiction[] {
  const looked: Looked = { schemas, open: new Set(), sound: new Set(), left: MOST_LOOKS };
  const fatal = emptiness(schema, { root: schema, path: undefined, looked });
  const own: Fault[] = [];
  eachPart(schema, undefined, (part, path) => {
    const fault = ownFault(part);
    if (fault !== undefined) own.push({ path: written(path) + fault.path, message: fault.message });
  });
  if (fatal !== undefined && !own.some(({ path }) => path === fatal.path)) own.push(fatal);
  return own.map((fault) => ({ ...fault, whole: fault.path === fatal?.path }));
}

/** Parts that are looked at, however they refer to one another; of what lies beyond nothing is said. */
const MOST_LOOKS = 50_000;

/** The way to a part, its last step first: written down only where something is told of it. */
interface Path {
  readonly above: Path | undefined;
  readonly step: string | number;
}

function written(path: Path | undefined): string {
  return path === undefined ? "" : written(path.above) + pointerStep(path.step);
}

/** What is known on the way: the schemas that are being looked into, and those that something satisfies. */
interface Looked {
  readonly schemas: ReadonlyMap<string, unknown>;
  readonly open: Set<unknown>;
  readonly sound: Set<unknown>;
  left: number;
}

/** A place inside a schema of the folder. */
interface Place {
  readonly root: unknown;
  readonly path: Path | undefined;
  readonly looked: Looked;
}

/** Why nothing satisfies a schema, at the place in the file that was begun with; undefined where something may. */
function emptiness(schema: unknown, place: Place): Fault | undefined {
  const { path, looked } = place;
  if (schema === false) return { path: written(path), message: "Nothing satisfies `false`." };
  if (!isFields(schema) || looked.sound.has(schema) || looked.left-- <= 0) return undefined;
  // What is satisfied only by what holds another of it, and that one more, is satisfied by nothing that ends.
  if (looked.open.has(schema))
    return { path: written(path), message: "The schema needs itself without end." };
  const own = ownFault(schema);
  if (own !== undefined && own.excludes) return { path: written(path) + own.path, message: own.message };
  looked.open.add(schema);
  const fault =
    ofReference(schema, place) ??
    first(schema.allOf, "allOf", place) ??
    ofChoice(schema, "anyOf", place) ??
    ofChoice(schema, "oneOf", place) ??
    ofRequired(schema, place) ??
    ofItems(schema, place);
  looked.open.delete(schema);
  // That something satisfies it is true wherever it stands; that nothing does may be for the sake of what is open above.
  if (fault === undefined) looked.sound.add(schema);
  return fault;
}

const at = (place: Place, ...steps: (string | number)[]): Place => ({
  ...place,
  path: steps.reduce<Path | undefined>((above, step) => ({ above, step }), place.path),
});

/** Visits each schema inside a schema, the root first. */
function eachPart(
  schema: unknown,
  path: Path | undefined,
  visit: (part: Fields, path: Path | undefined) => void,
): void {
  if (!isFields(schema)) return;
  visit(schema, path);
  for (const { steps, part } of partsOf(schema))
    eachPart(
      part,
      steps.reduce<Path | undefined>((above, step) => ({ above, step }), path),
      visit,
    );
}

function ofReference({ $ref }: Fields, place: Place): Fault | undefined {
  const found = typeof $ref === "string" ? referred($ref, place) : undefined;
  if (found === undefined) return undefined;
  const fault = emptiness(found.schema, { ...place, root: found.root });
  // Told where it is referred to: the place inside of the other belongs to the other's own text.
  return fault && { path: `${written(place.path)}/$ref`, message: fault.message };
}

function referred(
  ref: string,
  { root, looked: { schemas } }: Place,
): { root: unknown; schema: unknown } | undefined {
  const [name = "", pointer = ""] = ref.split("#");
  if (pointer !== "" && !pointer.startsWith("/")) return undefined;
  const whole = name === "" ? root : schemas.get(name.replace(/\.json$/, ""));
  let schema: unknown = whole;
  for (const key of pointerKeys(pointer)) schema = isFields(schema) ? schema[key] : undefined;
  return schema === undefined ? undefined : { root: whole, schema };
}

function first(list: unknown, keyword: string, place: Place): Fault | undefined {
  if (!Array.isArray(list)) return undefined;
  for (const [index, one] of list.entries()) {
    const fault = emptiness(one, at(place, keyword, index));
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** A choice is empty where each of its members is. */
function ofChoice(schema: Fields, keyword: "anyOf" | "oneOf", place: Place): Fault | undefined {
  const list = schema[keyword];
  if (!Array.isArray(list) || list.length === 0) return undefined;
  const faults = list.map((one, index) => emptiness(one, at(place, keyword, index)));
  return faults.every((fault) => fault !== undefined) ? faults[0] : undefined;
}

function ofRequired({ type, required, properties }: Fields, place: Place): Fault | undefined {
  if (type !== "object" || !Array.isArray(required) || !isFields(properties)) return undefined;
  for (const name of required) {
    if (typeof name !== "string" || !Object.hasOwn(properties, name)) continue;
    const fault = emptiness(properties[name], at(place, "properties", name));
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function ofItems({ type, minItems, items }: Fields, place: Place): Fault | undefined {
  if (type !== "array" || typeof minItems !== "number" || minItems < 1) return undefined;
  return Array.isArray(items) ? undefined : emptiness(items, at(place, "items"));
}

/** `excludes`: nothing satisfies the schema for it, where the fault of another kind of value excludes only these. */
interface OwnFault extends Fault {
  readonly excludes: boolean;
}

/** Least and greatest, with the kind of value that they bound. */
const BOUNDS = [
  ["minimum", "maximum", "number"],
  ["minLength", "maxLength", "string"],
  ["minItems", "maxItems", "array"],
  ["minProperties", "maxProperties", "object"],
] as const;

function ownFault(schema: Fields): OwnFault | undefined {
  const types = typesOf(schema);
  for (const [least, greatest, kind] of BOUNDS) {
    const [low, high] = [schema[least], schema[greatest]];
    if (typeof low !== "number" || typeof high !== "number" || low <= high) continue;
    const message = `\`${least}\` is ${low} and \`${greatest}\` is ${high}: no ${kind} is both.`;
    return { path: pointerStep(least), message, excludes: isOnly(types, kind) };
  }
  return valueFault(schema, types) ?? typeFault(schema, types) ?? fieldFault(schema, types);
}

function valueFault(schema: Fields, types: readonly string[] | undefined): OwnFault | undefined {
  if (types === undefined) return undefined;
  const { enum: values } = schema;
  if (Array.isArray(values) && values.length > 0 && !values.some((value) => isOf(value, types))) {
    const message = `None of the values of \`enum\` is of \`type\` ${types.join(" or ")}.`;
    return { path: "/enum", message, excludes: true };
  }
  if (!("const" in schema) || isOf(schema.const, types)) return undefined;
  return { path: "/const", message: `\`const\` is not of \`type\` ${types.join(" or ")}.`, excludes: true };
}

function typeFault(schema: Fields, types: readonly string[] | undefined): OwnFault | undefined {
  if (!Array.isArray(schema.allOf)) return undefined;
  let left = types;
  for (const [index, one] of schema.allOf.entries()) {
    const its = isFields(one) ? typesOf(one) : undefined;
    if (its === undefined) continue;
    const both = left === undefined ? its : common(left, its);
    if (both.length > 0) {
      left = both;
      continue;
    }
    const message = `It asks for ${its.join(" or ")}, and elsewhere for ${left!.join(" or ")}: nothing is both.`;
    return { path: `/allOf/${index}/type`, message, excludes: true };
  }
  return undefined;
}

function fieldFault(schema: Fields, types: readonly string[] | undefined): OwnFault | undefined {
  const { required, additionalProperties, patternProperties, maxProperties } = schema;
  if (!Array.isArray(required)) return undefined;
  const excludes = isOnly(types, "object");
  if (typeof maxProperties === "number" && required.length > maxProperties) {
    const message = `\`required\` names ${required.length} fields, and \`maxProperties\` permits ${maxProperties}.`;
    return { path: "/required", message, excludes };
  }
  if (additionalProperties !== false || patternProperties !== undefined) return undefined;
  const known = isFields(schema.properties) ? schema.properties : {};
  const index = required.findIndex((name) => typeof name === "string" && !Object.hasOwn(known, name));
  if (index < 0) return undefined;
  const message = `\`${String(required[index])}\` is required, and \`additionalProperties: false\` does not permit it.`;
  return { path: `/required/${index}`, message, excludes };
}

function typesOf({ type }: Fields): readonly string[] | undefined {
  const types: unknown[] = Array.isArray(type) ? type : [type];
  return types.every((one) => typeof one === "string") ? types : undefined;
}

const isOnly = (types: readonly string[] | undefined, kind: string): boolean =>
  types !== undefined && types.every((type) => type === kind || (type === "integer" && kind === "number"));

function common(some: readonly string[], others: readonly string[]): string[] {
  const both = some.filter((type) => others.includes(type));
  const isWhole = (types: readonly string[]): boolean => types.includes("integer");
  const isNumeric = (types: readonly string[]): boolean => types.includes("number");
  if ((isWhole(some) && isNumeric(others)) || (isNumeric(some) && isWhole(others))) both.push("integer");
  return both;
}

function isOf(value: unknown, types: readonly string[]): boolean {
  if (value === null) return types.includes("null");
  if (Array.isArray(value)) return types.includes("array");
  if (typeof value === "number" && Number.isInteger(value) && types.includes("integer")) return true;
  return types.includes(typeof value);
}
