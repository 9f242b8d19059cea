/** revive: a provider that sends again an event whose deliveries died has those run again. */
import type { DeliveryId } from "../core/delivery.ts";
import type { EventId } from "../core/event.ts";
import type { Ports } from "../ports.ts";
import type { Workspace } from "../rules/workspace.ts";

/** Those of the deliveries that were dead and now are open; none that is open, delivered or filtered is touched. */
export async function revive(
  event: EventId,
  deliveries: readonly DeliveryId[],
  workspace: Workspace,
  { store, reopen, log }: Pick<Ports, "store" | "reopen" | "log">,
): Promise<DeliveryId[]> {
  const revived: DeliveryId[] = [];
  for (const id of deliveries) {
    const recorded = await store.load(id, false);
    if (recorded?.state !== "dead") continue;
    const { route, target } = recorded.delivery;
    const present = workspace.routes.get(route)?.target.name ?? target;
    if ((await reopen({ id, event, route, target: present })) === "opened") revived.push(id);
  }
  if (revived.length > 0) log.info({ event, deliveries: revived }, "event.revived");
  return revived;
}
