/** Requests in quarantine: listed, and let in once the mistake is mended. */
import { SignalboxError } from "../../core/errors.ts";
import type { Endpoint } from "../endpoint.ts";
import { admission, heldRequests } from "../shapes/requests.ts";
import { isoOf } from "../shown.ts";
import type { Watched } from "../watched.ts";

export function heldRequestEndpoints({
  quarantine,
  admit,
  log,
}: Pick<Watched, "quarantine" | "admit" | "log">): readonly Endpoint[] {
  return [
    {
      method: "GET",
      path: "/api/v1/quarantine",
      tag: "Requests",
      summary: "Requests that were refused and are held, newest first; nothing of what was sent",
      scope: "read",
      reply: heldRequests,
      answer: async () => {
        const items = await quarantine.list();
        return { items: items.map((held) => ({ ...held, at: isoOf(held.at), until: isoOf(held.until) })) };
      },
    },
    {
      method: "POST",
      path: "/api/v1/requests/:id/admit",
      tag: "Requests",
      summary: "Verifies a held request again and lets it in when it passes",
      scope: "operate",
      audit: "request.admitted",
      reply: admission,
      answer: async ({ parameters }) => {
        const id = parameters["id"] ?? "";
        const held = /^req_\w{1,64}$/.test(id) ? await quarantine.read(id) : undefined;
        if (held === undefined)
          throw new SignalboxError("ADMIN_REQUEST_UNKNOWN", "No request of this id is held.");
        const admitted = await admit(held);
        if (admitted.admitted) await quarantine.release(id);
        log.info({ request: id, source: held.source, admitted: admitted.admitted }, "request.readmitted");
        return admitted;
      },
    },
  ];
}
