/**
 * The compiler: jsonata's syntax tree becomes closures, once. Variables are slots that are found at compile time; what a
 * node yields, down to jsonata's errors, is what the reference's evaluator yields, without a promise.
 */
import { linearRegExp } from "../core/pattern.ts";
import type { LinearRegExp } from "../core/pattern.ts";
import type { Code, Compiler, Frame, Watch } from "./code.ts";
import { frameTemplate, nodesOf, scopeOf } from "./code.ts";
import { filter, tupleFilter } from "./filters.ts";
import { library } from "./functions/library.ts";
import { grouping, tupleGrouping } from "./grouping.ts";
import { builtinsOf, call, chain, partialApplication } from "./invocation.ts";
import type { Builtins } from "./invocation.ts";
import type { Node } from "./jsonata.ts";
import { lambda } from "./lambdas.ts";
import { descendants, nameStep, wildcard } from "./names.ts";
import { binaryOperator, concatenation, folded, negation, operandsOf } from "./operators.ts";
import { path } from "./paths.ts";
import { regexValue } from "./regex.ts";
import type { Run } from "./run.ts";
import { transformer } from "./transformer.ts";
import { bindingsIn, childrenOf } from "./tree.ts";
import { collapsed, collapsedToArray, sequenceOf } from "./values.ts";
import type { Items } from "./values.ts";
import { array, block, condition } from "./statements.ts";
import { binding, isFree, variable } from "./variables.ts";

/** The expression as one function of body and variables; throws what fault.ts has, and RangeError where the stack ends. */
export type Program = (payload: unknown, variables: Readonly<Record<string, unknown>>) => unknown;

/** Compiles a tree in which every `names` is a variable from outside; `watch` sees every node. */
export function compile(tree: Node, run: Run, names: readonly string[], watch?: Watch): Program {
  const scope = scopeOf(undefined, ["$", ...names], bindingsIn(tree));
  const template = frameTemplate(scope);
  const code = createCompiler(run, scope, tree, watch).compile(tree);
  return (payload, variables) => {
    const frame = template.slice();
    frame[1] = payload;
    for (let at = 0; at < names.length; at++) frame[at + 2] = variables[names[at]!];
    return code(Array.isArray(payload) ? whole(payload) : payload, frame);
  };
}

/** The whole body in one item: otherwise a path would begin in each of its own. */
function whole(payload: unknown[]): Items {
  const input = sequenceOf(payload);
  input.outerWrapper = true;
  return input;
}

function tupleNamesIn(node: Node, found = new Set<string>()): Set<string> {
  for (const name of [node.focus, node.index]) if (typeof name === "string") found.add(name);
  if (node.type === "index" && typeof node.value === "string") found.add(node.value);
  const label = (node.ancestor as { readonly label: string } | undefined)?.label;
  if (label !== undefined) found.add(label);
  for (const child of childrenOf(node)) tupleNamesIn(child, found);
  return found;
}

function createCompiler(run: Run, root: Compiler["scope"], tree: Node, watch: Watch | undefined): Compiler {
  let tupleNames: ReadonlySet<string> | undefined;
  const builtins = builtinsOf(library, run);
  const compiler: Compiler = {
    run,
    watch,
    scope: root,
    depth: 0,
    isFiltered: false,
    tupleNames: () => (tupleNames ??= tupleNamesIn(tree)),
    compile: (node) => {
      compiler.depth++;
      const code = wholeNode(node, compiler, builtins);
      compiler.depth--;
      return watch === undefined ? code : watch(node, code);
    },
    compileIn: (scope, node, isFunctionBody = false) => {
      const { scope: around, depth, isFiltered } = compiler;
      compiler.scope = scope;
      if (isFunctionBody) {
        compiler.depth = 0;
        compiler.isFiltered = false;
      }
      const code = compiler.compile(node);
      compiler.scope = around;
      compiler.depth = depth;
      compiler.isFiltered = isFiltered;
      return code;
    },
  };
  return compiler;
}

/** Kinds of nodes whose result never is a sequence, or has collapsed in the node that it comes from. */
const SETTLED = new Set(
  "string number value regex lambda transform partial condition block bind unary".split(" "),
);

/** A node with its predicates and grouping, its result collapsed as every node's is. */
function wholeNode(node: Node, compiler: Compiler, builtins: Builtins): Code {
  const { isFiltered } = compiler;
  compiler.isFiltered ||= node.predicate !== undefined || node.group !== undefined;
  const { code, hasCollapsed } = innerNode(node, compiler, builtins);
  compiler.isFiltered = isFiltered;
  const keepArray = node.keepArray === true;
  if (node.predicate === undefined && (node.group === undefined || node.type === "path")) {
    if (hasCollapsed && !keepArray) return code;
    return keepArray
      ? (input, frame) => collapsedToArray(code(input, frame))
      : (input, frame) => collapsed(code(input, frame));
  }
  const hung = withPredicates(node, code, compiler);
  return (input, frame) => {
    const result = hung(input, frame);
    return keepArray ? collapsedToArray(result) : collapsed(result);
  };
}

/** The predicates and the grouping that hang on a node itself; a block's result may be a stream of tuples. */
function withPredicates(node: Node, code: Code, compiler: Compiler): Code {
  const mayStream = node.tuple === true;
  const filters = nodesOf(node.predicate).map((stage) => {
    const ofItems = filter(stage.expr as Node, compiler);
    if (!mayStream) return ofItems;
    const ofTuples = tupleFilter(stage.expr as Node, compiler);
    return (input: unknown, frame: Frame) => (isStream(input) ? ofTuples : ofItems)(input, frame);
  });
  const groupNode = node.type === "path" ? undefined : (node.group as Node | undefined);
  const group = groupNode && grouping(groupNode, compiler);
  const tupleGroup = groupNode && mayStream ? tupleGrouping(groupNode, compiler) : undefined;
  return (input, frame) => {
    let result = code(input, frame);
    for (const keep of filters) result = keep(result, frame);
    if (group === undefined) return result;
    return isStream(result) && tupleGroup !== undefined ? tupleGroup(result, frame) : group(result, frame);
  };
}

const isStream = (value: unknown): value is Items =>
  Array.isArray(value) && (value as Items).tupleStream === true;

interface Inner {
  readonly code: Code;
  readonly hasCollapsed: boolean;
}

function innerNode(node: Node, compiler: Compiler, builtins: Builtins): Inner {
  if (node.type === "path") return path(node, compiler);
  const code = codeOf(node, compiler, builtins);
  const isOperator = node.type === "binary" && node.value !== "..";
  const isSettled = SETTLED.has(node.type) || isOperator || isBareCall(node);
  return { code, hasCollapsed: isSettled };
}

/** A call on which nothing hangs: it collapses its result itself. */
const isBareCall = ({ type, predicate, group, keepArray }: Node): boolean =>
  type === "function" && predicate === undefined && group === undefined && keepArray !== true;

function codeOf(node: Node, compiler: Compiler, builtins: Builtins): Code {
  const { run } = compiler;
  switch (node.type) {
    case "string":
    case "number":
    case "value": {
      const { value } = node;
      return () => value;
    }
    case "name":
      return nameStep(node.value as string, run);
    case "wildcard":
      return wildcard(run);
    case "descendant":
      return descendants(run);
    case "parent":
      return variable((node.slot as { readonly label: string }).label, compiler, undefined);
    case "variable":
      return variable(node.value as string, compiler, builtins(node.value as string)?.value);
    case "regex":
      return regex(node, run);
    case "block":
      return block(node, compiler);
    case "bind":
      return binding((node.lhs as Node).value as string, compiler.compile(node.rhs as Node), compiler);
    case "condition":
      return condition(node, compiler);
    case "binary":
      // What is watched is evaluated when its turn comes.
      if (compiler.watch !== undefined) return operator(node, compiler);
      return folded(node, operator(node, compiler));
    case "unary":
      return unary(node, compiler);
    case "function":
      return call(node, compiler, builtins, { collapses: isBareCall(node) });
    case "partial":
      return partialApplication(node, compiler, builtins);
    case "apply":
      return chain(node, compiler, builtins);
    case "lambda":
      if (node.thunk === true) return tail(node.body as Node, compiler, builtins);
      return lambda(node, compiler);
    case "transform":
      return transform(node, compiler, builtins);
    default:
      throw new Error(`jsonata's parser made a node of a kind that is not known: ${node.type}`);
  }
}

/**
 * A call in tail position: made by whoever called the function that it ends. Where a filter hangs on the parentheses around
 * it, jsonata filters the call that is not made yet, and so it has to wait here too.
 */
function tail(node: Node, compiler: Compiler, builtins: Builtins): Code {
  compiler.depth++;
  const code = call(node, compiler, builtins, { isTail: true });
  compiler.depth--;
  if (!compiler.isFiltered) return code;
  return (input, frame) => {
    const pending = (): unknown => code(input, frame);
    return Object.assign(pending, { arity: 0, takesContext: false, isPending: true });
  };
}

function regex({ value }: Node, run: Run): Code {
  const pattern = value instanceof RegExp ? linearRegExp(value.source, value.flags) : (value as LinearRegExp);
  const matcher = regexValue(pattern, run);
  return () => matcher;
}

function operator(node: Node, { compile, run }: Compiler): Code {
  if (node.value === "&") return concatenation(node, operandsOf(node).map(compile), run);
  return binaryOperator(node, compile(node.lhs as Node), compile(node.rhs as Node), run);
}

function unary(node: Node, compiler: Compiler): Code {
  if (node.value === "{") return grouping(node, compiler);
  if (node.value === "-") return negation(node, compiler.compile(node.expression as Node));
  return array(node, compiler);
}

function transform(node: Node, compiler: Compiler, builtins: Builtins): Code {
  const own = builtins("clone")!.value;
  const clone = isFree("clone", compiler) ? (): unknown => own : variable("clone", compiler, own);
  return transformer(node, compiler, clone, own);
}
