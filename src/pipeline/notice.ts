/** notice: the target of a gate's `notify` is told of a new hold, by an event of the router's own and a delivery of it, as durable as any. */
import { createHash } from "node:crypto";
import type { Event } from "../core/event.ts";
import type { Terms } from "../core/hold.ts";
import { deliveryId, eventId } from "../core/ids.ts";
import type { Ports } from "../ports.ts";
import { noticeName, OWN_SOURCE } from "../rules/gates.ts";
import type { Workspace } from "../rules/workspace.ts";
import { newsOf } from "./gate.ts";

/**
 * Stores the event with its delivery; told twice it is the same one. Never rejects: where the store does not take it, the hold
 * stays owed, and the next sweep tells of it.
 */
export async function notice(
  hold: Terms & { readonly hash: string },
  workspace: Workspace,
  { store, holds, log }: Pick<Ports, "store" | "holds" | "log">,
): Promise<void> {
  try {
    const route = workspace.routes.get(noticeName(hold.route));
    if (route !== undefined) {
      const event = eventOf(hold);
      const { id } = event.context;
      const delivery = {
        id: deliveryId(id, route.name),
        event: id,
        route: route.name,
        target: route.target.name,
      };
      await store.commit(event, [delivery]);
    }
    await holds.told(hold.id);
  } catch (error) {
    log.warn({ hold: hold.id, route: hold.route, error: String(error) }, "hold.untold");
  }
}

/** Its id follows from the hold's. */
function eventOf(hold: Terms & { readonly hash: string }): Event {
  const { id: subject, createdAt } = hold;
  const type = "hold.created";
  const receivedAt = new Date(createdAt).toISOString();
  const id = eventId(createdAt, createHash("sha256").update(subject).digest());
  const payload = { type, subject, at: receivedAt, ...newsOf(hold) };
  return {
    context: {
      ...{
        id,
        source: OWN_SOURCE,
        type,
        receivedAt,
        query: {},
        method: "POST",
        path: `/hooks/${OWN_SOURCE}`,
      },
      headers: { "content-type": "application/json" },
    },
    ...{ dedupeKey: undefined, dedupeMs: 0, contentType: "json", payload },
    body: Buffer.from(JSON.stringify(payload)),
  };
}
