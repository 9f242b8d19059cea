/** The operator's API as one table: what is asked, what is answered. */
import { SignalboxError } from "../core/errors.ts";
import { isDeliveryId, isEventId } from "../core/ids.ts";
import type { Filter, History } from "../adapters/history.ts";
import { jsonReply, type Call, type Endpoint, type Shape } from "./endpoint.ts";
import { frontPage } from "./page.ts";

/** What the endpoints look at. */
export interface Watched {
  readonly history: History;
  readonly refusals: () => Promise<unknown>;
  /** Is everything that serving needs there? Names with a sentence each. */
  readonly ready: () => Promise<Readonly<Record<string, { ok: boolean; detail: string }>>>;
  /** Follows what happens; returns how to stop. */
  readonly follow: (hear: (line: string) => void) => () => void;
}

/** `more` are the operations that stand in files of their own. */
export function adminEndpoints(watched: Watched, more: readonly Endpoint[]): readonly Endpoint[] {
  const { history } = watched;
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
      method: "GET",
      path: "/api/v1/refusals",
      tag: "Requests",
      summary: "Refused requests: counts by source and cause, and the latest",
      scope: "read",
      answer: () => watched.refusals(),
    },
    {
      method: "GET",
      path: "/api/v1/tail",
      tag: "Events",
      summary: "What happens, as server-sent events",
      scope: "read",
      stream: (_call, send) =>
        watched.follow((line) => {
          if (!line.startsWith('{"kind":')) send(line.includes('"delivery":') ? "delivery" : "event", line);
        }),
    },
    ...more,
  ];
  return endpoints;
}

const NAMES = ["source", "type", "route", "target", "state", "cursor"] as const;

const LISTED: Readonly<Record<string, Shape>> = {
  ...Object.fromEntries(NAMES.map((name) => [name, { type: "string" }])),
  limit: { type: "integer", minimum: 1, maximum: 1000, default: 50 },
};

function filterOf({ query }: Call): Filter {
  return query as unknown as Filter;
}
