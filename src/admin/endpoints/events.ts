/** Events: lists, one whole with the routes that took it, and the stream of what happens. */
import { SignalboxError } from "../../core/errors.ts";
import type { EventContext } from "../../core/event.ts";
import { isEventId } from "../../core/ids.ts";
import type { Endpoint } from "../endpoint.ts";
import { bodyQuery, eventQuery, filterOf, pagingOf } from "../filter.ts";
import type { EventDetail } from "../../history.ts";
import { matchedRoutes } from "../matched-routes.ts";
import { bodyPage, eventDetail, eventPage } from "../shapes/deliveries.ts";
import { isoOf, shownDetail, shownEvent, type Paused } from "../shown.ts";
import type { Watched } from "../watched.ts";
import type * as shapes from "../shapes/deliveries.ts";

export function eventEndpoints(watched: Watched): readonly Endpoint[] {
  const { history, paused, workspace } = watched;
  return [
    {
      method: "GET",
      path: "/api/v1/events",
      tag: "Events",
      summary: "Events, newest first",
      scope: "read",
      query: eventQuery,
      reply: eventPage,
      answer: async (call) => {
        const { before, ...filter } = filterOf(call);
        const { items, next } = await history.events({ ...filter, ...pagingOf(call) });
        const older = before === undefined ? items : items.filter(({ id }) => id < before);
        return {
          items: older.map((event) => shownEvent(event, paused)),
          ...(next !== undefined && { next }),
        };
      },
    },
    {
      method: "GET",
      path: "/api/v1/bodies",
      tag: "Events",
      summary: "Events with their bodies, newest first: what rules are tried on by the thousand",
      scope: "read",
      query: bodyQuery,
      reply: bodyPage,
      answer: async (call) => {
        const { before, id: _id, ...filter } = filterOf(call);
        const { items, next } = await history.bodies({ ...filter, ...pagingOf(call) });
        const older = before === undefined ? items : items.filter(({ context }) => context.id < before);
        return {
          items: older.map(({ context, body }) => ({ ...shownContext(context), body })),
          ...(next !== undefined && { next }),
        };
      },
    },
    {
      method: "GET",
      path: "/api/v1/events/:id",
      tag: "Events",
      summary: "One event whole: request, verification, routes, deliveries with every attempt",
      scope: "read",
      reply: eventDetail,
      answer: async ({ parameters }) => {
        const id = parameters["id"] ?? "";
        const event = isEventId(id) ? await history.event(id) : undefined;
        if (event === undefined)
          throw new SignalboxError("ADMIN_EVENT_UNKNOWN", "There is no event of this id.");
        return { ...shownWhole(event, paused), routes: await matchedRoutes(event, workspace()) };
      },
    },
  ];
}

function shownContext({ id, source, type, receivedAt, headers, query, method, path }: EventContext): object {
  return { id, source, type, receivedAt, headers, query, method, path };
}

function shownWhole(event: EventDetail, paused: Paused): Omit<shapes.EventDetail, "routes"> {
  const { method, path, query, headers, contentType, body, providerId, verified, tags } = event;
  const { duplicates, repetitions, editedBy } = event;
  return {
    ...shownEvent(event, paused),
    ...{ method, path, query, headers, contentType, duplicates },
    ...(body !== undefined && { body }),
    ...(providerId !== undefined && { providerId }),
    ...(verified !== undefined && {
      verified: {
        scheme: verified.scheme,
        ...(verified.provider !== undefined && { provider: verified.provider }),
      },
    }),
    tags: tags.map(({ name, value }) => ({ name, value })),
    duplicateList: repetitions.map(({ id, at, method: by, headers: sent, revived }) => ({
      ...{ id, at: isoOf(at), method: by, headers: sent, revived: [...revived] },
    })),
    ...(editedBy !== undefined && { editedBy }),
    deliveries: event.deliveries.map((delivery) => shownDetail(delivery, paused)),
  };
}
