/** What is wrong in an expression that parses: functions that do not exist, `$eval`, regular expressions beyond RE2, names with hyphens. */
import { nearest } from "../core/suggest.ts";
import { linearRegExp } from "../core/pattern.ts";
import type { ErrorCode } from "../core/errors.ts";
import { library } from "./functions/library.ts";
import type { Node } from "./jsonata.ts";
import { bindingsIn, childrenOf, opensScope } from "./tree.ts";

/** Something found; `position` is the offset after the token, as jsonata counts. */
export interface Finding {
  readonly code: ErrorCode;
  readonly position: number;
  readonly message: string;
  readonly fix?: string;
}

/** Names, without `$`, that a rule need not bind. */
const GIVEN: ReadonlySet<string> = new Set([...library.keys(), "event", "enrich"]);

/**
 * All findings in a tree. A name counts as bound wherever in an enclosing block or function it is bound, before or
 * after: a function may be called later than it is written. `alsoBound` are names bound in parts that did not parse.
 * Regular expressions in the tree are replaced by their linear form.
 */
export function analyse(tree: Node, source: string, alsoBound: readonly string[] = []): readonly Finding[] {
  const findings: Finding[] = [];
  const outside: Visible = { around: undefined, names: GIVEN };
  const visible = { around: outside, names: new Set([...alsoBound, ...bindingsIn(tree)]) };
  visit(tree, visible, { findings, tree, source, hyphenated: new Set() });
  return findings;
}

interface Analysis {
  readonly findings: Finding[];
  readonly tree: Node;
  readonly source: string;
  /** Where a hyphenated name begins that is told of already. */
  readonly hyphenated: Set<number>;
}

/** The names that can be seen in a scope: its own, and those of the scopes around it. */
interface Visible {
  readonly around: Visible | undefined;
  readonly names: ReadonlySet<string>;
}

function isVisible(name: string, visible: Visible): boolean {
  for (let at: Visible | undefined = visible; at !== undefined; at = at.around)
    if (at.names.has(name)) return true;
  return false;
}

function allOf(visible: Visible): string[] {
  return [...visible.names, ...(visible.around === undefined ? [] : allOf(visible.around))];
}

function visit(node: Node, visible: Visible, analysis: Analysis): void {
  const inner = opensScope(node) ? within(node, visible) : visible;
  switch (node.type) {
    case "variable":
      if (node.value === "eval") analysis.findings.push(evalFinding(node));
      break;
    case "regex":
      checkRegex(node, analysis);
      break;
    case "binary":
      if (node.value === "-") checkHyphen(node, analysis);
      break;
    case "apply":
    case "function":
    case "partial":
      for (const callee of calleesOf(node)) checkCallee(callee, inner, analysis);
  }
  for (const child of childrenOf(node)) visit(child, inner, analysis);
}

function within(node: Node, visible: Visible): Visible {
  const names = [...parametersOf(node), ...scopeBindings(node)];
  return names.length === 0 ? visible : { around: visible, names: new Set(names) };
}

const textsIn = (node: Node): string[] =>
  node.type === "string" ? [String(node.value)] : childrenOf(node).flatMap(textsIn);

const positionOf = (node: Node): number => node.position ?? 0;

function parametersOf(node: Node): string[] {
  return node.type === "lambda" ? (node.arguments as Node[]).map(({ value }) => String(value)) : [];
}

const scopeBindings = (node: Node): string[] => childrenOf(node).flatMap(bindingsIn);

/** The nodes that must yield a function wherever this one is evaluated. */
function calleesOf(node: Node): Node[] {
  if (node.type === "apply") return isCall(node.rhs as Node) ? [] : [node.rhs as Node];
  if (!isCall(node)) return [];
  const procedure = node.procedure as Node;
  const args = node.arguments as Node[];
  const taken = procedure.type === "variable" ? TAKES_FUNCTION[String(procedure.value)] : undefined;
  const argument = taken === undefined ? undefined : args.at(taken);
  return argument === undefined ? [procedure] : [procedure, argument];
}

const isCall = (node: Node): boolean => node.type === "function" || node.type === "partial";

/** Built-ins with a function that cannot be left out, and where it stands. */
const TAKES_FUNCTION: Readonly<Record<string, number>> = { map: 1, filter: 1, reduce: 1, each: -1 };

function checkCallee(callee: Node, visible: Visible, analysis: Analysis): void {
  const name = String(callee.value);
  // Without a name it is `$` or `$$`: what it holds is not known here.
  if (callee.type === "variable" && !/^\$?$/.test(name) && name !== "eval" && !isVisible(name, visible)) {
    const meant = suggestion(name, allOf(visible));
    analysis.findings.push({
      code: "RULE_FUNCTION_UNKNOWN",
      position: positionOf(callee),
      message: `There is no function \`$${name}\`.`,
      ...(meant === undefined ? {} : { fix: `Did you mean \`$${meant}\`?` }),
    });
  }
  const [step, ...more] = callee.type === "path" ? (callee.steps as Node[]) : [];
  const field = String(step?.value);
  if (step?.type !== "name" || more.length > 0 || !library.has(field)) return;
  // A key of that name may hold a function of the rule's own.
  if (textsIn(analysis.tree).includes(field)) return;
  analysis.findings.push({
    code: "RULE_FUNCTION_UNKNOWN",
    position: positionOf(step),
    message: `\`${field}\` is a field of the body, not a function.`,
    fix: `Did you mean \`$${field}\`?`,
  });
}

/** What other languages call it, where no likeness of letters tells. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  len: "length",
  size: "count",
  concat: "join",
  indexof: "substringBefore",
  toupper: "uppercase",
  touppercase: "uppercase",
  tolower: "lowercase",
  tolowercase: "lowercase",
  tostring: "string",
  tonumber: "number",
  includes: "contains",
  foreach: "each",
};

function suggestion(name: string, visible: Iterable<string>): string | undefined {
  const candidates = [...visible].filter((candidate) => /^[A-Za-z]/.test(candidate) && candidate !== "event");
  const beginnings = new Map<string, string>();
  for (const length of [name.length, name.length + 1])
    for (const candidate of candidates)
      if (candidate.length > length) beginnings.set(candidate.slice(0, length), candidate);
  const begun = name.length < 3 ? undefined : nearest(name, beginnings.keys());
  return nearest(name, candidates) ?? ELSEWHERE[name.toLowerCase()] ?? beginnings.get(begun ?? "");
}

/** `first-name`, written without blanks, of two plain names: it may be one. `a.x-request-id` is told of once. */
function checkHyphen(node: Node, { findings, source, hyphenated }: Analysis): void {
  const before = /(?<![\w$`])[A-Za-z_]\w*(?:-[A-Za-z_]\w*)*-$/.exec(source.slice(0, node.position));
  const after = /^(?:[A-Za-z_]\w*-)*[A-Za-z_]\w*(?![\w`(])/.exec(source.slice(node.position));
  if (before === null || after === null || hyphenated.has(before.index)) return;
  hyphenated.add(before.index);
  const name = before[0] + after[0];
  findings.push({
    code: "RULE_HYPHEN_DOUBTFUL",
    position: before.index + name.indexOf("-"),
    message: `\`${name}\` is read as a subtraction: \`${name.replaceAll("-", " - ")}\`.`,
    fix: `If it is one name, put it into backquotes: \`${name}\`. If not, put blanks around the hyphen.`,
  });
}

const evalFinding = (node: Node): Finding => ({
  code: "RULE_EVAL_REFUSED",
  position: positionOf(node),
  message: "`$eval` does not exist here: a rule does not run text.",
  fix: "Write the expression out.",
});

/** By position. For `a ?: b` the parser writes `a` out as JSON and reads it again, in which regular expressions are lost. */
function regexesIn(node: Node, found = new Map<number, RegExp>()): Map<number, RegExp> {
  if (node.type === "regex" && node.value instanceof RegExp) found.set(positionOf(node), node.value);
  for (const child of childrenOf(node)) regexesIn(child, found);
  return found;
}

function checkRegex(node: Node, { findings, tree }: Analysis): void {
  if (!(node.value instanceof RegExp)) node.value = regexesIn(tree).get(positionOf(node));
  if (!(node.value instanceof RegExp)) return;
  try {
    node.value = linearRegExp(node.value.source, node.value.flags);
  } catch (error) {
    const reason = error instanceof Error ? error.message : "it does not compile";
    findings.push({
      code: "RULE_REGEX_INVALID",
      position: positionOf(node),
      message: `In the regular expression, ${reason}.`,
      fix: "Write it without, or look for the parts one by one.",
    });
  }
}
