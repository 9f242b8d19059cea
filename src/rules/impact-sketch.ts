/** What an edited rule would change over events, before it is saved. For a process of its own. */
import { SignalboxError } from "../core/errors.ts";
import type { VersionText } from "../core/version.ts";
import type { Budgets } from "../language/budgets.ts";
import { compileExpression } from "../language/expression.ts";
import { createImpact, type ImpactReport } from "./impact.ts";
import { judgeOf, type Judgeable } from "./judge.ts";
import { problemOf, type SketchProblem } from "./playground.ts";

/** A route as it runs and as it would, and events to try both on; plain JSON, so that it can be handed to another process. */
export interface ImpactSketch {
  readonly before: VersionText;
  readonly after: VersionText;
  readonly events: readonly Judgeable[];
}

export interface ImpactSketched {
  /** Of the edited rule, by line and column. */
  readonly problems: readonly SketchProblem[];
  /** Absent where the rule does not compile, or takes too long. */
  readonly report?: ImpactReport;
}

/** Never throws for what the rule or an event does. */
export async function tryImpact({ before, after, events }: ImpactSketch): Promise<ImpactSketched> {
  const compiled = compileExpression(after.rule ?? "$", after.budgets as unknown as Budgets);
  if (!compiled.ok) {
    const problems = compiled.problems.map(({ code, message, fix, line, column }) => ({
      ...problemOf(code, message),
      ...(fix !== undefined && { fix }),
      ...{ line, column },
    }));
    return { problems };
  }
  try {
    const { route } = before;
    const impact = createImpact(
      new Map([[route, judgeOf("before", before)]]),
      new Map([[route, judgeOf("after", after)]]),
    );
    for (const event of events) await impact.take(event);
    return { problems: [], report: impact.report() };
  } catch (error) {
    if (!(error instanceof SignalboxError)) throw error;
    return { problems: [problemOf(error.code, error.detail)] };
  }
}
