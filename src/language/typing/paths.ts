/** Paths: what each step makes of every item that the step before yields. */
import type { Node } from "../jsonata.ts";
import { groupType } from "./constructors.ts";
import { filterType, passesNothing } from "./filters.ts";
import { fieldType, join, joinAll, lazyItems } from "./join.ts";
import { bind, inside, onItem } from "./scope.ts";
import type { Env } from "./scope.ts";
import type { Session } from "./session.ts";
import { asArray, collapsed, countOf, itemOf } from "./truth.ts";
import {
  ANY,
  NEVER,
  arrayOf,
  isEmpty,
  isNever,
  nothingOf,
  numberOf,
  onlyKinds,
  optional,
  present,
} from "./lattice.ts";
import type { Items, Shape, Type } from "./lattice.ts";

const nodesOf = (value: unknown): readonly Node[] => (Array.isArray(value) ? (value as Node[]) : []);

/** From this many items on a loop counts as one without bounds. */
const MANY = 200;

/** A path, with its steps' filters, its grouping and `[]`. */
export function pathType(node: Node, env: Env, session: Session): Type {
  const steps = nodesOf(node.steps);
  let value: Type = env.input;
  let around = env;
  let before: Type = env.input;
  for (const [at, step] of steps.entries()) {
    const isFirst = at === 0;
    const isLast = at === steps.length - 1;
    const onNothing =
      !isFirst && MAKE_OF_NOTHING.has(step.type) && letNothingPass(steps[at - 1]!, before, around, session);
    const next = stepType(step, value, { env: around, isFirst, isLast }, session);
    around = next.env;
    before = value;
    value = next.type;
    if (onNothing)
      value = join(value, session.infer(bare(step), onItem(around, nothingOf("the list may be missing"))));
    if (isEmpty(value) && step.focus === undefined && steps.length > 1) {
      readRest(steps.slice(at + 1), session, value);
      break;
    }
  }
  if (steps[0]?.consarray === true) value = orEmpty(steps[0], value, env, session);
  if (node.keepSingletonArray === true) value = asArray(value);
  if (node.group === undefined) return value;
  return groupType(node.group as Node, value, around, session);
}

/** Steps that may make something of nothing. */
const MAKE_OF_NOTHING = new Set([
  "unary",
  "block",
  "function",
  "condition",
  "binary",
  "string",
  "number",
  "value",
  "apply",
]);

/** Whether a step's filters may let nothing pass where what they filter is not there; an empty list has no items for them. */
function letNothingPass(step: Node, before: Type, env: Env, session: Session): boolean {
  const filters = nodesOf(step.stages).filter(({ type }) => type === "filter");
  // What is sorted is there.
  if (filters.length === 0 || step.type === "sort") return false;
  const at = onItem(env, present(countOf(before).item));
  const made = step.type === "name" ? nameType(at.input, step, session) : session.infer(bare(step), at);
  return session.quietly(() => filters.every(({ expr }) => passesNothing(expr as Node, made, at, session)));
}

/** An array that is written out, and empty, is what the whole path yields. */
function orEmpty(first: Node, value: Type, env: Env, session: Session): Type {
  const { array } = session.infer(bare(first), env);
  return array === undefined || array.min > 0 ? value : join(value, arrayOf(NEVER, 0, 0));
}

/** What is read of what is never there is read all the same. */
function readRest(steps: readonly Node[], session: Session, before: Type): void {
  const names = steps.filter(({ type }) => type === "name").map(({ value }) => String(value));
  if (names.length > 0 && before.from !== undefined) session.reads([before.from, ...names].join("."));
}

interface At {
  readonly env: Env;
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

function stepType(
  step: Node,
  value: Type,
  { env, isFirst, isLast }: At,
  session: Session,
): { type: Type; env: Env } {
  if (step.type === "sort") return { type: sortType(step, value, env, session), env };
  if (isFirst && step.type !== "name")
    return bound(step, value, withStages(step, session.infer(bare(step), env), env, session), env);
  const type = overItems(value, isLast, (item, isMany) => {
    const at = onItem(env, item, env.loop + (isMany ? 1 : 0));
    const made = step.type === "name" ? nameType(item, step, session) : session.infer(bare(step), at);
    return withStages(step, made, at, session);
  });
  return bound(step, value, type, env);
}

/** The step alone: its stages and what it binds are looked at here. */
function bare(step: Node): Node {
  if (step.stages === undefined && step.focus === undefined && step.index === undefined) return step;
  const plain = Object.create(step) as Node;
  return Object.assign(plain, {
    stages: undefined,
    focus: undefined,
    index: undefined,
    position: step.position,
  });
}

function withStages(step: Node, made: Type, env: Env, session: Session): Type {
  return nodesOf(step.stages).reduce(
    (type, stage) => (stage.type === "index" ? type : filterType(stage.expr as Node, type, env, session)),
    made,
  );
}

/** `@$x` and `#$i`: from here on they are bound; after `@` the context stays what it was. */
function bound(step: Node, before: Type, type: Type, env: Env): { type: Type; env: Env } {
  const indexes = [
    step.index,
    ...nodesOf(step.stages).map((stage) => (stage.type === "index" ? stage.value : undefined)),
  ].filter((name) => typeof name === "string");
  if (typeof step.focus !== "string" && indexes.length === 0) return { type, env };
  const around = inside(env);
  for (const name of indexes) bind(around, name, numberOf({ min: 0, isInteger: true }));
  if (typeof step.focus !== "string") return { type, env: around };
  const { item } = countOf(type);
  bind(around, step.focus, present(item));
  return { type: type.nothing === undefined ? before : optional(before, ...type.nothing), env: around };
}

/** What a step makes of a value, item by item where it is an array. */
export function overItems(value: Type, isLast: boolean, each: (item: Type, isMany: boolean) => Type): Type {
  if (value.isAny) {
    const any = { item: present(value), min: 0, max: Infinity };
    return join(each(any.item, true), ofItems(any, isLast, each));
  }
  const { array } = value;
  const alone = present({ ...value, array: undefined });
  let type: Type = isEmpty(alone) ? NEVER : each(alone, false);
  if (array !== undefined)
    type = join(type, ofItems({ ...array, item: itemOf(array, value.from) }, isLast, each));
  return value.nothing === undefined ? type : optional(type, ...value.nothing);
}

function ofItems(array: Items, isLast: boolean, each: (item: Type, isMany: boolean) => Type): Type {
  const { item, min, max } = array;
  if (max === 0) return nothingOf("the array is empty");
  const made = each(item, max > MANY);
  if (isNever(made)) return min > 0 ? NEVER : nothingOf("the array may be empty");
  const flat =
    made.array?.isNested === true
      ? { item: present(made), min: made.nothing === undefined ? 1 : 0, max: 1 }
      : countOf(made);
  const causes = [
    ...(made.nothing ?? []),
    ...(min * flat.min === 0 && made.nothing === undefined ? [emptyCause(item)] : []),
  ];
  const all = collapsed({ item: flat.item, min: min * flat.min, max: times(max, flat.max), causes });
  // Where one item alone yields an array of the body, it is taken as it is.
  if (!isLast || made.array === undefined || (min > 1 && made.nothing === undefined)) return all;
  return join(all, { ...NEVER, array: made.array });
}

const emptyCause = ({ from }: Type): string =>
  from === undefined ? "the array may be empty" : `\`${from}\` may be empty`;

const times = (left: number, right: number): number => (left === 0 || right === 0 ? 0 : left * right);

/** The field of a name. */
export function nameType(value: Type, node: Node, session: Session): Type {
  const type = fieldOf(value, node, session);
  session.heard?.(node, type, { of: value });
  return type;
}

function fieldOf(value: Type, node: Node, session: Session): Type {
  const name = String(node.value);
  if (value.isAny) {
    const path = pathOf(value.from, name);
    session.notePath(node, path, name, undefined);
    return { ...ANY, from: path };
  }
  const others = present({ ...value, shapes: [], array: undefined });
  const fields = value.shapes.map((shape) => shapeField(shape, name, value.from));
  noteName(value, node, name, session);
  let type = joinAll(fields);
  if (value.array !== undefined)
    type = join(
      type,
      overItems({ ...NEVER, array: value.array, from: value.from }, false, (item) =>
        nameType(item, node, session),
      ),
    );
  if (!isEmpty(others)) type = optional(type, ...othersCause(value));
  return value.nothing === undefined ? type : optional(type, ...value.nothing);
}

const othersCause = ({ from, isNull }: Type): readonly string[] =>
  from === undefined ? [] : [isNull ? `\`${from}\` may be null` : `\`${from}\` may be no object`];

const pathOf = (from: string | undefined, name: string): string => {
  const step = /^[A-Za-z_]\w*$/.test(name) ? name : `\`${name}\``;
  return from === undefined || from === "" ? step : `${from}.${step}`;
};

function shapeField(shape: Shape, name: string, from: string | undefined): Type {
  const path = from === undefined ? undefined : pathOf(from, name);
  const type = comingFrom(fieldType(shape, name), path);
  if (type.nothing === undefined || path === undefined) return type;
  const cause =
    shape.isListed && !isDeclared(shape, name)
      ? `\`${path}\` is not in the input schema`
      : `\`${path}\` may be missing`;
  return {
    ...type,
    nothing: type.nothing.length > 0 && shape.fields.get(name)?.causes !== undefined ? type.nothing : [cause],
  };
}

/** The same with the path that it, or its items, came from. */
function comingFrom(type: Type, path: string | undefined): Type {
  const { array } = type;
  if (array === undefined || path === undefined) return { ...type, from: path };
  const { min, max, isPlain, isUnique } = array;
  const flags = { ...(isPlain === true ? { isPlain } : {}), ...(isUnique === true ? { isUnique } : {}) };
  return { ...type, from: path, array: lazyItems(() => itemOf(array, path), { min, max, ...flags }) };
}

function noteName(value: Type, node: Node, name: string, session: Session): void {
  if (value.from === undefined) return noteOwn(value, node, name, session);
  const path = pathOf(value.from, name);
  const isKnown = value.shapes.some(
    (shape) => isDeclared(shape, name) || (shape.rest !== undefined && !shape.isListed),
  );
  if (isKnown || value.array !== undefined) session.notePath(node, path, name, undefined);
  else if (value.shapes.length > 0) session.notePath(node, path, name, value.shapes.flatMap(declaredNames));
  else if (!isEmpty(onlyKinds(value, "snb")) && !value.isNull) session.notePath(node, path, name, []);
}

const declaredNames = (shape: Shape): string[] =>
  [...shape.fields.keys()].filter((name) => isDeclared(shape, name));

function isDeclared({ fields }: Shape, name: string): boolean {
  const field = fields.get(name);
  return field !== undefined && field.isUndeclared !== true;
}

/** Of an object that the rule itself makes. */
function noteOwn({ shapes }: Type, node: Node, name: string, session: Session): void {
  if (shapes.length === 0 || shapes.some(({ rest, isListed }) => rest !== undefined || isListed)) return;
  const names = shapes.flatMap(({ fields }) => [...fields.keys()]);
  session.noteOwn(node, name, names.includes(name) ? undefined : names);
}

/** `^(…)`: the same items in another order. */
function sortType(step: Node, value: Type, env: Env, session: Session): Type {
  const { item, min, max } = countOf(value);
  if (isEmpty(item)) return value;
  for (const term of step.terms as readonly { expression: Node }[]) {
    const key = session.infer(term.expression, onItem(env, item, env.loop + 1));
    const wrong = present(onlyKinds(key, "lbaof"));
    const isMixed = key.text !== undefined && key.number !== undefined;
    if (isEmpty(wrong) && !isMixed) continue;
    if (key.isAny && !session.isStrict) continue;
    session.tell(
      "RULE_OPERAND_TYPE",
      term.expression,
      "The keys of a sort must all be texts, or all be numbers; these may be neither.",
    );
  }
  const sorted = collapsed({ item, min, max, causes: value.nothing ?? [] });
  return withStages(
    step,
    min >= 1 && value.array !== undefined ? join(sorted, arrayOf(item, min, max)) : sorted,
    env,
    session,
  );
}
