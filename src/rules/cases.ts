/** Runs the cases beside the transforms: exactly what a delivery runs, on a fixed event. */
import { isDeepStrictEqual } from "node:util";
import { SignalboxError, errorTable, type ErrorCode } from "../core/errors.ts";
import type { EventContext } from "../core/event.ts";
import { isFields, pointerStep } from "../core/schema-walk.ts";
import { applyRoute, type Applied } from "./apply.ts";
import type { Case, Route, Transform, Workspace } from "./workspace.ts";

/** Where a result is not what was expected; a missing side is undefined. */
export interface Difference {
  /** JSON Pointer. */
  readonly path: string;
  readonly expected: unknown;
  readonly actual: unknown;
}

export interface CaseResult {
  readonly transform: string;
  readonly name: string;
  /** Relative to the workspace. */
  readonly file: string;
  readonly line: number;
  readonly ok: boolean;
  readonly milliseconds: number;
  readonly problem?: { readonly code: ErrorCode; readonly message: string; readonly differences?: readonly Difference[] };
}

/** A case's event, where the case does not say otherwise: the same for every run, so results with times and ids are stable. */
const FIXED = {
  id: "evt_06f00000000000000000000000",
  receivedAt: "2026-01-01T00:00:00.000Z",
  headers: {},
  query: {},
  method: "POST",
} as const;

const MAX_DIFFERENCES = 20;

/** Runs all cases, or those whose transform or name holds `filter`. */
export async function runCases(workspace: Workspace, { filter = "" }: { readonly filter?: string } = {}): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for (const transform of workspace.transforms.values()) {
    for (const one of transform.cases) {
      if (!`${transform.name}: ${one.name}`.includes(filter)) continue;
      results.push(await runCase(transform, one, workspace));
    }
  }
  return results;
}

async function runCase(transform: Transform, one: Case, workspace: Workspace): Promise<CaseResult> {
  const { name, file, line } = one;
  const before = performance.now();
  const problem = await problemOf(transform, one, workspace);
  const milliseconds = Math.round((performance.now() - before) * 1000) / 1000;
  return { transform: transform.name, name, file, line, ok: problem === undefined, milliseconds, ...(problem && { problem }) };
}

async function problemOf(transform: Transform, one: Case, workspace: Workspace): Promise<CaseResult["problem"]> {
  const route = routeOf(transform, one, workspace);
  let applied: Applied;
  try {
    applied = await applyRoute({ ...(route?.when && { when: route.when }), transform }, one.payload, contextOf(one, route));
  } catch (error) {
    if (!(error instanceof SignalboxError)) throw error;
    const { expected } = one;
    if (expected.kind === "error" && expected.code === error.code) return undefined;
    return { code: error.code, message: `expected ${spoken(expected)}, got an error: ${error.detail}` };
  }
  return compare(one.expected, applied);
}

/** The route whose `when` the case passes: the one that it names, else the only one that uses the transform. */
function routeOf(transform: Transform, { route }: Case, { routes }: Workspace): Route | undefined {
  if (route !== undefined) return routes.get(route);
  const users = [...routes.values()].filter((one) => one.transform?.name === transform.name);
  return users.length === 1 ? users[0] : undefined;
}

function contextOf({ event }: Case, route: Route | undefined): EventContext {
  const source = event.source ?? route?.file.source ?? "test";
  const type = route?.file.on.find((pattern) => !pattern.includes("*")) ?? "";
  return { ...FIXED, source, type, path: `/hooks/${source}`, ...event };
}

function compare(expected: Case["expected"], applied: Applied): CaseResult["problem"] {
  if (expected.kind === "filtered" && applied.filtered) return undefined;
  if (expected.kind !== "result" || applied.filtered) {
    return { code: "RULE_CASE_FAILED", message: `expected ${spoken(expected)}, got ${applied.filtered ? "filtered" : "a result"}` };
  }
  const differences: Difference[] = [];
  collect("", expected.value, applied.result, differences);
  if (differences.length === 0) return undefined;
  const count = differences.length;
  return { code: "RULE_CASE_FAILED", message: `the result differs at ${count} place${count === 1 ? "" : "s"}`, differences };
}

function spoken(expected: Case["expected"]): string {
  if (expected.kind === "error") return `${expected.code} (${errorTable[expected.code].title.toLowerCase()})`;
  return expected.kind === "filtered" ? "to be filtered" : "a result";
}

/** The smallest parts that differ, in the order of what was expected. */
function collect(path: string, expected: unknown, actual: unknown, found: Difference[]): void {
  if (found.length >= MAX_DIFFERENCES || isDeepStrictEqual(expected, actual)) return;
  const both = Array.isArray(expected) ? Array.isArray(actual) : isFields(expected) && isFields(actual);
  if (!both) return void found.push({ path, expected, actual });
  const left = expected as Record<string, unknown>;
  const right = actual as Record<string, unknown>;
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    const step = Array.isArray(expected) ? Number(key) : key;
    collect(path + pointerStep(step), Object.hasOwn(left, key) ? left[key] : undefined, Object.hasOwn(right, key) ? right[key] : undefined, found);
  }
}
