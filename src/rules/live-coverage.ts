/** Coverage on live traffic: one delivery in so many runs on rules that count which of their parts run. What comes of it is the same. */
import { covered } from "../language/coverage.ts";
import type { Covered, ExpressionCoverage } from "../language/coverage.ts";
import { UNFINISHED, type Expression } from "../language/expression.ts";
import type { CoveredRule } from "./coverage.ts";
import { revisionOf } from "./files.ts";
import type { Route, Workspace } from "./workspace.ts";

/** What was counted of one version of a route's expressions: of its `when` and its rule, in this order, as far as it has them. */
export interface LiveCounts {
  /** Deliveries that were counted. */
  readonly samples: number;
  readonly expressions: readonly { readonly parts: readonly number[]; readonly arms: readonly number[] }[];
}

export interface LiveCoverage {
  /** The workspace for the next delivery: the given one, or the same with rules that count. */
  turn(workspace: Workspace): Workspace;
  /** Counts since the beginning, by version, of those that have been counted since this was last asked. */
  news(): ReadonlyMap<string, LiveCounts>;
}

/** Counts one delivery in `oneIn`. */
export function createLiveCoverage(oneIn: number): LiveCoverage {
  const counting = new WeakMap<Workspace, Workspace>();
  const versions = new Map<string, Version>();
  let next = 0;
  return {
    turn(workspace) {
      if (++next < oneIn) return workspace;
      next = 0;
      const known = counting.get(workspace);
      if (known !== undefined) return known;
      // Of former files nothing is counted any more.
      versions.clear();
      const made = countingIn(workspace, versions);
      counting.set(workspace, made);
      return made;
    },
    news() {
      const told = new Map<string, LiveCounts>();
      for (const [name, version] of versions) {
        if (version.told === version.samples) continue;
        version.told = version.samples;
        const expressions = version.counted.map(({ coverage }) => countsIn(coverage()));
        told.set(name, { samples: version.samples, expressions });
      }
      return told;
    },
  };
}

/** What the counts of a route's expressions are known by: its name and 12 hex digits of their texts. */
export const versionOf = ({ name, when, transform }: Route): string =>
  `${name}:${revisionOf([when?.source ?? "", transform?.rule.source ?? ""])}`;

/** A route's expressions with what all processes have counted together; counts of another shape are left out. */
export function liveCoverageOf(
  route: Route,
  all: readonly LiveCounts[],
): { readonly samples: number; readonly rules: readonly CoveredRule[] } {
  const bare = expressionsOf(route).map(({ kind, expression }) => ({
    kind,
    coverage: covered(expression.source, expression.budgets)?.coverage(),
  }));
  const fitting = all.filter(
    ({ expressions }) =>
      expressions.length === bare.length &&
      bare.every(
        ({ coverage }, at) =>
          coverage?.parts.length === expressions[at]!.parts.length &&
          coverage.arms.length === expressions[at]!.arms.length,
      ),
  );
  const sum = (of: (counts: LiveCounts) => number): number =>
    fitting.reduce((total, one) => total + of(one), 0);
  return {
    samples: sum(({ samples }) => samples),
    rules: bare.flatMap(({ kind, coverage }, at) => {
      if (coverage === undefined) return [];
      const parts = coverage.parts.map((part, nth) => ({
        ...part,
        count: sum(({ expressions }) => expressions[at]!.parts[nth]!),
      }));
      const arms = coverage.arms.map((arm, nth) => ({
        ...arm,
        count: sum(({ expressions }) => expressions[at]!.arms[nth]!),
      }));
      const name = kind === "when" ? route.name : route.transform!.name;
      const file = kind === "when" ? `routes/${name}.yaml` : `transforms/${name}.jsonata`;
      return [{ kind, name, file, source: coverage.source, parts, arms }];
    }),
  };
}

function expressionsOf({ when, transform }: Route): { kind: CoveredRule["kind"]; expression: Expression }[] {
  return [
    ...(when === undefined ? [] : [{ kind: "when" as const, expression: when }]),
    ...(transform === undefined ? [] : [{ kind: "transform" as const, expression: transform.rule }]),
  ];
}

interface Version {
  samples: number;
  told: number;
  readonly counted: readonly Counted[];
}

function countingIn(workspace: Workspace, versions: Map<string, Version>): Workspace {
  const routes = [...workspace.routes.values()].map((route): [string, Route] => {
    const all = expressionsOf(route);
    if (all.length === 0) return [route.name, route];
    // The first of them is evaluated for every delivery.
    const counted = all.map(({ expression }, at) => counts(expression, () => at === 0 && version.samples++));
    const version: Version = { samples: 0, told: 0, counted };
    versions.set(versionOf(route), version);
    const stands = counted.map(({ stand }) => stand);
    const when = route.when === undefined ? undefined : stands[0]!;
    const transform = route.transform && { ...route.transform, rule: stands.at(-1)! };
    return [route.name, { ...route, ...(when && { when }), ...(transform && { transform }) }];
  });
  return { ...workspace, routes: new Map(routes) };
}

interface Counted {
  /** Evaluates as the expression itself does. */
  readonly stand: Expression;
  coverage(): ExpressionCoverage | undefined;
}

/** Compiled for counting when it is first evaluated. */
function counts(expression: Expression, begun: () => unknown): Counted {
  let counted: Covered | undefined;
  const evaluateNow: Expression["evaluateNow"] = (...given) => {
    begun();
    counted ??= covered(expression.source, expression.budgets);
    if (counted === undefined) return expression.evaluateNow(...given);
    try {
      return counted.expression.evaluateNow(...given);
    } catch {
      // A watched rule may run out of stack sooner: what counts is how the rule itself ends.
      return expression.evaluateNow(...given);
    }
  };
  // What takes longer goes on by the rule itself: of such a delivery is counted what ran until then.
  const evaluate: Expression["evaluate"] = async (payload, context, variables, spent) => {
    begun();
    counted ??= covered(expression.source, expression.budgets);
    if (counted !== undefined)
      try {
        const made = counted.expression.evaluateBriefly(payload, context, variables, spent);
        if (made !== UNFINISHED) return made;
      } catch {
        // As above.
      }
    return expression.evaluate(payload, context, variables, spent);
  };
  return { stand: { ...expression, evaluateNow, evaluate }, coverage: () => counted?.coverage() };
}

const countsIn = (coverage: ExpressionCoverage | undefined): LiveCounts["expressions"][number] => ({
  parts: coverage?.parts.map(({ count }) => count) ?? [],
  arms: coverage?.arms.map(({ count }) => count) ?? [],
});
