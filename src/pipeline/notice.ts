/** notice: the target of a gate's `notify` is told of a new hold, by an event of the router's own and a delivery of it, as durable as any. */
import { createHash } from "node:crypto";
import type { Delivery } from "../core/delivery.ts";
import type { Event } from "../core/event.ts";
import { deliveryId, eventId } from "../core/ids.ts";
import { matchesType } from "../core/route.ts";
import type { Happening, Ports } from "../ports.ts";
import { noticeName, OWN_SOURCE } from "../rules/gates.ts";
import type { Workspace } from "../rules/workspace.ts";

/** How long what happened is known as the same. */
const ONCE_MS = 24 * 3_600_000;
const TRIES = 20;
const WAIT_MS = 500;

/** Tells by `tell`, and makes an event of what a gate's target is to be told. Never throws, never waits. */
export function noticing(
  workspace: () => Workspace,
  tell: (one: Happening) => void,
  { store, clock, log }: Pick<Ports, "store" | "clock" | "log">,
): (one: Happening) => void {
  const noticed = async (one: Happening): Promise<void> => {
    const found = commitOf(one, workspace(), clock.now());
    for (let tries = 1; found !== undefined; tries++) {
      try {
        await store.commit(found.event, [found.delivery]);
        return;
      } catch (error) {
        if (tries >= TRIES) throw error;
        await new Promise((resolve) => setTimeout(resolve, WAIT_MS).unref());
      }
    }
  };
  return (one) => {
    tell(one);
    noticed(one).catch((error: unknown) => {
      log.error({ type: one.type, subject: one.subject, error: String(error) }, "router.untold");
    });
  };
}

/** The event with its delivery; undefined where nobody is to be told. */
function commitOf(
  { type, subject, data }: Happening,
  workspace: Workspace,
  now: number,
): { readonly event: Event; readonly delivery: Delivery } | undefined {
  const of = (data as { readonly route?: unknown }).route;
  const notice = typeof of === "string" ? workspace.routes.get(noticeName(of)) : undefined;
  if (notice === undefined || !matchesType(notice.file.on, type)) return undefined;
  const receivedAt = new Date(now).toISOString();
  const once = `${subject}.${type}`;
  const id = eventId(now, createHash("sha256").update(once).digest());
  const payload = { type, subject, at: receivedAt, ...data };
  return {
    event: {
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
      ...{ dedupeKey: once, dedupeMs: ONCE_MS, contentType: "json", payload },
      body: Buffer.from(JSON.stringify(payload)),
    },
    delivery: { id: deliveryId(id, notice.name), event: id, route: notice.name, target: notice.target.name },
  };
}
