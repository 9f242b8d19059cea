/** Requests: the accepted ones, which became events, the refused ones with what the sender was not told, and the repeated ones. */
import { SignalboxError } from "../../core/errors.ts";
import { isEventId } from "../../core/ids.ts";
import type { Endpoint } from "../endpoint.ts";
import { filterOf, pageQuery, pagingOf } from "../filter.ts";
import { findRequest, listRequests, shownAccepted, type WantedRequests } from "../requests.ts";
import { filterProperties } from "../shapes/deliveries.ts";
import { listedRequest, requestPage } from "../shapes/requests.ts";
import { oneOf } from "../shapes/shape.ts";
import type { Watched } from "../watched.ts";

export function requestEndpoints(watched: Pick<Watched, "history" | "quarantine">): readonly Endpoint[] {
  const { source, type, code, from, to } = filterProperties;
  const verdict = {
    ...oneOf("accepted", "refused", "duplicate", "held"),
    description: "`held`: of the refused ones those in quarantine.",
  };
  return [
    {
      method: "GET",
      path: "/api/v1/requests",
      tag: "Requests",
      summary: "Requests to the sources, accepted, refused and repeated, newest first",
      scope: "read",
      query: { verdict, source, type, code, from, to, ...pageQuery },
      reply: requestPage,
      answer: (call) => {
        const asked = call.query["verdict"] as WantedRequests["verdict"];
        const wanted = { ...filterOf(call), ...(asked !== undefined && { verdict: asked }) };
        return listRequests(wanted, pagingOf(call), watched);
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
        const event = isEventId(id) ? await watched.history.event(id) : undefined;
        if (event !== undefined) return { ...shownAccepted(event), method: event.method };
        const found = await findRequest(id, watched);
        if (found !== undefined) return found;
        throw new SignalboxError(
          "ADMIN_NAME_UNKNOWN",
          "There is no request of this id; of the refused and repeated ones only the latest are kept.",
        );
      },
    },
  ];
}
