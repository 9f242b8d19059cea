/** What changes something: replays. And the targets with what waits for them. */
import { SignalboxError } from "../../core/errors.ts";
import { isDeliveryId, isEventId, deliveryId } from "../../core/ids.ts";
import { matchesType } from "../../core/route.ts";
import type { Endpoint } from "../endpoint.ts";
import { count, list, shape, text } from "../shapes/shape.ts";
import type { Watched } from "../watched.ts";

const replayed = shape(
  "Deliveries that run again; `busy`: those that are being attempted and were left alone.",
  { deliveries: list(text), busy: list(text) },
  ["busy"],
);
const queueCounts = shape("What is in the targets' queues.", {
  items: list(shape("A target.", { name: text, waiting: count, delayed: count, active: count })),
});

export function operatingEndpoints(watched: Watched): readonly Endpoint[] {
  return [
    {
      method: "POST",
      path: "/api/v1/events/:id/replay",
      tag: "Events",
      summary: "Runs an event again on today's routes",
      scope: "operate",
      audit: "event.replayed",
      status: 202,
      reply: replayed,
      answer: ({ parameters, caller }) => replayEvent(parameters["id"] ?? "", caller?.name, watched),
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
      answer: ({ parameters, caller }) => replayDelivery(parameters["id"] ?? "", caller?.name, watched),
    },
    {
      method: "GET",
      path: "/api/v1/targets",
      tag: "Targets",
      summary: "Targets with what waits, is delayed and under way",
      scope: "read",
      reply: queueCounts,
      answer: async () => {
        const counts = await watched.queues.counts([...watched.workspace().targets.keys()]);
        return { items: [...counts].map(([name, of]) => ({ name, ...of })) };
      },
    },
  ];
}

async function replayDelivery(
  id: string,
  by: string | undefined,
  { history, workspace, log }: Watched,
): Promise<unknown> {
  const known = isDeliveryId(id) ? await history.delivery(id) : undefined;
  if (known === undefined)
    throw new SignalboxError("ADMIN_DELIVERY_UNKNOWN", "There is no delivery of this id.");
  const target = workspace().routes.get(known.route)?.target.name ?? known.target;
  const again = { id: known.id, event: known.event, route: known.route, target };
  const opened = await history.reopen(again, by === undefined ? {} : { by });
  if (opened === "busy")
    throw new SignalboxError("ADMIN_DELIVERY_BUSY", `Delivery ${id} is being attempted.`);
  if (opened === "unknown")
    throw new SignalboxError("ADMIN_DELIVERY_UNKNOWN", "The delivery's event has left the history.");
  log.info({ delivery: id }, "delivery.replayed");
  return { deliveries: [id] };
}

async function replayEvent(
  id: string,
  by: string | undefined,
  { history, workspace, log }: Watched,
): Promise<unknown> {
  const event = isEventId(id) ? await history.event(id) : undefined;
  if (event === undefined) throw new SignalboxError("ADMIN_EVENT_UNKNOWN", "There is no event of this id.");
  const routes = workspace()
    .routesOf(event.source)
    .filter(({ file }) => matchesType(file.on, event.type));
  if (routes.length === 0) {
    throw new SignalboxError(
      "ADMIN_ROUTE_MISSING",
      `No route takes \`${event.type}\` of source \`${event.source}\`.`,
    );
  }
  const deliveries: string[] = [];
  const busy: string[] = [];
  for (const { name, target } of routes) {
    const delivery = { id: deliveryId(event.id, name), event: event.id, route: name, target: target.name };
    const opened = await history.reopen(delivery, by === undefined ? {} : { by });
    (opened === "opened" ? deliveries : busy).push(delivery.id);
  }
  log.info({ event: id, deliveries, busy }, "event.replayed");
  return { deliveries, ...(busy.length > 0 && { busy }) };
}
