/** Which routes of a source take an event, and why the others do not; each that its `on` lets through is explained. */
import type { EventContext } from "../core/event.ts";
import { matchesType } from "../core/route.ts";
import type { ExplainedRule } from "./explain.ts";
import type { Sketch } from "./playground.ts";
import { schemasWith } from "./schemas.ts";
import type { Route, Workspace } from "./workspace.ts";

export interface ExplainedRoute extends ExplainedRule {
  readonly route: string;
  readonly target: string;
  readonly transform?: string;
  readonly matched: boolean;
  /** Which clause decided, with its values. */
  readonly decidedBy: string;
}

/** Of a hundred routes that take the type, so many are run. */
const MOST_EXPLAINED = 25;

/** The event's body and what a rule is told of the rest. */
export interface Explainable {
  readonly body: unknown;
  readonly context: EventContext;
}

/** By the routes' names, or of the one route that is named; `explain` runs its rule. */
export async function explainRoutes(
  event: Explainable,
  workspace: Workspace,
  explain: (sketch: Sketch) => Promise<ExplainedRule>,
  only?: string,
): Promise<ExplainedRoute[]> {
  const routes =
    only === undefined ? workspace.routesOf(event.context.source) : [workspace.routes.get(only)!];
  const explained: ExplainedRoute[] = [];
  let run = 0;
  for (const route of routes) {
    const { file } = route;
    const { type } = event.context;
    const head = headOf(route);
    if (!matchesType(file.on, type)) {
      const patterns = file.on.map((pattern) => `\`${pattern}\``).join(", ");
      explained.push({
        ...head,
        matched: false,
        decidedBy: `on: it takes ${patterns}, and this is \`${type}\``,
      });
    } else if (run++ >= MOST_EXPLAINED) {
      explained.push({ ...head, matched: true, decidedBy: `on; name the route to have it explained` });
    } else explained.push(await explainedRoute(route, head, event, workspace, explain));
  }
  return explained;
}

type Head = Pick<ExplainedRoute, "route" | "target" | "transform">;

const headOf = ({ name, target, transform }: Route): Head => ({
  ...{ route: name, target: target.name },
  ...(transform && { transform: transform.name }),
});

async function explainedRoute(
  route: Route,
  head: Head,
  { body, context }: Explainable,
  { schemas, budgets }: Workspace,
  explain: (sketch: Sketch) => Promise<ExplainedRule>,
): Promise<ExplainedRoute> {
  const { file, transform } = route;
  const [input, output] = [transform?.input?.name, transform?.output?.name];
  const told = await explain({
    // Without a transform the body goes on as it is.
    rule: transform?.rule.source ?? "$",
    ...{ body, context, budgets: transform?.rule.budgets ?? budgets },
    ...(file.when !== undefined && { when: file.when }),
    ...(input !== undefined && { input }),
    ...(output !== undefined && { output }),
    schemas: schemasWith([input, output], schemas),
  });
  const { when, rule, ...rest } = told;
  const matched = when === undefined || when.isTrue;
  const decidedBy =
    when === undefined
      ? `on: ${file.on.includes("*") ? "it takes every type" : `it takes \`${context.type}\``}`
      : when.isTrue
        ? "when: it is true"
        : `when: ${when.fault?.message ?? when.why ?? "it is not true"}`;
  return {
    ...{ ...head, matched, decidedBy },
    ...(when && { when }),
    ...(rule && transform && { rule }),
    ...rest,
  };
}
