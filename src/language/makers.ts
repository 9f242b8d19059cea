/** Which part of a rule makes a field of its result: read off the rule's own constructors, without running it. */
import { nodesOf } from "./code.ts";
import type { Node } from "./jsonata.ts";
import { childrenOf } from "./tree.ts";

/** The part that makes a field, and how many steps of the field's path lie within what it yields. */
export interface Maker {
  readonly node: Node;
  readonly below: number;
  /** Conditions that decide whether it is this part that makes it. */
  readonly decidedBy: readonly Node[];
}

/**
 * The innermost part that makes the field at these keys. Where an arm decides, `ran` tells which arms did; without it, and
 * where several did, the one that knows most of the path.
 */
export function makerOf(
  tree: Node,
  keys: readonly string[],
  ran: (node: Node) => boolean = () => true,
): Maker {
  return nearest(follow(tree, keys, { bound: bindersIn(tree), ran, depth: 0, isAny: false }))[0]!;
}

/** All parts that may make the field, those that know most of its path; `*` among the keys stands for any item. */
export function makersOf(tree: Node, keys: readonly string[]): readonly Maker[] {
  const found = follow(tree, keys, { bound: bindersIn(tree), ran: () => true, depth: 0, isAny: true });
  const nodes = new Set<Node>();
  return nearest(found).filter(({ node }) => !nodes.has(node) && nodes.add(node));
}

/** What a variable stands for, where one expression is all that it is bound to. */
export function onlyBinder(tree: Node, name: string): Node | undefined {
  const bound = bindersIn(tree).get(name) ?? [];
  return bound.length === 1 ? bound[0] : undefined;
}

function nearest(makers: readonly Maker[]): readonly Maker[] {
  const least = Math.min(...makers.map(({ below }) => below));
  return makers.filter(({ below }) => below === least);
}

interface Following {
  readonly bound: ReadonlyMap<string, readonly Node[]>;
  readonly ran: (node: Node) => boolean;
  readonly depth: number;
  /** `*` is any item. */
  readonly isAny: boolean;
}

const MAX_DEPTH = 100;

/** At least one; the likeliest first among those that know equally much. */
function follow(node: Node, keys: readonly string[], from: Following): readonly Maker[] {
  const here: readonly Maker[] = [{ node, below: keys.length, decidedBy: [] }];
  const isFiltered = node.predicate !== undefined && !from.isAny;
  if (from.depth > MAX_DEPTH || isFiltered || node.group !== undefined) return here;
  const into: Into = (next, rest = keys) =>
    next === undefined ? here : follow(next, rest, { ...from, depth: from.depth + 1 });
  switch (node.type) {
    case "block":
      return into(nodesOf(node.expressions).at(-1));
    case "bind":
      return into(node.rhs as Node);
    case "condition":
      // With nothing left to look for it is the condition that makes the field.
      return from.isAny && keys.length === 0 ? here : ofArms(node, from, into);
    case "variable": {
      const bound = from.bound.get(String(node.value)) ?? [];
      return keys.length > 0 && bound.length === 1 ? into(bound[0]) : here;
    }
    case "lambda":
      return node.thunk === true ? into(node.body as Node) : here;
    case "path":
      return into(lastMade(node, from), withoutIndex(keys, from));
    case "unary":
      if (node.value === "{") return ofObject(node, keys, here, from, into);
      return node.value === "[" ? ofArray(node, keys, here, from, into) : here;
    case "function":
      return ofCall(node, keys, here, from, into);
    default:
      return here;
  }
}

type Into = (next: Node | undefined, rest?: readonly string[]) => readonly Maker[];

const isIndex = (key: string | undefined, { isAny }: Following): boolean =>
  key !== undefined && (/^\d+$/.test(key) || (isAny && key === "*"));

/** An item of what a step yields is what the step makes: an index is used up, where one item is a list of one. */
const withoutIndex = (keys: readonly string[], from: Following): readonly string[] =>
  isIndex(keys[0], from) ? keys.slice(1) : keys;

/** The last step, where it makes something; the order of what it makes is no matter where any item is meant. */
function lastMade(node: Node, { isAny }: Following): Node | undefined {
  const steps = nodesOf(node.steps).filter(({ type }) => !(isAny && type === "sort"));
  const last = steps.at(-1);
  return last !== undefined && /^(?:block|unary|condition|function|variable)$/.test(last.type)
    ? last
    : undefined;
}

function ofArms(node: Node, { ran }: Following, into: Into): readonly Maker[] {
  const arms = [node.then, node.else].filter((arm) => arm !== undefined) as Node[];
  const taken = arms.filter((arm) => ran(arm));
  const decidedBy = node.condition as Node;
  return (taken.length > 0 ? taken : arms)
    .flatMap((arm) => into(arm))
    .map((maker) => ({ ...maker, decidedBy: [decidedBy, ...maker.decidedBy] }));
}

function ofObject(
  node: Node,
  keys: readonly string[],
  here: readonly Maker[],
  from: Following,
  into: Into,
): readonly Maker[] {
  // One item is what the list of it is made of.
  const [key, ...rest] = from.isAny && keys[0] === "*" ? keys.slice(1) : keys;
  if (key === undefined) return here;
  const pairs = node.lhs as readonly (readonly [Node, Node])[];
  const named = pairs.find(([one]) => one.type === "string" && one.value === key);
  if (named !== undefined) return into(named[1], rest);
  const open = pairs.filter(([one]) => one.type !== "string");
  return open.length === 1 ? into(open[0]![1], rest) : here;
}

/** Only what surely yields one item moves those behind it by one. */
function ofArray(
  node: Node,
  keys: readonly string[],
  here: readonly Maker[],
  from: Following,
  into: Into,
): readonly Maker[] {
  const items = nodesOf(node.expressions);
  if (keys.length === 0) return here;
  const each = (item: Node): readonly Maker[] => into(item, isOne(item) ? withoutIndex(keys, from) : keys);
  if (items.length === 1) return each(items[0]!);
  if (from.isAny && keys[0] === "*") return items.length === 0 ? here : items.flatMap(each);
  const index = Number(keys[0]);
  const isSure = items.slice(0, index).every(isOne);
  return isSure ? into(items[index], keys.slice(1)) : here;
}

const isOne = ({ type, value, predicate, group }: Node): boolean =>
  predicate === undefined &&
  group === undefined &&
  (/^(?:string|number|value)$/.test(type) || (type === "unary" && value === "{"));

/** Functions that yield the items of their first argument, in one order or another. */
const SAME_ITEMS = new Set(["sort", "reverse", "distinct", "filter", "shuffle"]);

function ofCall(
  node: Node,
  keys: readonly string[],
  here: readonly Maker[],
  from: Following,
  into: Into,
): readonly Maker[] {
  const procedure = node.procedure as Node;
  const args = nodesOf(node.arguments);
  if (procedure.type !== "variable" || keys.length === 0) return here;
  const name = String(procedure.value);
  const own = from.bound.get(name) ?? [];
  if (own.length === 1 && own[0]!.type === "lambda") return into(own[0]!.body as Node);
  const last = args.at(-1);
  if ((name === "map" || name === "each") && last?.type === "lambda")
    return into(last.body as Node, withoutIndex(keys, from));
  if (from.isAny && name === "append") return args.flatMap((one) => into(one));
  if (from.isAny && SAME_ITEMS.has(name)) return into(args[0]);
  if (name !== "merge") return here;
  const merged = args[0]?.value === "[" ? nodesOf(args[0].expressions) : args;
  return merged.length === 0 ? here : [...merged].reverse().flatMap((one) => into(one));
}

/** What each name is bound to by `:=`, anywhere; a parameter of that name counts as unknown. */
function bindersIn(node: Node, found = new Map<string, Node[]>()): Map<string, Node[]> {
  const add = (name: string, what: Node): void => void found.set(name, [...(found.get(name) ?? []), what]);
  if (node.type === "bind") add(String((node.lhs as Node).value), node.rhs as Node);
  if (node.type === "lambda") for (const one of nodesOf(node.arguments)) add(String(one.value), one);
  for (const child of childrenOf(node)) bindersIn(child, found);
  return found;
}
