/** Requests in quarantine: listed, and let in once the mistake is mended. */
import { SignalboxError } from "../../core/errors.ts";
import type { Endpoint } from "../endpoint.ts";
import { admission, heldRequests, type Admission } from "../shapes/requests.ts";
import { isoOf } from "../shown.ts";
import type { Watched } from "../watched.ts";

type Holding = Pick<Watched, "quarantine" | "admit" | "log">;

export function heldRequestEndpoints(holding: Holding): readonly Endpoint[] {
  return [
    {
      method: "GET",
      path: "/api/v1/quarantine",
      tag: "Requests",
      summary: "Requests that were refused and are held, newest first; nothing of what was sent",
      scope: "read",
      reply: heldRequests,
      answer: async () => {
        const items = await holding.quarantine.list();
        return {
          items: items.map(({ id, source, cause, at, until, address, bytes }) => ({
            ...{ id, source, cause, at: isoOf(at), until: isoOf(until), address, bytes },
          })),
        };
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
        const outcome = await admitted(parameters["id"] ?? "", holding);
        if (outcome !== undefined) return outcome;
        throw new SignalboxError("ADMIN_REQUEST_UNKNOWN", "No request of this id is held.");
      },
    },
  ];
}

/** What came of it; the same again for one that was let in before. Undefined where no such request is held. */
async function admitted(id: string, { quarantine, admit, log }: Holding): Promise<Admission | undefined> {
  if (!/^req_\w{1,64}$/.test(id)) return undefined;
  const held = await quarantine.read(id);
  if (held === undefined) {
    const before = (await quarantine.of([id])).get(id)?.admitted;
    return before && { id, admitted: true, events: [...before.events] };
  }
  const outcome = await admit(held);
  if (outcome.admitted) await quarantine.release(id, outcome.events);
  log.info({ request: id, source: held.source, admitted: outcome.admitted }, "request.readmitted");
  return outcome.admitted ? { ...outcome, events: [...outcome.events] } : outcome;
}
