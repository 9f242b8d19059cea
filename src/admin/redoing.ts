/** Doing one thing again, or giving it up: events and deliveries, as they were or with an edited body, the difference first. */
import { readBody } from "../core/body.ts";
import type { DeliveryId } from "../core/delivery.ts";
import { SignalboxError } from "../core/errors.ts";
import { contextOf, type Event } from "../core/event.ts";
import { deliveryId, eventId, isDeliveryId, isEventId } from "../core/ids.ts";
import { dispatch } from "../pipeline/dispatch.ts";
import type { Versions } from "../adapters/record/versions.ts";
import type { Ports } from "../ports.ts";
import type { Workspace } from "../rules/workspace.ts";
import type { Call, Endpoint } from "./endpoint.ts";
import type { DeliveryDetail, EventDetail, History } from "../history.ts";
import { authorOf, reasonText } from "./operating.ts";
import { differenceOf, differenceThen, routeNamed, routesFor } from "./previewing.ts";
import { routeThen, ruleChoice, type RuleChoice } from "./rule-then.ts";
import { differences, replayed, type Replayed } from "./shapes/replays.ts";
import { anything, shape } from "./shapes/shape.ts";

/** What doing again needs. */
export interface Redoing {
  readonly workspace: () => Workspace;
  readonly history: Pick<History, "event" | "delivery" | "reopen" | "discard">;
  readonly versions: Pick<Versions, "read">;
  readonly ports: Pick<Ports, "store" | "log" | "clock" | "random" | "reopen" | "repetitions">;
}

const edited = shape(
  "With `body` a new event is made of it; without, the event's own deliveries run again.",
  { body: anything, reason: reasonText, rule: ruleChoice },
  ["body", "reason", "rule"],
);
const previewed = shape(
  "The body to look at, instead of the event's own, and by which rule.",
  { body: anything, rule: ruleChoice },
  ["body", "rule"],
);
const ruled = shape("By which rule.", { rule: ruleChoice }, ["rule"]);
const givenUp = shape("Why it is given up.", { reason: reasonText });

/** POST /events/:id/replay and /preview, /deliveries/:id/replay and /discard. */
export function redoingEndpoints(redoing: Redoing): readonly Endpoint[] {
  return [
    {
      method: "POST",
      path: "/api/v1/events/:id/replay",
      tag: "Events",
      summary: "Runs an event again on today's routes, as it was or with an edited body",
      scope: "operate",
      audit: "event.replayed",
      status: 202,
      body: edited,
      reply: replayed,
      answer: async (call) => {
        const event = await eventFor(call, redoing);
        const body = call.body as Wish;
        const by = authorOf(call.caller);
        if ("body" in body) {
          if (body.rule === "then") throw editedThen();
          return replayEdited(event, body.body, call, redoing);
        }
        return body.rule === "then" ? replayEventThen(event, by, redoing) : replayEvent(event, by, redoing);
      },
    },
    {
      method: "POST",
      path: "/api/v1/events/:id/preview",
      tag: "Events",
      summary: "What replaying an event would send now, beside what was made last; nothing is sent",
      scope: "read",
      body: previewed,
      reply: differences,
      answer: async (call) => {
        const event = await eventFor(call, redoing);
        const body = call.body as Wish;
        const isEdited = "body" in body;
        if (body.rule === "then") {
          if (isEdited) throw editedThen();
          const known = event.deliveries.filter(({ route }) => redoing.workspace().routes.has(route));
          return { items: await Promise.all(known.map((one) => differenceThen(event, one, redoing))) };
        }
        const payload = isEdited ? readable(body.body) : event.body;
        const routes = routesFor(event, redoing.workspace());
        return {
          items: await Promise.all(routes.map((route) => differenceOf(event, route, payload, isEdited))),
        };
      },
    },
    {
      method: "POST",
      path: "/api/v1/deliveries/:id/replay",
      tag: "Deliveries",
      summary: "Runs a delivery again, its counters at zero",
      scope: "operate",
      audit: "delivery.replayed",
      status: 202,
      body: ruled,
      reply: replayed,
      answer: async (call) =>
        replayDelivery(
          await deliveryFor(call, redoing),
          authorOf(call.caller),
          redoing,
          (call.body as Wish).rule,
        ),
    },
    {
      method: "POST",
      path: "/api/v1/deliveries/:id/preview",
      tag: "Deliveries",
      summary: "What replaying a delivery would send, beside what was made last; nothing is sent",
      scope: "read",
      body: ruled,
      reply: differences,
      answer: async (call) => {
        const delivery = await deliveryFor(call, redoing);
        const event = await redoing.history.event(delivery.event);
        if (event === undefined) throw gone();
        if ((call.body as Wish).rule === "then")
          return { items: [await differenceThen(event, delivery, redoing)] };
        const route = routeNamed(delivery.route, redoing.workspace());
        return { items: [await differenceOf(event, route, event.body, false)] };
      },
    },
    {
      method: "POST",
      path: "/api/v1/deliveries/:id/discard",
      tag: "Deliveries",
      summary: "Gives a delivery up for good",
      scope: "operate",
      audit: "delivery.discarded",
      status: 204,
      body: givenUp,
      answer: async (call) => {
        const { id } = await deliveryFor(call, redoing);
        const { reason } = call.body as { reason: string };
        const by = authorOf(call.caller);
        const how = await redoing.history.discard(id, { by, reason });
        if (how === "busy") throw busy(id);
        if (how === "unknown") throw gone();
        if (how === "ended")
          throw new SignalboxError("ADMIN_CONFLICT", `Delivery ${id} has come to an end already.`);
        redoing.ports.log.info({ delivery: id, by }, "delivery.discarded");
        return undefined;
      },
    },
  ];
}

interface Wish {
  readonly body?: unknown;
  readonly rule?: RuleChoice;
}

function editedThen(): SignalboxError {
  const said = "`rule`: an edited body makes a new event, which runs by the rules in force; expected `now`.";
  return new SignalboxError("ADMIN_BODY_INVALID", said);
}

async function eventFor({ parameters }: Call, { history }: Redoing): Promise<EventDetail> {
  const id = parameters["id"] ?? "";
  const event = isEventId(id) ? await history.event(id) : undefined;
  if (event === undefined) throw new SignalboxError("ADMIN_EVENT_UNKNOWN", "There is no event of this id.");
  return event;
}

async function deliveryFor({ parameters }: Call, { history }: Redoing): Promise<DeliveryDetail> {
  const id = parameters["id"] ?? "";
  const delivery = isDeliveryId(id) ? await history.delivery(id) : undefined;
  if (delivery === undefined) throw gone();
  return delivery;
}

function gone(): SignalboxError {
  return new SignalboxError("ADMIN_DELIVERY_UNKNOWN", "There is no delivery of this id.");
}

function busy(id: DeliveryId): SignalboxError {
  return new SignalboxError("ADMIN_DELIVERY_BUSY", `Delivery ${id} is being attempted.`);
}

/** Runs a delivery again by a person's wish, to its route's target of today. Throws ADMIN_DELIVERY_BUSY or _UNKNOWN, RULE_VERSION_*. */
export async function replayDelivery(
  delivery: DeliveryDetail,
  by: string,
  { history, workspace, versions, ports }: Redoing,
  rule: RuleChoice = "now",
): Promise<Replayed> {
  const { id, event, route, target } = delivery;
  const today = workspace().routes.get(route)?.target.name ?? target;
  const then =
    rule === "then" ? await routeThen(delivery, routeNamed(route, workspace()), versions) : undefined;
  const opened = await history.reopen(
    { id, event, route, target: today },
    { by, ...(then && { version: then.version }) },
  );
  if (opened === "busy") throw busy(id);
  if (opened === "unknown") throw gone();
  ports.log.info({ delivery: id, by, ...(then && { version: then.version }) }, "delivery.replayed");
  return { deliveries: [id] };
}

/** All deliveries of an event, each by its own version: none is opened where one of these is not there any more. */
async function replayEventThen(event: EventDetail, by: string, redoing: Redoing): Promise<Replayed> {
  const { history, workspace, versions, ports } = redoing;
  const made = event.deliveries;
  if (made.length === 0)
    throw new SignalboxError(
      "ADMIN_ROUTE_MISSING",
      "No route took this event: there is nothing that was made then.",
    );
  const then = await Promise.all(
    made.map((delivery) => routeThen(delivery, routeNamed(delivery.route, workspace()), versions)),
  );
  const deliveries: string[] = [];
  const left: string[] = [];
  for (const [at, { id, route }] of made.entries()) {
    const { version, target } = then[at]!;
    const opened = await history.reopen({ id, event: event.id, route, target: target.name }, { by, version });
    (opened === "opened" ? deliveries : left).push(id);
  }
  ports.log.info({ event: event.id, deliveries, busy: left, by, rule: "then" }, "event.replayed");
  return { deliveries, ...(left.length > 0 && { busy: left }) };
}

async function replayEvent(
  event: EventDetail,
  by: string,
  { history, workspace, ports }: Redoing,
): Promise<Replayed> {
  const deliveries: string[] = [];
  const left: string[] = [];
  for (const { name, target } of routesFor(event, workspace())) {
    const delivery = { id: deliveryId(event.id, name), event: event.id, route: name, target: target.name };
    const opened = await history.reopen(delivery, { by });
    (opened === "opened" ? deliveries : left).push(delivery.id);
  }
  ports.log.info({ event: event.id, deliveries, busy: left, by }, "event.replayed");
  return { deliveries, ...(left.length > 0 && { busy: left }) };
}

/** A new event: the original stays as it is, and the new one says whose body it was and who edited it. */
async function replayEdited(
  original: EventDetail,
  body: unknown,
  call: Call,
  { workspace, ports }: Redoing,
): Promise<Replayed> {
  routesFor(original, workspace());
  const payload = readable(body);
  const now = ports.clock.now();
  const event: Event = {
    context: {
      ...contextOf(original),
      id: eventId(now, ports.random.bytes(10)),
      receivedAt: new Date(now).toISOString(),
    },
    dedupeKey: undefined,
    dedupeMs: 0,
    body: Buffer.from(JSON.stringify(payload)),
    contentType: "json",
    payload,
    replayOf: original.id,
    editedBy: authorOf(call.caller),
  };
  const [dispatched] = await dispatch([{ event }], workspace(), ports);
  return { event: dispatched!.id, deliveries: [...dispatched!.deliveries] };
}

/** A body as the ingest would take it: nested no deeper, and not absent. Throws ADMIN_BODY_INVALID. */
function readable(body: unknown): unknown {
  try {
    return readBody(Buffer.from(JSON.stringify(body)), "json");
  } catch (cause) {
    const why = cause instanceof SignalboxError ? cause.detail : "It cannot be read.";
    throw new SignalboxError("ADMIN_BODY_INVALID", `The event's body: ${why}`, { cause });
  }
}
