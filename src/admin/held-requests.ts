/** Requests in quarantine: listed, and let in once the mistake is mended. */
import type { HeldRequests } from "../adapters/quarantine.ts";
import { SignalboxError } from "../core/errors.ts";
import type { AdmittedHeld } from "../pipeline/admit-held.ts";
import type { Held, Log } from "../ports.ts";
import type { Endpoint } from "./endpoint.ts";
import { count, flag, list, shape, text, time } from "./shapes/shape.ts";

/** What these endpoints look at. */
export interface HeldWatched {
  readonly quarantine: Pick<HeldRequests, "list" | "read" | "release">;
  readonly admit: (held: Held) => Promise<AdmittedHeld>;
  readonly log: Log;
}

const listed = shape("A refused request that is held.", {
  id: text,
  source: text,
  cause: text,
  at: time,
  until: time,
  address: text,
  bytes: count,
});

const outcome = shape(
  "Whether it was let in; `cause` tells why not.",
  { id: text, admitted: flag, events: list(text), code: text, cause: text },
  ["events", "code", "cause"],
);

export function heldEndpoints({ quarantine, admit, log }: HeldWatched): readonly Endpoint[] {
  return [
    {
      method: "GET",
      path: "/api/v1/quarantine",
      tag: "Requests",
      summary: "Requests that were refused and are held, newest first; nothing of what was sent",
      scope: "read",
      reply: shape("Held requests.", { items: list(listed) }),
      answer: async () => {
        const iso = (ms: number): string => new Date(ms).toISOString();
        const items = await quarantine.list(Date.now());
        return { items: items.map((held) => ({ ...held, at: iso(held.at), until: iso(held.until) })) };
      },
    },
    {
      method: "POST",
      path: "/api/v1/requests/:id/admit",
      tag: "Requests",
      summary: "Verifies a held request again and lets it in when it passes",
      scope: "operate",
      audit: "request.admitted",
      reply: outcome,
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
