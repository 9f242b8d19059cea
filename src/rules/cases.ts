/** Runs the cases beside the transforms: what a delivery would do, with a fixed clock and fixed ids. */
import { SignalboxError } from "../core/errors.ts";
import type { ErrorCode } from "../core/errors.ts";
import type { EventContext } from "../core/event.ts";
import type { Expression } from "../language/expression.ts";
import { shownValue } from "../language/shown-value.ts";
import { applyRoute } from "./apply.ts";
import type { Applicable, Applied } from "./apply.ts";
import { differencesOf } from "./differences.ts";
import type { Difference } from "./differences.ts";
import { withMakers } from "./made-by.ts";
import type { MadeDifference } from "./made-by.ts";
import type { Assertion, Case, Route, Transform, Workspace } from "./workspace.ts";

export interface CaseResult {
  readonly transform: string;
  readonly name: string;
  /** The transform's YAML file, relative to the workspace. */
  readonly file: string;
  readonly line: number;
  readonly ok: boolean;
  readonly milliseconds: number;
  readonly problem?: CaseProblem;
}

/** Why a case failed: RULE_CASE_FAILED, or the code of the error that was not expected. */
export interface CaseProblem {
  readonly code: ErrorCode;
  readonly message: string;
  /** Each with the place in the rule that makes the field. */
  readonly differences?: readonly MadeDifference[];
}

/** What came of a case: a result, filtered, or the error. */
export type Outcome = Applied | SignalboxError;

/** How cases are run. */
export interface Running {
  /** Only cases whose transform or name holds this text. */
  readonly filter?: string;
  /** Hears what came of each case, whether or not it was expected. */
  readonly heard?: (one: Case, transform: Transform, outcome: Outcome) => void;
  /** Stands in for a rule or a `when`, to see it run. */
  readonly instead?: (expression: Expression) => Expression;
}

/** Runs all cases in order, or those whose transform or name holds the filter's text. Never throws for what a rule does. */
export async function runCases(workspace: Workspace, running: Running = {}): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for (const { one, transform } of casesOf(workspace, running.filter))
    results.push(await runCase(one, transform, workspace, running));
  return results;
}

/** The cases in order, or those whose transform or name holds the filter's text. */
export function casesOf(workspace: Workspace, filter = ""): { one: Case; transform: Transform }[] {
  return [...workspace.transforms.values()].flatMap((transform) =>
    transform.cases
      .filter(({ name }) => transform.name.includes(filter) || name.includes(filter))
      .map((one) => ({ one, transform })),
  );
}

async function runCase(
  one: Case,
  transform: Transform,
  workspace: Workspace,
  { heard, instead = (expression) => expression }: Running,
): Promise<CaseResult> {
  const route = routeOf(one, transform, workspace);
  const context = contextOf(one, route);
  const parts = partsOf(one, transform, route, instead);
  const started = performance.now();
  const look = (): Promise<Case["enrich"]> => Promise.resolve(one.enrich);
  const outcome = await applyRoute(parts, one.payload, context, { look }).catch((error: unknown) =>
    errorOf(error),
  );
  const milliseconds = Math.round((performance.now() - started) * 1000) / 1000;
  heard?.(one, transform, outcome);
  const problem = problemOf(one, outcome, transform, context, route);
  const { name, file, line } = one;
  const result = { transform: transform.name, name, file, line, ok: problem === undefined, milliseconds };
  return problem === undefined ? result : { ...result, problem };
}

/** What is applied. To a batch it is the rule alone, to the array that it sees; its `when` is asked of one event, which it filters. */
function partsOf(
  { expected }: Case,
  transform: Transform,
  route: Route | undefined,
  instead: (expression: Expression) => Expression,
): Applicable {
  const when = route?.when && { name: route.name, when: instead(route.when) };
  const rule = { transform: { ...transform, rule: instead(transform.rule) } };
  if (route?.line?.rule !== "batch") return { ...when, ...rule };
  return expected.kind === "filtered" ? { ...when } : rule;
}

/** The route that the case names, else the only one that uses the transform. */
export function routeOf(
  one: Pick<Case, "route">,
  transform: Transform,
  workspace: Workspace,
): Route | undefined {
  if (one.route !== undefined) return workspace.routes.get(one.route);
  const using = [...workspace.routes.values()].filter((route) => route.transform?.name === transform.name);
  return using.length === 1 ? using[0] : undefined;
}

/** The same with the events of a batch, one for each of its bodies. */
function contextOf(one: Case, route: Route | undefined): EventContext {
  const context = caseContext(one, route);
  if (route?.line?.rule !== "batch" || !Array.isArray(one.payload)) return context;
  return { ...context, events: one.payload.map(() => context) };
}

/** When a case's event was received, where it does not say: what `$now()` is. */
const CASE_TIME = "2026-01-01T00:00:00.000Z";

/** `$event` for a case: what it says itself, else the same for every run. */
export function caseContext({ event }: Pick<Case, "event">, route?: Pick<Route, "file">): EventContext {
  const source = event.source ?? route?.file.source ?? "case";
  const type = route?.file.on.find((pattern) => !pattern.includes("*")) ?? "";
  return {
    id: "evt_01hkqjw3000000000000000000",
    source,
    type,
    receivedAt: CASE_TIME,
    headers: {},
    query: {},
    method: "POST",
    path: `/hooks/${source}`,
    ...event,
  };
}

function errorOf(error: unknown): SignalboxError {
  if (error instanceof SignalboxError) return error;
  throw error;
}

function problemOf(
  one: Case,
  outcome: Outcome,
  transform: Transform,
  context: EventContext,
  route: Route | undefined,
): CaseProblem | undefined {
  const { expected, payload } = one;
  if (outcome instanceof SignalboxError) {
    if (expected.kind === "error" && expected.code === outcome.code) return undefined;
    return { code: outcome.code, message: outcome.detail };
  }
  const failed = (message: string, differences?: readonly Difference[]): CaseProblem => ({
    code: "RULE_CASE_FAILED",
    message,
    ...(differences && { differences: withMakers(differences, transform.rule, payload, context) }),
  });
  if (outcome.filtered) {
    if (expected.kind === "filtered") return undefined;
    return failed(
      `Expected ${wished(expected)}, but the \`when\` of route \`${route?.name ?? ""}\` filtered it.`,
    );
  }
  if (expected.kind === "filtered" || expected.kind === "error")
    return failed(`Expected ${wished(expected)}, got a result.`, [
      { path: "", expected: undefined, actual: outcome.result },
    ]);
  const differences = expected.kind === "any" ? [] : differencesOf(expected.value, outcome.result);
  if (differences.length > 0) return failed("The result is not the expected one.", differences);
  const untrue = untrueOf(one, outcome.result, context);
  return untrue === undefined ? undefined : failed(untrue);
}

/** The first assertion that is not true, as a sentence. */
function untrueOf({ assertions, payload }: Case, output: unknown, context: EventContext): string | undefined {
  for (const assertion of assertions) {
    const said = verdictOf(assertion, payload, output, context);
    if (said !== true) return `Line ${assertion.line}: \`${assertion.expression.source.trim()}\` ${said}.`;
  }
  return undefined;
}

function verdictOf(
  { expression }: Assertion,
  payload: unknown,
  output: unknown,
  context: EventContext,
): string | true {
  try {
    const verdict = expression.evaluateNow(payload, context, { output });
    return verdict === true || `is ${shownValue(verdict)}, not true`;
  } catch (error) {
    return `failed: ${errorOf(error).detail}`;
  }
}

function wished(expected: Case["expected"]): string {
  if (expected.kind === "error") return `the error ${expected.code}`;
  return expected.kind === "filtered" ? "the event to be filtered" : "a result";
}
