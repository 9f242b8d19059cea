/** The exact bytes of an event's request, for whoever relays it to a machine of his own: more than looking, so it is audited. */
import { SignalboxError } from "../../core/errors.ts";
import { isEventId } from "../../core/ids.ts";
import type { Endpoint } from "../endpoint.ts";
import { rawRequest, type RawRequest } from "../shapes/raw.ts";
import type { Watched } from "../watched.ts";

export function rawRequestEndpoints({ history }: Pick<Watched, "history">): readonly Endpoint[] {
  return [
    {
      method: "GET",
      path: "/api/v1/events/:id/raw",
      tag: "Events",
      summary: "An event's request as it came, byte for byte: to be sent to a developer's machine",
      scope: "operate",
      audit: "event.taken",
      reply: rawRequest,
      answer: async ({ parameters }): Promise<RawRequest> => {
        const id = parameters["id"] ?? "";
        const request = isEventId(id) ? await history.request(id) : undefined;
        if (request === undefined)
          throw new SignalboxError("ADMIN_EVENT_UNKNOWN", "There is no event of this id.");
        const { source, type, receivedAt, method, path, query, headers, body } = request;
        return {
          ...{ id, source, type, receivedAt, method, path, query: { ...query }, headers: { ...headers } },
          body: body.toString("base64"),
        };
      },
    },
  ];
}
