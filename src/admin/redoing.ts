/** Doing one thing again, or giving it up: events and deliveries, as they were or with an edited body, the difference first. */
import { readBody } from "../core/body.ts";
import type { DeliveryId } from "../core/delivery.ts";
import { SignalboxError } from "../core/errors.ts";
import { contextOf, type Event } from "../core/event.ts";
import { deliveryId, eventId, isDeliveryId, isEventId } from "../core/ids.ts";
import { matchesType } from "../core/route.ts";
import { dispatch } from "../pipeline/dispatch.ts";
import type { Ports } from "../ports.ts";
import { applyToOne } from "../rules/apply.ts";
import type { Route, Workspace } from "../rules/workspace.ts";
import type { Call, Endpoint } from "./endpoint.ts";
import type { DeliveryDetail, EventDetail, History } from "../history.ts";
import { authorOf, reasonText } from "./operating.ts";
import { mayRepeat } from "./replay-set.ts";
import { differences, replayed, type Difference, type Replayed } from "./shapes/replays.ts";
import { anything, shape } from "./shapes/shape.ts";

/** What doing again needs. */
export interface Redoing {
  readonly workspace: () => Workspace;
  readonly history: Pick<History, "event" | "delivery" | "reopen" | "discard">;
  readonly ports: Pick<Ports, "store" | "log" | "clock" | "random" | "reopen" | "repetitions">;
}

const edited = shape(
  "With `body` a new event is made of it; without, the event's own deliveries run again.",
  { body: anything, reason: reasonText },
  ["body", "reason"],
);
const previewed = shape("The body to look at, instead of the event's own.", { body: anything }, ["body"]);
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
        const body = call.body as { body?: unknown };
        if ("body" in body) return replayEdited(event, body.body, call, redoing);
        return replayEvent(event, authorOf(call.caller), redoing);
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
        const body = call.body as { body?: unknown };
        const isEdited = "body" in body;
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
      reply: replayed,
      answer: async (call) =>
        replayDelivery(await deliveryFor(call, redoing), authorOf(call.caller), redoing),
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

function routesFor({ source, type }: EventDetail, workspace: Workspace): readonly Route[] {
  const routes = workspace.routesOf(source).filter(({ file }) => matchesType(file.on, type));
  if (routes.length > 0) return routes;
  throw new SignalboxError("ADMIN_ROUTE_MISSING", `No route takes \`${type}\` of source \`${source}\`.`);
}

/** Runs a delivery again by a person's wish, to its route's target of today. Throws ADMIN_DELIVERY_BUSY or _UNKNOWN. */
export async function replayDelivery(
  { id, event, route, target }: DeliveryDetail,
  by: string,
  { history, workspace, ports }: Redoing,
): Promise<Replayed> {
  const today = workspace().routes.get(route)?.target.name ?? target;
  const opened = await history.reopen({ id, event, route, target: today }, { by });
  if (opened === "busy") throw busy(id);
  if (opened === "unknown") throw gone();
  ports.log.info({ delivery: id, by }, "delivery.replayed");
  return { deliveries: [id] };
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

async function differenceOf(
  event: EventDetail,
  route: Route,
  payload: unknown,
  isEdited: boolean,
): Promise<Difference> {
  const known = event.deliveries.find((delivery) => delivery.route === route.name);
  const ruleNow = route.transform?.revision;
  const before =
    known?.result ?? (route.transform === undefined && known !== undefined ? event.body : undefined);
  const beside = {
    route: route.name,
    target: route.target.name,
    ...(before !== undefined && { before }),
    ...(known?.rule !== undefined && { ruleBefore: known.rule }),
    ...(ruleNow !== undefined && { ruleNow }),
    // An edited one is another event, with another id: the target cannot know it by that.
    mayRepeat: known !== undefined && (isEdited ? known.state === "delivered" : mayRepeat(known)),
  };
  try {
    if (route.lookups !== undefined) {
      const said = `Route \`${route.name}\` looks things up before its rule runs, which a preview does not do.`;
      throw new SignalboxError("FORWARD_LOOKUP_UNAVAILABLE", said);
    }
    const applied = await applyToOne(route, payload, contextOf(event));
    return applied.filtered
      ? { ...beside, filtered: true }
      : { ...beside, filtered: false, after: applied.result };
  } catch (error) {
    if (!(error instanceof SignalboxError)) throw error;
    return { ...beside, filtered: false, error: { code: error.code, detail: error.detail } };
  }
}
