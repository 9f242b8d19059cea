/** dispatch: the event is recorded, and one delivery for each route that wants it, before anybody is answered. */
import type { Delivery, DeliveryId } from "../core/delivery.ts";
import type { Event, EventId } from "../core/event.ts";
import { deliveryId } from "../core/ids.ts";
import { matchesType } from "../core/route.ts";
import type { Ports } from "../ports.ts";
import type { Route, Tag, Workspace } from "../rules/workspace.ts";
import { revive } from "./revive.ts";
import { tagged } from "./tag.ts";

/** What the sender is told: the event's id, its deliveries, and whether it was known before. */
export interface Dispatched {
  readonly id: EventId;
  readonly deliveries: readonly DeliveryId[];
  readonly duplicate: boolean;
  /** Deliveries that had died and run again, since the provider sent the event again. */
  readonly revived?: readonly DeliveryId[];
}

/** The deliveries of an event: one for each route of its source whose `on` fits its type. */
export function deliveriesOf(
  event: { readonly id: EventId; readonly source: string; readonly type: string },
  workspace: Workspace,
): Delivery[] {
  return routesFor(event, workspace).map(({ name, target }) => ({
    id: deliveryId(event.id, name),
    event: event.id,
    route: name,
    target: target.name,
  }));
}

function routesFor(
  { source, type }: { readonly source: string; readonly type: string },
  workspace: Workspace,
): Route[] {
  return workspace.routesOf(source).filter(({ file }) => matchesType(file.on, type));
}

/** The tags that an event's source declares, and those of the routes that take it. */
function tagsFor(event: Event, quarantined: boolean, workspace: Workspace): readonly Tag[] {
  const ofSource = workspace.sources.get(event.context.source)?.tags ?? [];
  if (quarantined) return ofSource;
  return [...ofSource, ...routesFor(event.context, workspace).flatMap(({ tags }) => tags)];
}

/** Stores event and deliveries in one round trip. Throws ACCEPT_STORE_UNAVAILABLE. */
export async function dispatch(
  accepted: Event,
  quarantined: boolean,
  workspace: Workspace,
  ports: Pick<Ports, "store" | "log" | "reopen">,
): Promise<Dispatched> {
  const { store, log } = ports;
  const { id, source, type } = accepted.context;
  const event = await tagged(accepted, tagsFor(accepted, quarantined, workspace), log);
  const deliveries = quarantined ? [] : deliveriesOf(event.context, workspace);
  const committed = await store.commit(event, deliveries, quarantined ? "quarantined" : undefined);
  if (committed.kind === "duplicate") {
    log.info({ event: committed.event, source, type, duplicate: true }, "event.repeated");
    const revived = await revive(committed.event, committed.deliveries, workspace, ports);
    return { id: committed.event, deliveries: committed.deliveries, duplicate: true, revived };
  }
  const ids = deliveries.map((delivery) => delivery.id);
  log.info(
    { event: id, source, type, bytes: event.body.length, deliveries: ids, quarantined },
    "event.accepted",
  );
  return { id, deliveries: ids, duplicate: false };
}
