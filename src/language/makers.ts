/** Which part of a rule makes a field of its result: read off the rule's own constructors, without running it. */
import { nodesOf } from "./code.ts";
import type { Node } from "./jsonata.ts";
import { childrenOf } from "./tree.ts";

/** The part that makes a field, and how many steps of the field's path lie within what it yields. */
export interface Maker {
  readonly node: Node;
  readonly below: number;
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
  return follow(tree, keys, { bound: bindersIn(tree), ran, depth: 0 });
}

interface Following {
  readonly bound: ReadonlyMap<string, readonly Node[]>;
  readonly ran: (node: Node) => boolean;
  readonly depth: number;
}

const MAX_DEPTH = 100;

function follow(node: Node, keys: readonly string[], from: Following): Maker {
  const here: Maker = { node, below: keys.length };
  if (from.depth > MAX_DEPTH || node.predicate !== undefined || node.group !== undefined) return here;
  const into = (next: Node | undefined, rest = keys): Maker =>
    next === undefined ? here : follow(next, rest, { ...from, depth: from.depth + 1 });
  switch (node.type) {
    case "block":
      return into(nodesOf(node.expressions).at(-1));
    case "bind":
      return into(node.rhs as Node);
    case "condition":
      return ofArms(node, here, from, into);
    case "variable": {
      const bound = from.bound.get(String(node.value)) ?? [];
      return keys.length > 0 && bound.length === 1 ? into(bound[0]) : here;
    }
    case "lambda":
      return node.thunk === true ? into(node.body as Node) : here;
    case "path":
      return into(constructorIn(nodesOf(node.steps).at(-1)), withoutIndex(keys));
    case "unary":
      if (node.value === "{") return ofObject(node, keys, here, into);
      return node.value === "[" ? ofArray(node, keys, here, into) : here;
    case "function":
      return ofCall(node, keys, here, from, into);
    default:
      return here;
  }
}

type Into = (next: Node | undefined, rest?: readonly string[]) => Maker;

/** An item of what a step yields is what the step makes: an index is used up, where one item is a list of one. */
const withoutIndex = (keys: readonly string[]): readonly string[] =>
  /^\d+$/.test(keys[0] ?? "") ? keys.slice(1) : keys;

const constructorIn = (step: Node | undefined): Node | undefined =>
  step !== undefined && /^(?:block|unary|condition|function|variable)$/.test(step.type) ? step : undefined;

function ofArms({ then, else: otherwise }: Node, here: Maker, { ran }: Following, into: Into): Maker {
  const arms = [then, otherwise].filter((arm) => arm !== undefined) as Node[];
  const taken = arms.filter((arm) => ran(arm));
  return best(
    (taken.length > 0 ? taken : arms).map((arm) => into(arm)),
    here,
  );
}

function ofObject(node: Node, keys: readonly string[], here: Maker, into: Into): Maker {
  const [key, ...rest] = keys;
  if (key === undefined) return here;
  const pairs = node.lhs as readonly (readonly [Node, Node])[];
  const named = pairs.find(([one]) => one.type === "string" && one.value === key);
  if (named !== undefined) return into(named[1], rest);
  const open = pairs.filter(([one]) => one.type !== "string");
  return open.length === 1 ? into(open[0]![1], rest) : here;
}

/** Only what surely yields one item moves those behind it by one. */
function ofArray(node: Node, keys: readonly string[], here: Maker, into: Into): Maker {
  const items = nodesOf(node.expressions);
  if (keys.length === 0) return here;
  if (items.length === 1) return into(items[0], isOne(items[0]!) ? withoutIndex(keys) : keys);
  const index = Number(keys[0]);
  const isSure = items.slice(0, index).every(isOne);
  return isSure ? into(items[index], keys.slice(1)) : here;
}

const isOne = ({ type, value, predicate, group }: Node): boolean =>
  predicate === undefined &&
  group === undefined &&
  (/^(?:string|number|value)$/.test(type) || (type === "unary" && value === "{"));

function ofCall(node: Node, keys: readonly string[], here: Maker, from: Following, into: Into): Maker {
  const procedure = node.procedure as Node;
  const args = nodesOf(node.arguments);
  if (procedure.type !== "variable" || keys.length === 0) return here;
  const name = String(procedure.value);
  const own = from.bound.get(name) ?? [];
  if (own.length === 1 && own[0]!.type === "lambda") return into(own[0]!.body as Node);
  const last = args.at(-1);
  if (name === "map" && last?.type === "lambda") return into(last.body as Node, withoutIndex(keys));
  if (name !== "merge") return here;
  const merged = args[0]?.value === "[" ? nodesOf(args[0].expressions) : args;
  return best(
    [...merged].reverse().map((one) => into(one)),
    here,
  );
}

function best(candidates: readonly Maker[], otherwise: Maker): Maker {
  return candidates.reduce(
    (found, one) => (one.below < found.below ? one : found),
    candidates[0] ?? otherwise,
  );
}

/** What each name is bound to by `:=`, anywhere; a parameter of that name counts as unknown. */
function bindersIn(node: Node, found = new Map<string, Node[]>()): Map<string, Node[]> {
  const add = (name: string, what: Node): void => void found.set(name, [...(found.get(name) ?? []), what]);
  if (node.type === "bind") add(String((node.lhs as Node).value), node.rhs as Node);
  if (node.type === "lambda") for (const one of nodesOf(node.arguments)) add(String(one.value), one);
  for (const child of childrenOf(node)) bindersIn(child, found);
  return found;
}
