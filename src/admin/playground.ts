/** The playground: a rule beside an event or a body, its result and its problems, run where it cannot hurt the router. */
import type { RuleRunner } from "../adapters/rules/rule-process.ts";
import { SignalboxError } from "../core/errors.ts";
import type { EventContext } from "../core/event.ts";
import { isEventId } from "../core/ids.ts";
import { redacted } from "../core/redaction.ts";
import { pointerStep } from "../core/schema-walk.ts";
import type { Clock } from "../ports.ts";
import { caseContext } from "../rules/cases.ts";
import type { Sketch } from "../rules/playground.ts";
import { rulePatch } from "../rules/rule-patch.ts";
import { schemasWith } from "../rules/schemas.ts";
import type { Workspace } from "../rules/workspace.ts";
import type { Endpoint } from "./endpoint.ts";
import type { History } from "../history.ts";
import { playground, playgroundPatch } from "./shapes/authoring.ts";
import { explainedRule } from "./shapes/explanations.ts";
import { anything, shape } from "./shapes/shape.ts";

const name = { type: "string", maxLength: 200 } as const;

const properties = {
  rule: { type: "string", maxLength: 65_536, description: "The JSONata expression." },
  body: anything,
  enrich: { description: "What lookups have brought, by name: `$enrich` in the rule." },
  event: { type: "string", maxLength: 64, description: "Id of an event; `body` goes before its body." },
  type: { ...name, description: "The event's type, as `$event.type`." },
  input: { ...name, description: "Schema that the body must satisfy." },
  output: { ...name, description: "Schema that the result must satisfy." },
  route: { ...name, description: "Its `when` is asked first." },
} as const;
const OPTIONAL = ["body", "enrich", "event", "type", "input", "output", "route"] as const;

const asked = shape("A rule and what it is tried on: `body`, or the body of `event`.", properties, OPTIONAL);

const patched = shape(
  "A rule that was edited, the transform whose file it is for, and the name of the case that is to be made of the body.",
  {
    ...properties,
    transform: {
      ...name,
      pattern: "^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$",
      description: "Of the workspace, or a new one.",
    },
    case: { ...name, minLength: 1, description: "Without it the patch has the rule alone." },
  },
  [...OPTIONAL, "case"],
);

interface Asked {
  readonly rule: string;
  readonly body?: unknown;
  readonly enrich?: unknown;
  readonly event?: string;
  readonly type?: string;
  readonly input?: string;
  readonly output?: string;
  readonly route?: string;
}

interface PatchAsked extends Asked {
  readonly transform: string;
  readonly case?: string;
}

/** What trying a rule needs. */
export interface Playing {
  readonly workspace: () => Workspace;
  readonly history: Pick<History, "event">;
  readonly rules: RuleRunner;
  readonly clock: Clock;
}

/** POST /playground, /playground/explain, /playground/patch. */
export function playgroundEndpoints(playing: Playing): readonly Endpoint[] {
  return [
    {
      method: "POST",
      path: "/api/v1/playground",
      tag: "Rules",
      summary: "Tries a rule on a body; nothing is stored or sent",
      scope: "author",
      body: asked,
      reply: playground,
      answer: async ({ body }) => playing.rules.run(await sketchOf(body as Asked, playing)),
    },
    {
      method: "POST",
      path: "/api/v1/playground/explain",
      tag: "Rules",
      summary: "What each part of a rule yields on a body; nothing is stored or sent",
      scope: "author",
      body: asked,
      reply: explainedRule,
      answer: async ({ body }) => playing.rules.explain(await sketchOf(body as Asked, playing)),
    },
    {
      method: "POST",
      path: "/api/v1/playground/patch",
      tag: "Rules",
      summary:
        "A patch of the rule's files, with a case made of the body, without personal data; no file is written",
      scope: "author",
      body: patched,
      reply: playgroundPatch,
      answer: ({ body }) => patch(body as PatchAsked, playing),
    },
  ];
}

async function patch(wanted: PatchAsked, playing: Playing): Promise<unknown> {
  const { rule, transform, case: title } = wanted;
  const { dir } = playing.workspace();
  if (title === undefined) return { patch: await rulePatch({ transform, rule }, dir), taken: [] };
  const sketch = await sketchOf(wanted, playing);
  const { value: body, taken } = redacted(sketch.body, []);
  const context = caseContext({ event: {} }, playing.workspace().routes.get(wanted.route ?? ""));
  const { result, filtered, problems } = await playing.rules.run({ ...sketch, body, context });
  const died = problems.find(({ code }) => code.startsWith("TRANSFORM_"));
  if (died === undefined && result === undefined && !filtered)
    throw new SignalboxError("ADMIN_BODY_INVALID", "The rule does not compile: no case can be made of it.");
  const expected = filtered
    ? { filtered: true }
    : died === undefined
      ? { expect: result }
      : { error: died.code };
  const made = { name: title, given: body, ...(wanted.route && { route: wanted.route }), ...expected };
  const shown = taken.map(({ path, kind }) => ({ path: path.map(pointerStep).join(""), kind }));
  return { patch: await rulePatch({ transform, rule, case: made }, dir), taken: shown };
}

/** What is run; throws where it names what there is not. */
async function sketchOf(wanted: Asked, { workspace, history, clock }: Playing): Promise<Sketch> {
  const { schemas, routes, budgets } = workspace();
  for (const side of ["input", "output"] as const) {
    const schema = wanted[side];
    if (schema !== undefined && !schemas.has(schema)) throw unknown(`There is no schema \`${schema}\`.`);
  }
  const route = wanted.route === undefined ? undefined : routes.get(wanted.route);
  if (wanted.route !== undefined && route === undefined)
    throw unknown(`There is no route \`${wanted.route}\`.`);
  const event =
    wanted.event === undefined || !isEventId(wanted.event) ? undefined : await history.event(wanted.event);
  if (wanted.event !== undefined && event === undefined)
    throw new SignalboxError("ADMIN_EVENT_UNKNOWN", "There is no event of this id.");
  if (!("body" in wanted) && event === undefined)
    throw new SignalboxError("ADMIN_BODY_INVALID", "The body: one of `body` and `event` must be there.");
  const source = event?.source ?? route?.file.source ?? "playground";
  const context: EventContext = {
    id: event?.id ?? "evt_06f00000000000000000000000",
    source,
    type: wanted.type ?? event?.type ?? route?.file.on.find((pattern) => !pattern.includes("*")) ?? "",
    receivedAt: event?.receivedAt ?? new Date(clock.now()).toISOString(),
    headers: event?.headers ?? {},
    query: event?.query ?? {},
    method: event?.method ?? "POST",
    path: event?.path ?? `/hooks/${source}`,
  };
  const { rule, input, output } = wanted;
  return {
    rule,
    body: "body" in wanted ? wanted.body : (event?.body ?? null),
    context,
    ...("enrich" in wanted && { enrich: wanted.enrich }),
    // A route's transform may have budgets of its own: what is tried in its place gets them.
    budgets: route?.transform?.rule.budgets ?? budgets,
    ...(route?.file.when !== undefined && { when: route.file.when }),
    ...(input !== undefined && { input }),
    ...(output !== undefined && { output }),
    schemas: schemasWith([input, output], schemas),
  };
}

function unknown(detail: string): SignalboxError {
  return new SignalboxError("ADMIN_NAME_UNKNOWN", detail);
}
