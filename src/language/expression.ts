/** JSONata behind one small interface: compile an expression, evaluate it on an event's body. */
import type { ErrorCode } from "../core/errors.ts";
import type { EventContext } from "../core/event.ts";
import { defaultBudgets } from "./budgets.ts";
import type { Budgets } from "./budgets.ts";
import type { Watch } from "./code.ts";
import { compile } from "./compile.ts";
import type { Program } from "./compile.ts";
import { failureOf } from "./failure.ts";
import { freshPart } from "./fresh.ts";
import { readExpression } from "./problems.ts";
import type { Mistake } from "./syntax.ts";
import { plainJson } from "./result.ts";
import { begin, createRun, spentOf } from "./run.ts";
import type { Run } from "./run.ts";
import { placeOf, resultStart } from "./tokens.ts";
import { isConstant, ownWordsIn } from "./tree.ts";
import type { Node } from "./jsonata.ts";

/** A JSONata expression ready to run. */
export interface Expression {
  readonly source: string;
  readonly budgets: Budgets;
  /** True where it yields the same for every event, since it reads nothing of it. */
  readonly isConstant: boolean;
  /**
   * The result as plain JSON (own copies, ordinary prototypes, no aliases of the input), or undefined for "nothing".
   * Throws SignalboxError TRANSFORM_RULE_FAILED, TRANSFORM_TYPE, TRANSFORM_LIMIT_EXCEEDED or TRANSFORM_RESULT_INVALID with
   * line and column in its detail, and no value of the payload.
   */
  evaluateNow(payload: unknown, context: EventContext, variables?: Variables): unknown;
  /** The same as a promise. `enrich` among the variables is `$enrich`: what was looked up, by name. */
  evaluate(payload: unknown, context: EventContext, variables?: Variables): Promise<unknown>;
  /** The greatest part of any of its budgets that the last evaluation used, from 0 to 1. */
  spentShare(): number;
}

/** Values of the variables that an expression was compiled with besides `$event`, and `enrich`, by their names without `$`. */
export type Variables = Readonly<Record<string, unknown>>;

/** What an expression is compiled with, where it is more than a rule. */
export interface Making {
  /** Names of variables from outside besides `event`, without `$`. */
  readonly variables?: readonly string[];
  /** Sees every node of the tree that it is given first; for coverage and explanations. */
  readonly watch?: (tree: Node, source: string) => Watch;
}

/** Something that is wrong in an expression's text. */
export interface ExpressionProblem {
  /** RULE_SYNTAX_INVALID, RULE_FUNCTION_UNKNOWN, RULE_EVAL_REFUSED or RULE_REGEX_INVALID. */
  readonly code: ErrorCode;
  /** Of the token, from 1. */
  readonly line: number;
  /** Of the token, from 1, in UTF-16 units. */
  readonly column: number;
  readonly message: string;
  readonly fix: string | undefined;
}

export type Compiled =
  | {
      readonly ok: true;
      readonly expression: Expression;
      /** RULE_HYPHEN_DOUBTFUL: what is likely not meant as it stands. */
      readonly warnings: readonly ExpressionProblem[];
    }
  | { readonly ok: false; readonly problems: readonly ExpressionProblem[] };

/** Compiles an expression of at most 64 KB, or tells all that is wrong with it. */
export function compileExpression(
  source: string,
  budgets: Budgets = defaultBudgets,
  { variables = [], watch }: Making = {},
): Compiled {
  const { tree, mistakes, warnings } = readExpression(source);
  if (tree === undefined || mistakes.length > 0)
    return { ok: false, problems: mistakes.map((one) => problemAt(one, source)) };
  const run = createRun(budgets);
  const program = compile(tree, run, ["event", "enrich", ...variables], watch?.(tree, source));
  const expression = ready(source, program, run, tree);
  trees.set(expression, tree);
  return { ok: true, expression, warnings: warnings.map((one) => problemAt(one, source)) };
}

const trees = new WeakMap<Expression, Node>();

/** The tree that an expression was compiled from, which is not to be changed; undefined for a copy of one. */
export const treeOf = (expression: Expression): Node | undefined => trees.get(expression);

const problemAt = ({ code, offset, message, fix }: Mistake, source: string): ExpressionProblem => ({
  ...{ code, message, fix },
  ...placeOf(source, offset),
});

function ready(source: string, program: Program, run: Run, tree: Node): Expression {
  const fresh = freshPart(tree);
  const evaluateNow: Expression["evaluateNow"] = (payload, context, variables) => {
    begin(run, context);
    try {
      const all = variables === undefined ? { event: context } : { ...variables, event: context };
      return plainJson(program(payload, all), run.budgets.output, fresh);
    } catch (thrown) {
      throw failureOf(thrown, source, resultStart(source), ownWordsIn(tree), tree);
    }
  };
  const evaluate: Expression["evaluate"] = async (payload, context, variables) =>
    Promise.resolve(evaluateNow(payload, context, variables));
  const spentShare = (): number => spentOf(run);
  return { source, budgets: run.budgets, isConstant: isConstant(tree), evaluateNow, evaluate, spentShare };
}
