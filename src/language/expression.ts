/** JSONata behind one small interface: compile an expression, evaluate it on an event's body. */
import type { ErrorCode } from "../core/errors.ts";
import type { EventContext } from "../core/event.ts";
import { SignalboxError } from "../core/errors.ts";
import { aside } from "./aside.ts";
import { briefBudgets, defaultBudgets } from "./budgets.ts";
import type { Budgets } from "./budgets.ts";
import type { Watch } from "./code.ts";
import { compile } from "./compile.ts";
import type { Program } from "./compile.ts";
import { BudgetExceeded } from "./fault.ts";
import { failureOf } from "./failure.ts";
import { freshPart } from "./fresh.ts";
import { readExpression } from "./problems.ts";
import { syntaxMistake, type Mistake } from "./syntax.ts";
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
  /** The same within a millisecond or so: UNFINISHED where that is too little. */
  evaluateBriefly(payload: unknown, context: EventContext, variables?: Variables, spent?: Spent): unknown;
  /**
   * The same as a promise; goes on aside where it takes longer, if this process has named where. `enrich` among the variables is
   * `$enrich`: what was looked up, by name.
   */
  evaluate(payload: unknown, context: EventContext, variables?: Variables, spent?: Spent): Promise<unknown>;
}

/** Hears the greatest part of any of its budgets that an evaluation used, from 0 to 1, also where it failed; twice where it goes on aside. */
export type Spent = (share: number) => void;

/** What an evaluation yields that would take longer than a turn of the event loop may. */
export const UNFINISHED = Symbol("unfinished");

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
  let program: Program;
  try {
    program = compile(tree, run, ["event", "enrich", ...variables], watch?.(tree, source));
  } catch (thrown) {
    // What the parser could still read may be too deep to be compiled.
    if (!(thrown instanceof RangeError)) throw thrown;
    return { ok: false, problems: [problemAt(syntaxMistake(thrown, source), source)] };
  }
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

/** An expression that took longer is tried here again once in so many evaluations. */
const TRIED_AGAIN = 16;

function ready(source: string, program: Program, run: Run, tree: Node): Expression {
  const fresh = freshPart(tree);
  const { budgets } = run;
  const brief = briefOf(budgets);
  /** Evaluations aside since it was brief here; 0 while it is. */
  let asides = 0;

  const within = (
    allowed: Budgets,
    payload: unknown,
    context: EventContext,
    variables: Variables | undefined,
    spent: Spent | undefined,
  ): unknown => {
    begin(run, context, allowed);
    try {
      const all = variables === undefined ? { event: context } : { ...variables, event: context };
      return plainJson(program(payload, all), allowed.output, fresh);
    } catch (thrown) {
      if (isUnfinished(thrown, allowed, budgets)) return UNFINISHED;
      throw failureOf(thrown, source, resultStart(source), ownWordsIn(tree), tree);
    } finally {
      spent?.(spentOf(run));
    }
  };
  const evaluateNow: Expression["evaluateNow"] = (payload, context, variables) =>
    within(budgets, payload, context, variables, undefined);
  const evaluateBriefly: Expression["evaluateBriefly"] = (payload, context, variables, spent) =>
    within(brief, payload, context, variables, spent);
  const evaluate: Expression["evaluate"] = async (payload, context, variables, spent) => {
    const { take } = aside;
    if (take === undefined) return within(budgets, payload, context, variables, spent);
    if (asides % TRIED_AGAIN === 0) {
      const made = evaluateBriefly(payload, context, variables, spent);
      if (made !== UNFINISHED) {
        asides = 0;
        return made;
      }
    }
    asides++;
    const told = await take({ source, budgets, payload, context, variables });
    if (told === undefined) return within(budgets, payload, context, variables, spent);
    spent?.(told.spent);
    if ("code" in told) throw new SignalboxError(told.code, told.detail);
    return told.value;
  };
  return { source, budgets, isConstant: isConstant(tree), evaluateNow, evaluateBriefly, evaluate };
}

function briefOf(budgets: Budgets): Budgets {
  const least = (of: keyof Budgets): number => Math.min(budgets[of], briefBudgets[of]);
  return {
    steps: least("steps"),
    depth: budgets.depth,
    bytes: least("bytes"),
    output: least("output"),
    pattern: least("pattern"),
  };
}

/** True where a budget is used up of which more is left than was allowed for now. */
function isUnfinished(thrown: unknown, allowed: Budgets, budgets: Budgets): boolean {
  if (!(thrown instanceof BudgetExceeded)) return false;
  const { budget } = thrown;
  return budget !== "picture" && allowed[budget] < budgets[budget];
}
