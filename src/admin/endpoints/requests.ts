/** Requests: the accepted ones, which became events, and the refused ones with what the sender was not told. */
import { SignalboxError } from "../../core/errors.ts";
import { isEventId } from "../../core/ids.ts";
import type { Endpoint } from "../endpoint.ts";
import { filterOf, pageQuery, pagingOf } from "../filter.ts";
import { listRequests, shownAccepted, shownRefused } from "../requests.ts";
import { filterProperties } from "../shapes/deliveries.ts";
import { listedRequest, requestPage } from "../shapes/requests.ts";
import { oneOf } from "../shapes/shape.ts";
import type { Watched } from "../watched.ts";

export function requestEndpoints({ history }: Pick<Watched, "history">): readonly Endpoint[] {
  const { source, type, code, from, to } = filterProperties;
  return [
    {
      method: "GET",
      path: "/api/v1/requests",
      tag: "Requests",
      summary: "Requests to the sources, accepted and refused, newest first",
      scope: "read",
      query: { verdict: oneOf("accepted", "refused"), source, type, code, from, to, ...pageQuery },
      reply: requestPage,
      answer: (call) => {
        const verdict = call.query["verdict"] as "accepted" | "refused" | undefined;
        const wanted = { ...filterOf(call), ...(verdict !== undefined && { verdict }) };
        return listRequests(wanted, pagingOf(call), history);
      },
    },
    {
      method: "GET",
      path: "/api/v1/requests/:id",
      tag: "Requests",
      summary: "One request, by `req_…` or by the id of the event that it became",
      scope: "read",
      reply: listedRequest,
      answer: async ({ parameters }) => {
        const id = parameters["id"] ?? "";
        const event = isEventId(id) ? await history.event(id) : undefined;
        if (event !== undefined) return { ...shownAccepted(event), method: event.method };
        const refused = /^req_[\w-]{1,64}$/.test(id) ? await history.refusal(id) : undefined;
        if (refused !== undefined) return shownRefused(refused);
        throw new SignalboxError(
          "ADMIN_NAME_UNKNOWN",
          "There is no request of this id; of the refused ones only the latest are kept.",
        );
      },
    },
  ];
}
