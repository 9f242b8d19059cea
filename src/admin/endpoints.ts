/** The operator's API as one table: what is asked, what is answered. */
import { SignalboxError } from "../core/errors.ts";
import { isDeliveryId, isEventId, deliveryId } from "../core/ids.ts";
import { problemOf, type Reply } from "../core/reply.ts";
import { matchesType } from "../core/route.ts";
import type { AdminCall, Endpoint } from "../adapters/express.ts";
import type { Filter, History } from "../adapters/history.ts";
import type { Queues } from "../adapters/bullmq.ts";
import type { Log } from "../ports.ts";
import type { Workspace } from "../rules/workspace.ts";
import { frontPage } from "./page.ts";

/** What the endpoints look at. */
export interface Watched {
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
    { method: "GET", path: "/", summary: "This page", answer: () => frontPage(endpoints) },
    { method: "GET", path: "/healthz", summary: "Alive", answer: () => json(200, { ok: true }) },
    {
      method: "GET",
      path: "/readyz",
      summary: "Store reachable, rules loaded, workers making progress",
      answer: async () => {
        const checks = await watched.ready();
        const ok = Object.values(checks).every((check) => check.ok);
        return json(ok ? 200 : 503, { ok, checks });
      },
    },
    {
      method: "GET",
      path: "/api/v1/events",
      summary: "Events, newest first (source, type, state, cursor, limit)",
      answer: guarded(async (call) => json(200, await history.events(filterOf(call)))),
    },
    {
      method: "GET",
      path: "/api/v1/events/:id",
      summary: "One event with its body, deliveries and attempts",
      answer: guarded(async ({ parameters }) => {
        const id = parameters["id"] ?? "";
        const event = isEventId(id) ? await history.event(id) : undefined;
        if (event === undefined)
          throw new SignalboxError("ADMIN_EVENT_UNKNOWN", "There is no event of this id.");
        return json(200, event);
      }),
    },
    {
      method: "POST",
      path: "/api/v1/events/:id/replay",
      summary: "Runs an event again on today's routes",
      answer: guarded(async ({ parameters }) => replayEvent(parameters["id"] ?? "", watched)),
    },
    {
      method: "GET",
      path: "/api/v1/deliveries",
      summary: "Deliveries, newest event first (source, type, route, target, state, cursor, limit)",
      answer: guarded(async (call) => json(200, await history.deliveries(filterOf(call)))),
    },
    {
      method: "GET",
      path: "/api/v1/deliveries/:id",
      summary: "One delivery with its attempts",
      answer: guarded(async ({ parameters }) => {
        const id = parameters["id"] ?? "";
        const delivery = isDeliveryId(id) ? await history.delivery(id) : undefined;
        if (delivery === undefined)
          throw new SignalboxError("ADMIN_DELIVERY_UNKNOWN", "There is no delivery of this id.");
        return json(200, delivery);
      }),
    },
    {
      method: "POST",
      path: "/api/v1/deliveries/:id/replay",
      summary: "Runs a delivery again, its counters at zero",
      answer: guarded(async ({ parameters }) => replayDelivery(parameters["id"] ?? "", watched)),
    },
    {
      method: "GET",
      path: "/api/v1/refusals",
      summary: "Refused requests: counts by source and cause, and the latest",
      answer: guarded(async () => json(200, await watched.refusals())),
    },
    {
      method: "GET",
      path: "/api/v1/targets",
      summary: "Targets with what waits, is delayed and under way",
      answer: guarded(async () => {
        const counts = await queues.counts([...workspace().targets.keys()]);
        return json(200, { items: [...counts].map(([name, count]) => ({ name, ...count })) });
      }),
    },
    {
      method: "GET",
      path: "/api/v1/tail",
      summary: "What happens, as server-sent events",
      stream: (_call, send) =>
        watched.follow((line) => send(line.includes('"delivery":') ? "delivery" : "event", line)),
    },
  ];
  return endpoints;
}

async function replayDelivery(id: string, { history, workspace, log }: Watched): Promise<Reply> {
  const known = isDeliveryId(id) ? await history.delivery(id) : undefined;
  if (known === undefined)
    throw new SignalboxError("ADMIN_DELIVERY_UNKNOWN", "There is no delivery of this id.");
  const target = workspace().routes.get(known.route)?.target.name ?? known.target;
  const opened = await history.reopen({ id: known.id, event: known.event, route: known.route, target });
  if (opened === "busy")
    throw new SignalboxError("ADMIN_DELIVERY_BUSY", `Delivery ${id} is being attempted.`);
  if (opened === "unknown")
    throw new SignalboxError("ADMIN_DELIVERY_UNKNOWN", "The delivery's event has left the history.");
  log.info({ delivery: id }, "delivery.replayed");
  return json(202, { deliveries: [id] });
}

async function replayEvent(id: string, { history, workspace, log }: Watched): Promise<Reply> {
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
  return json(202, { deliveries, ...(busy.length > 0 && { busy }) });
}

/** Any failure becomes a problem; what is not ours is the store's. */
function guarded(answer: (call: AdminCall) => Promise<Reply>): (call: AdminCall) => Promise<Reply> {
  return async (call) => {
    try {
      return await answer(call);
    } catch (error) {
      if (error instanceof SignalboxError) return problemOf(error);
      return problemOf(
        new SignalboxError("ADMIN_STORE_UNAVAILABLE", "The store does not answer.", { cause: error }),
      );
    }
  };
}

const NAMES = ["source", "type", "route", "target", "state", "cursor"] as const;

function filterOf({ query }: AdminCall): Filter {
  for (const name of query.keys()) {
    if (name !== "limit" && !(NAMES as readonly string[]).includes(name)) {
      throw new SignalboxError(
        "ADMIN_INPUT_INVALID",
        `There is no parameter of this name; there are ${NAMES.join(", ")} and limit.`,
      );
    }
  }
  const limit = query.get("limit") ?? "50";
  if (!/^\d{1,4}$/.test(limit) || Number(limit) < 1 || Number(limit) > 1000) {
    throw new SignalboxError("ADMIN_INPUT_INVALID", "`limit` must be a whole number from 1 to 1000.");
  }
  const given = NAMES.flatMap((name) => (query.get(name) === null ? [] : [[name, query.get(name)]]));
  return { ...(Object.fromEntries(given) as Partial<Filter>), limit: Number(limit) };
}

function json(status: number, body: unknown): Reply {
  return {
    status,
    headers: { "content-type": "application/json", "cache-control": "no-store" },
    body: JSON.stringify(body),
  };
}
