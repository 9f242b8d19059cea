/** The operator's API as one table: what is asked, what is answered. */
import { SignalboxError } from "../core/errors.ts";
import { isDeliveryId, isEventId, deliveryId } from "../core/ids.ts";
import { matchesType } from "../core/route.ts";
import type { Filter, History } from "../adapters/history.ts";
import type { Queues } from "../adapters/bullmq.ts";
import type { Log } from "../ports.ts";
import type { Workspace } from "../rules/workspace.ts";
import { jsonReply, type Call, type Endpoint, type Shape } from "./endpoint.ts";
import { heldEndpoints, type HeldWatched } from "./held-requests.ts";
import { frontPage } from "./page.ts";

/** What the endpoints look at. */
export interface Watched extends HeldWatched {
  readonly workspace: () => Workspace;
  readonly history: History;
  readonly queues: Queues;
  readonly refusals: () => Promise<unknown>;
  readonly log: Log;
  /** Is everything that serving needs there? Names with a sentence each. */
  readonly ready: () => Promise<Readonly<Record<string, { ok: boolean; detail: string }>>>;
  /** Follows what happens; returns how to stop. */
  readonly follow: (hear: (line: string) => void) => () => void;
}

export function adminEndpoints(watched: Watched): readonly Endpoint[] {
  const { history, queues, workspace } = watched;
  const endpoints: Endpoint[] = [
    {
      method: "GET",
      path: "/",
      tag: "Pages",
      summary: "This page",
      scope: "public",
      answer: () => frontPage(endpoints),
    },
    {
      method: "GET",
      path: "/healthz",
      tag: "Health",
      summary: "Alive",
      scope: "public",
      answer: () => ({ ok: true }),
    },
    {
      method: "GET",
      path: "/readyz",
      tag: "Health",
      summary: "Store reachable, rules loaded, workers making progress",
      scope: "public",
      answer: async () => {
        const checks = await watched.ready();
        const ok = Object.values(checks).every((check) => check.ok);
        return jsonReply(ok ? 200 : 503, { ok, checks });
      },
    },
    {
      method: "GET",
      path: "/api/v1/events",
      tag: "Events",
      summary: "Events, newest first",
      scope: "read",
      query: LISTED,
      answer: (call) => history.events(filterOf(call)),
    },
    {
      method: "GET",
      path: "/api/v1/events/:id",
      tag: "Events",
      summary: "One event with its body, deliveries and attempts",
      scope: "read",
      answer: async ({ parameters }) => {
        const id = parameters["id"] ?? "";
        const event = isEventId(id) ? await history.event(id) : undefined;
        if (event === undefined)
          throw new SignalboxError("ADMIN_EVENT_UNKNOWN", "There is no event of this id.");
        return event;
      },
    },
    {
      method: "POST",
      path: "/api/v1/events/:id/replay",
      tag: "Events",
      summary: "Runs an event again on today's routes",
      scope: "operate",
      audit: "event.replayed",
      status: 202,
      answer: ({ parameters }) => replayEvent(parameters["id"] ?? "", watched),
    },
    {
      method: "GET",
      path: "/api/v1/deliveries",
      tag: "Deliveries",
      summary: "Deliveries, newest event first",
      scope: "read",
      query: LISTED,
      answer: (call) => history.deliveries(filterOf(call)),
    },
    {
      method: "GET",
      path: "/api/v1/deliveries/:id",
      tag: "Deliveries",
      summary: "One delivery with its attempts",
      scope: "read",
      answer: async ({ parameters }) => {
        const id = parameters["id"] ?? "";
        const delivery = isDeliveryId(id) ? await history.delivery(id) : undefined;
        if (delivery === undefined)
          throw new SignalboxError("ADMIN_DELIVERY_UNKNOWN", "There is no delivery of this id.");
        return delivery;
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
      answer: ({ parameters }) => replayDelivery(parameters["id"] ?? "", watched),
    },
    {
      method: "GET",
      path: "/api/v1/refusals",
      tag: "Requests",
      summary: "Refused requests: counts by source and cause, and the latest",
      scope: "read",
      answer: () => watched.refusals(),
    },
    ...heldEndpoints(watched),
    {
      method: "GET",
      path: "/api/v1/targets",
      tag: "Targets",
      summary: "Targets with what waits, is delayed and under way",
      scope: "read",
      answer: async () => {
        const counts = await queues.counts([...workspace().targets.keys()]);
        return { items: [...counts].map(([name, count]) => ({ name, ...count })) };
      },
    },
    {
      method: "GET",
      path: "/api/v1/tail",
      tag: "Events",
      summary: "What happens, as server-sent events",
      scope: "read",
      stream: (_call, send) =>
        watched.follow((line) => send(line.includes('"delivery":') ? "delivery" : "event", line)),
    },
  ];
  return endpoints;
}

async function replayDelivery(id: string, { history, workspace, log }: Watched): Promise<unknown> {
  const known = isDeliveryId(id) ? await history.delivery(id) : undefined;
  if (known === undefined)
    throw new SignalboxError("ADMIN_DELIVERY_UNKNOWN", "There is no delivery of this id.");
  const target = workspace().routes.get(known.route)?.target.name ?? known.target;
  const opened = await history.reopen({ id: known.id, event: known.event, route: known.route, target });
  if (opened === "busy")
    throw new SignalboxError("ADMIN_DELIVERY_BUSY", `Delivery ${id} is being attempted.`);
  if (!opened)
    throw new SignalboxError("ADMIN_DELIVERY_UNKNOWN", "The delivery's event has left the history.");
  log.info({ delivery: id }, "delivery.replayed");
  return { deliveries: [id] };
}

async function replayEvent(id: string, { history, workspace, log }: Watched): Promise<unknown> {
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
    const opened = await history.reopen(delivery);
    (opened === true ? deliveries : busy).push(delivery.id);
  }
  log.info({ event: id, deliveries, busy }, "event.replayed");
  return { deliveries, ...(busy.length > 0 && { busy }) };
}

const NAMES = ["source", "type", "route", "target", "state", "before"] as const;

const LISTED: Readonly<Record<string, Shape>> = {
  ...Object.fromEntries(NAMES.map((name) => [name, { type: "string" }])),
  limit: { type: "integer", minimum: 1, maximum: 1000, default: 50 },
};

function filterOf({ query }: Call): Filter {
  const before = query["before"];
  if (before !== undefined && !isEventId(String(before))) {
    throw new SignalboxError(
      "ADMIN_INPUT_INVALID",
      "`before` must be an event's id, as `next` of a page has it.",
    );
  }
  return query as unknown as Filter;
}
