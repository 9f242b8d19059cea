/** Dead letters by what they died of, each group with what is usually done about it. */
import { SignalboxError } from "../../core/errors.ts";
import type { Endpoint } from "../endpoint.ts";
import { pageQuery, pagingOf } from "../filter.ts";
import { deadCauses } from "../shapes/catalogue.ts";
import { deliveryPage } from "../shapes/deliveries.ts";
import { shownCauses, shownDelivery } from "../shown.ts";
import type { Watched } from "../watched.ts";

export function deadLetterEndpoints({ history, paused }: Watched): readonly Endpoint[] {
  return [
    {
      method: "GET",
      path: "/api/v1/dead-letters",
      tag: "Dead letters",
      summary: "Causes of dead letters: first, last, how many, trend, what to do; the latest death first",
      scope: "read",
      reply: deadCauses,
      answer: async () => ({ items: shownCauses(await history.deadCauses()) }),
    },
    {
      method: "GET",
      path: "/api/v1/dead-letters/:cause",
      tag: "Dead letters",
      summary: "The dead letters of one cause",
      scope: "read",
      query: pageQuery,
      reply: deliveryPage,
      answer: async (call) => {
        const cause = call.parameters["cause"] ?? "";
        const { items, next } = await history.deadOf(cause, pagingOf(call));
        if (items.length === 0 && call.query["cursor"] === undefined) {
          const causes = await history.deadCauses();
          if (!causes.some(({ id }) => id === cause))
            throw new SignalboxError("ADMIN_NAME_UNKNOWN", "No dead letter died of a cause of this id.");
        }
        return {
          items: items.map((delivery) => shownDelivery(delivery, paused)),
          ...(next !== undefined && { next }),
        };
      },
    },
  ];
}
