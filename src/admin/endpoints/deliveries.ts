/** Deliveries and their attempts. */
import { SignalboxError } from "../../core/errors.ts";
import { isDeliveryId } from "../../core/ids.ts";
import type { Call, Endpoint } from "../endpoint.ts";
import { deliveryQuery, filterOf, pagingOf } from "../filter.ts";
import { listDeliveries } from "../held.ts";
import type { DeliveryDetail, Page } from "../../history.ts";
import { attemptPage, deliveryDetail, deliveryPage } from "../shapes/deliveries.ts";
import { list, shape } from "../shapes/shape.ts";
import { attempt } from "../shapes/deliveries.ts";
import { shownAttempt, shownDelivery, shownDetail } from "../shown.ts";
import type { Watched } from "../watched.ts";

export function deliveryEndpoints(watched: Watched): readonly Endpoint[] {
  const { history, paused } = watched;
  const found = async ({ parameters }: Call): Promise<DeliveryDetail> => {
    const id = parameters["id"] ?? "";
    const delivery = isDeliveryId(id) ? await history.delivery(id) : undefined;
    if (delivery !== undefined) return delivery;
    throw new SignalboxError("ADMIN_DELIVERY_UNKNOWN", "There is no delivery of this id.");
  };
  return [
    {
      method: "GET",
      path: "/api/v1/deliveries",
      tag: "Deliveries",
      summary: "Deliveries, newest event first",
      scope: "read",
      query: deliveryQuery,
      reply: deliveryPage,
      answer: async (call) => {
        const { items, next } = await listDeliveries(filterOf(call), pagingOf(call), watched);
        return pageOf(
          items.map((delivery) => shownDelivery(delivery, paused)),
          next,
        );
      },
    },
    {
      method: "GET",
      path: "/api/v1/deliveries/:id",
      tag: "Deliveries",
      summary: "One delivery with its attempts and what the rule made",
      scope: "read",
      reply: deliveryDetail,
      answer: async (call) => shownDetail(await found(call), paused),
    },
    {
      method: "GET",
      path: "/api/v1/deliveries/:id/attempts",
      tag: "Deliveries",
      summary: "The attempts of a delivery, oldest first",
      scope: "read",
      reply: deliveryAttempts,
      answer: async (call) => ({ items: (await found(call)).attemptList.map(shownAttempt) }),
    },
    {
      method: "GET",
      path: "/api/v1/attempts",
      tag: "Deliveries",
      summary: "Attempts of all deliveries, newest event first",
      scope: "read",
      query: deliveryQuery,
      reply: attemptPage,
      answer: async (call) => {
        const { before, state, ...filter } = filterOf(call);
        const asked = state === undefined || state === "held" ? filter : { ...filter, state };
        const { items, next } = await history.attempts({ ...asked, ...pagingOf(call) });
        const wanted = items.filter(
          ({ delivery }) =>
            (before === undefined || delivery.event < before) &&
            (state !== "held" || shownDelivery(delivery, paused).state === "held"),
        );
        const shown = wanted.map(({ delivery, attempt }) => {
          const { id, event, source, type, route, target } = delivery;
          return { delivery: id, event, source, type, route, target, attempt: shownAttempt(attempt) };
        });
        return pageOf(shown, next);
      },
    },
  ];
}

const deliveryAttempts = shape("The attempts of a delivery.", { items: list(attempt) });

function pageOf<T>(items: readonly T[], next: string | undefined): Page<T> {
  return { items, ...(next !== undefined && { next }) };
}
