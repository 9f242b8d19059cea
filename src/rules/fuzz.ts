/** Runs rules on made-up payloads that satisfy their input schemas, and holds what comes out against their output schemas. */
import { SignalboxError } from "../core/errors.ts";
import type { ErrorCode } from "../core/errors.ts";
import { seeded } from "../language/seeded.ts";
import { applyRoute } from "./apply.ts";
import { caseContext } from "./cases.ts";
import { STYLES, payloadOf, variedOf } from "./payloads.ts";
import type { Style } from "./payloads.ts";
import { shrunk } from "./shrink.ts";
import type { Route, Transform, Workspace } from "./workspace.ts";

export interface FuzzedTransform {
  readonly transform: string;
  /** Payloads that satisfied the input schema and were tried. */
  readonly runs: number;
  /** Of these: every route's `when` left them out; the rule made something valid of them. */
  readonly filtered: number;
  readonly good: number;
  /** Why nothing was tried. */
  readonly skipped?: string;
  readonly failure?: FuzzFailure;
}

export interface FuzzFailure {
  readonly code: ErrorCode;
  readonly message: string;
  /** The smallest body found that fails in the same way. */
  readonly payload: unknown;
  /** The route whose `when` let it pass, where there is one. */
  readonly route?: string;
  readonly style: Style;
}

export interface Fuzzing {
  readonly runs: number;
  readonly seed: string;
}

/** Payloads that are made, at most, for one that satisfies the schema. */
const MOST_MADE = 20;

/** One transform; stops at its first failure. The same seed tries the same payloads. */
export async function fuzz(
  transform: Transform,
  workspace: Workspace,
  { runs, seed }: Fuzzing,
): Promise<FuzzedTransform> {
  const counts = { transform: transform.name, runs: 0, filtered: 0, good: 0 };
  const { input } = transform;
  const schema = input && workspace.schemas.get(input.name)?.schema;
  if (schema === undefined) return { ...counts, skipped: "it has no input schema" };
  const { number: draw } = seeded(`${seed} ${transform.name}`);
  const fits = (payload: unknown): boolean => input!.validate(payload).length === 0;
  // What the route's `when` lets through is varied twice as often: it comes to the rule.
  const taken = transform.cases.filter(
    ({ expected }) => expected.kind === "result" || expected.kind === "any",
  );
  const samples = [...transform.cases, ...taken].map(({ payload }) => payload).filter(fits);
  const rooted = [{ schema, root: schema }];
  const made = (style: Style): { readonly payload: unknown } | undefined => {
    for (let attempt = 0; attempt < MOST_MADE; attempt++) {
      // Some differ in one field, some in most.
      const making = { style, draw, schemas: workspace.schemas, rate: 0.3 * draw() ** 2 };
      const sample = samples[Math.floor(draw() * samples.length * 2)];
      const payload = sample === undefined ? payloadOf(rooted, making) : variedOf(sample, rooted, making);
      if (fits(payload)) return { payload };
    }
    return undefined;
  };
  const routes = [...workspace.routes.values()].filter((route) => route.transform?.name === transform.name);
  for (let run = 0; run < runs; run++) {
    const style = STYLES[run % STYLES.length]!;
    const found = made(style);
    if (found === undefined) continue;
    counts.runs++;
    const outcome = await outcomeOf(found.payload, transform, routes);
    if (outcome === "filtered") counts.filtered++;
    else if (outcome === "good") counts.good++;
    else
      return { ...counts, failure: await smallest(found.payload, outcome, style, transform, routes, fits) };
  }
  const skipped = "no payload could be made that satisfies its input schema";
  return counts.runs === 0 ? { ...counts, skipped } : counts;
}

interface Failed {
  readonly error: SignalboxError;
  readonly route: string | undefined;
}

async function outcomeOf(
  payload: unknown,
  transform: Transform,
  routes: readonly Route[],
): Promise<"filtered" | "good" | Failed> {
  let good = routes.length === 0;
  for (const route of routes.length === 0 ? [undefined] : routes) {
    const when = route?.when && { name: route.name, when: route.when };
    try {
      const applied = await applyRoute({ ...when, transform }, payload, caseContext({ event: {} }, route));
      if (!applied.filtered) good = true;
    } catch (error) {
      if (!(error instanceof SignalboxError)) throw error;
      return { error, route: route?.name };
    }
  }
  return good ? "good" : "filtered";
}

async function smallest(
  payload: unknown,
  first: Failed,
  style: Style,
  transform: Transform,
  routes: readonly Route[],
  fits: (payload: unknown) => boolean,
): Promise<FuzzFailure> {
  let last = first;
  const small = await shrunk(payload, async (candidate) => {
    if (!fits(candidate)) return false;
    const outcome = await outcomeOf(candidate, transform, routes);
    if (typeof outcome === "string" || kindOf(outcome) !== kindOf(first)) return false;
    last = outcome;
    return true;
  });
  const { code, detail } = last.error;
  return {
    ...{ code, message: detail, payload: small, style },
    ...(last.route !== undefined && { route: last.route }),
  };
}

/** Failures of one kind have the code, and the place in the rule or the part of the schema. */
function kindOf({ error: { code, detail, schema } }: Failed): string {
  const place = /line \d+, column \d+/.exec(detail)?.[0] ?? "";
  return `${code} ${schema?.pointer ?? place}`;
}
