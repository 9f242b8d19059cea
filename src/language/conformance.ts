/** Holds the engine against the JSONata project's published cases: result for result, error code for error code. */
import { isDeepStrictEqual } from "node:util";
import type { EventContext } from "../core/event.ts";
import { defaultBudgets } from "./budgets.ts";
import type { Budgets } from "./budgets.ts";
import { compile } from "./compile.ts";
import { BudgetExceeded, Fault } from "./fault.ts";
import { freshPart } from "./fresh.ts";
import { parseJsonata } from "./jsonata.ts";
import { readExpression } from "./problems.ts";
import { plainJson } from "./result.ts";
import { begin, createRun } from "./run.ts";

/** A case of the suite; expected is one of `result`, `undefinedResult`, `code` and `error`. */
export interface SuiteCase {
  readonly id: string;
  readonly expr: string;
  readonly data?: unknown;
  /** A name in the suite's datasets; null for no input at all. */
  readonly dataset?: string | null;
  readonly bindings?: Readonly<Record<string, unknown>>;
  readonly result?: unknown;
  readonly undefinedResult?: true;
  readonly unordered?: true;
  readonly code?: string;
  readonly error?: { readonly code?: string };
  /** Levels of evaluation. */
  readonly depth?: number;
  readonly timelimit?: number;
}

/** How a case came out. `differs by design` is a use of `$eval` or of what RE2 has not. */
export type Verdict = "same" | "differs" | "differs by design";

/** One case's verdict, with what was got where it differs. */
export interface CaseReport {
  readonly id: string;
  readonly verdict: Verdict;
  readonly got?: unknown;
}

/** The suite makes ranges of ten million items and lists of 200,000: more than a rule may by default. */
const SUITE_BUDGETS: Budgets = {
  ...defaultBudgets,
  steps: 20_000_000,
  bytes: 1_000_000_000,
  output: 100_000_000,
};

const CONTEXT: EventContext = {
  id: "evt_01jd3v0000000000000000000a",
  source: "suite",
  type: "case",
  receivedAt: "2026-11-23T10:20:30.456Z",
  headers: {},
  query: {},
  method: "POST",
  path: "/hooks/suite",
};

/** Runs one case; its input is not changed. */
export function runCase(each: SuiteCase, datasets: Readonly<Record<string, unknown>>): CaseReport {
  const { id, expr } = each;
  const payload = "dataset" in each ? datasets[String(each.dataset)] : each.data;
  const { tree, mistakes } = readExpression(expr);
  if (mistakes.some(({ code }) => code === "RULE_EVAL_REFUSED" || code === "RULE_REGEX_INVALID"))
    return { id, verdict: "differs by design" };
  if (tree === undefined) {
    const got = syntaxCodeOf(expr);
    return { id, verdict: isCode(each, got) ? "same" : "differs", got };
  }
  const bindings = each.bindings ?? {};
  const run = createRun(
    each.depth === undefined ? SUITE_BUDGETS : { ...SUITE_BUDGETS, depth: depthOf(each) },
  );
  begin(run, CONTEXT);
  try {
    const result = plainJson(
      compile(tree, run, Object.keys(bindings))(payload, bindings),
      run.budgets.output,
      freshPart(tree),
    );
    return { id, verdict: isExpected(each, result) ? "same" : "differs", got: result };
  } catch (thrown) {
    return { id, verdict: isExpectedError(each, thrown) ? "same" : "differs", got: codeOf(thrown) };
  }
}

/** What jsonata's parser says, which the engine takes over. */
function syntaxCodeOf(expr: string): string {
  try {
    parseJsonata(expr);
    return "none";
  } catch (thrown) {
    return (thrown as { readonly code?: string }).code ?? String(thrown);
  }
}

/** A depth of 10 is the suite's way to say that little of it is needed; those that test the limit say 300 and more. */
const depthOf = ({ depth }: SuiteCase): number => Math.max(depth ?? 0, 10);

const expectsError = (each: SuiteCase): boolean => !("result" in each) && each.undefinedResult !== true;

function isExpected(each: SuiteCase, result: unknown): boolean {
  if (expectsError(each)) return false;
  if (each.undefinedResult === true) return result === undefined;
  return each.unordered === true
    ? isDeepStrictEqual(ordered(result), ordered(each.result))
    : isDeepStrictEqual(result, each.result);
}

const ordered = (value: unknown): unknown =>
  Array.isArray(value) ? value.map((item) => JSON.stringify(item)).sort() : value;

const isExpectedError = (each: SuiteCase, thrown: unknown): boolean => isCode(each, codeOf(thrown));

/** U1001 is the suite's own code for a limit that was reached. */
function isCode(each: SuiteCase, got: string): boolean {
  if (!expectsError(each)) return false;
  const wanted = each.code ?? each.error?.code;
  const isLimit = wanted === "U1001" || wanted === "D1011" || wanted === "D1012";
  return wanted === undefined || got === wanted || (isLimit && got === "budget");
}

function codeOf(thrown: unknown): string {
  if (thrown instanceof Fault) return thrown.code;
  if (thrown instanceof BudgetExceeded) return "budget";
  return String(thrown);
}
