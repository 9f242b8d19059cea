/** Runs the cases beside the transforms: what a delivery would do, with a fixed clock and fixed ids. */
import { SignalboxError } from "../core/errors.ts";
import type { ErrorCode } from "../core/errors.ts";
import type { EventContext } from "../core/event.ts";
import { applyRoute } from "./apply.ts";
import type { Applied } from "./apply.ts";
import { differencesOf } from "./differences.ts";
import type { Difference } from "./differences.ts";
import type { Case, Route, Transform, Workspace } from "./workspace.ts";

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
  readonly differences?: readonly Difference[];
}

/** Runs all cases in order, or those whose transform or name holds the filter's text. Never throws for what a rule does. */
export async function runCases(
  workspace: Workspace,
  options: { readonly filter?: string } = {},
): Promise<CaseResult[]> {
  const { filter = "" } = options;
  const results: CaseResult[] = [];
  for (const transform of workspace.transforms.values()) {
    for (const one of transform.cases) {
      if (transform.name.includes(filter) || one.name.includes(filter))
        results.push(await runCase(one, transform, workspace));
    }
  }
  return results;
}

async function runCase(one: Case, transform: Transform, workspace: Workspace): Promise<CaseResult> {
  const route = routeOf(one, transform, workspace);
  const parts = { ...(route?.when && { name: route.name, when: route.when }), transform };
  const started = performance.now();
  const outcome = await applyRoute(parts, one.payload, caseContext(one, route), {
    look: () => Promise.resolve(one.enrich),
  }).catch((error: unknown) => errorOf(error));
  const milliseconds = Math.round((performance.now() - started) * 1000) / 1000;
  const problem = problemOf(one, outcome, route);
  const { name, file, line } = one;
  const result = { transform: transform.name, name, file, line, ok: problem === undefined, milliseconds };
  return problem === undefined ? result : { ...result, problem };
}

/** The route that the case names, else the only one that uses the transform. */
function routeOf(one: Case, transform: Transform, workspace: Workspace): Route | undefined {
  if (one.route !== undefined) return workspace.routes.get(one.route);
  const using = [...workspace.routes.values()].filter((route) => route.transform?.name === transform.name);
  return using.length === 1 ? using[0] : undefined;
}

/** `$event` for a case: what it says itself, else the same for every run. */
export function caseContext({ event }: Pick<Case, "event">, route?: Pick<Route, "file">): EventContext {
  const source = event.source ?? route?.file.source ?? "case";
  const type = route?.file.on.find((pattern) => !pattern.includes("*")) ?? "";
  return {
    id: "evt_01hkqjw3000000000000000000",
    source,
    type,
    receivedAt: "2026-01-01T00:00:00.000Z",
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
  { expected }: Case,
  outcome: Applied | SignalboxError,
  route: Route | undefined,
): CaseProblem | undefined {
  if (outcome instanceof SignalboxError) {
    if (expected.kind === "error" && expected.code === outcome.code) return undefined;
    return { code: outcome.code, message: outcome.detail };
  }
  const failed = (message: string, differences?: Difference[]): CaseProblem => ({
    code: "RULE_CASE_FAILED",
    message,
    ...(differences && { differences }),
  });
  if (outcome.filtered) {
    if (expected.kind === "filtered") return undefined;
    return failed(
      `Expected ${wished(expected)}, but the \`when\` of route \`${route?.name ?? ""}\` filtered it.`,
    );
  }
  if (expected.kind !== "result")
    return failed(`Expected ${wished(expected)}, got a result.`, [
      { path: "", expected: undefined, actual: outcome.result },
    ]);
  const differences = differencesOf(expected.value, outcome.result);
  return differences.length === 0 ? undefined : failed("The result is not the expected one.", differences);
}

function wished(expected: Case["expected"]): string {
  if (expected.kind === "error") return `the error ${expected.code}`;
  return expected.kind === "filtered" ? "the event to be filtered" : "a result";
}
