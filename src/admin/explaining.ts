/** Explains an event with the rules that are loaded: which routes take it, what each part of their rules yields, what would be sent. */
import type { RuleRunner } from "../adapters/rules/rule-process.ts";
import { SignalboxError } from "../core/errors.ts";
import { contextOf } from "../core/event.ts";
import { deliveryId, isEventId } from "../core/ids.ts";
import { previewOf } from "../pipeline/preview.ts";
import type { Clock, Recorded } from "../ports.ts";
import { explainRoutes, type Explainable, type ExplainedRoute } from "../rules/explained-routes.ts";
import type { Workspace } from "../rules/workspace.ts";
import type { EventDetail, History } from "../history.ts";
import type { Endpoint } from "./endpoint.ts";
import { explanation } from "./shapes/explanations.ts";
import { text } from "./shapes/shape.ts";

/** What explaining needs. */
export interface Explaining {
  readonly workspace: () => Workspace;
  readonly history: Pick<History, "event">;
  readonly rules: Pick<RuleRunner, "explain">;
  readonly clock: Clock;
}

/** GET /events/:id/explain. */
export function explainEndpoints(explaining: Explaining): readonly Endpoint[] {
  return [
    {
      method: "GET",
      path: "/api/v1/events/:id/explain",
      tag: "Rules",
      summary: "What each route makes of an event, part by part; nothing is stored or sent",
      scope: "read",
      query: {
        route: {
          ...text,
          maxLength: 200,
          description: "Only this route, whether or not it is the source's.",
        },
      },
      reply: explanation,
      answer: ({ parameters, query }) =>
        explain(parameters["id"] ?? "", query["route"]?.toString(), explaining),
    },
  ];
}

async function explain(id: string, route: string | undefined, explaining: Explaining): Promise<unknown> {
  const workspace = explaining.workspace();
  if (route !== undefined && !workspace.routes.has(route))
    throw new SignalboxError("ADMIN_NAME_UNKNOWN", `There is no route \`${route}\`.`);
  const event = isEventId(id) ? await explaining.history.event(id) : undefined;
  if (event === undefined) throw new SignalboxError("ADMIN_EVENT_UNKNOWN", "There is no event of this id.");
  if (event.body === undefined)
    throw new SignalboxError("ADMIN_EVENT_UNKNOWN", "The event's body has left the history.");
  const shown = explainable(event);
  const routes = await explainRoutes(shown, workspace, (sketch) => explaining.rules.explain(sketch), route);
  const { source, type, receivedAt } = event;
  return {
    ...{ event: event.id, source, type, receivedAt, revision: workspace.revision },
    routes: await Promise.all(
      routes.map((one) => withRequest(one, shown, workspace, explaining.clock.now())),
    ),
  };
}

function explainable(event: EventDetail): Explainable {
  return { body: event.body, context: contextOf(event) };
}

/** The route with the request that its result would become. */
export async function withRequest(
  explained: ExplainedRoute,
  { body, context }: Explainable,
  workspace: Workspace,
  now: number,
): Promise<object> {
  const target = workspace.routes.get(explained.route)?.target;
  const fits =
    (explained.output?.problems.length ?? 0) === 0 && (explained.input?.problems.length ?? 0) === 0;
  if (target === undefined || !explained.matched || explained.result === undefined || !fits) return explained;
  const { id } = context;
  const delivery = {
    id: deliveryId(id, explained.route),
    event: id,
    route: explained.route,
    target: target.name,
  };
  const recorded: Recorded = {
    ...{ delivery, state: "pending", attempts: 0, attemptsEver: 0, trigger: "initial" },
    ...{ context, contentType: "json", payload: body },
  };
  const preview = await previewOf(recorded, target, explained.result, now);
  return "code" in preview ? { ...explained, requestFault: preview } : { ...explained, request: preview };
}
