/** dispatch: the event is recorded, and one delivery for each route that wants it, before anybody is answered. */
import type { Delivery, DeliveryId } from "../core/delivery.ts";
import type { Event, EventId } from "../core/event.ts";
import { deliveryId } from "../core/ids.ts";
import { attemptHeaders } from "../core/repetition.ts";
import { matchesType } from "../core/route.ts";
import { traceOf } from "../core/trace-context.ts";
import type { Commit, Committed, Ports } from "../ports.ts";
import type { Route, Tag, Workspace } from "../rules/workspace.ts";
import type { AcceptedEvent } from "./accept.ts";
import { timed } from "./due.ts";
import { inLine } from "./line.ts";
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

/** The route whose delivery a sender waits for, and the channel on which its end is told. */
export interface AnswerTo {
  readonly route: string;
  readonly channel: string;
}

/** The deliveries of an event: one for each route of its source whose `on` fits its type. */
export function deliveriesOf(event: Pick<Event, "context" | "payload">, workspace: Workspace): Delivery[] {
  return routesFor(event.context, workspace).map((route) => deliveryOn(route, event));
}

/** An event's delivery on one route: the same for events that come and for those that the router makes itself. */
export function deliveryOn(route: Route, event: Pick<Event, "context" | "payload">): Delivery {
  const { id } = event.context;
  const { name, target } = route;
  return inLine({ id: deliveryId(id, name), event: id, route: name, target: target.name }, route, event);
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

/** Stores events and their deliveries in one round trip: all of a batch or none. Throws ACCEPT_STORE_UNAVAILABLE. */
export async function dispatch(
  accepted: readonly AcceptedEvent[],
  workspace: Workspace,
  ports: Pick<Ports, "store" | "log" | "reopen" | "repetitions" | "tracing">,
  answerTo?: AnswerTo,
): Promise<Dispatched[]> {
  const { store } = ports;
  const commits = await Promise.all(accepted.map((one) => prepared(one, workspace, ports, answerTo)));
  const [only, ...others] = commits;
  if (only === undefined) return [];
  const committed =
    others.length > 0
      ? await store.commitAll(commits)
      : [await store.commit(only.event, only.deliveries, only.quarantined ? "quarantined" : undefined)];
  return Promise.all(commits.map((commit, at) => concluded(commit, committed[at]!, workspace, ports)));
}

async function prepared(
  { event: accepted, quarantine }: AcceptedEvent,
  workspace: Workspace,
  { log }: Pick<Ports, "log">,
  answerTo: AnswerTo | undefined,
): Promise<Commit> {
  const quarantined = quarantine !== undefined;
  const event = await tagged(accepted, tagsFor(accepted, quarantined, workspace), log);
  const deliveries = quarantined ? [] : timed(deliveriesOf(event, workspace), event, workspace);
  if (answerTo === undefined) return { event, deliveries, quarantined };
  const { route, channel } = answerTo;
  const told = deliveries.map((one) => (one.route === route ? { ...one, answerTo: channel } : one));
  return { event, deliveries: told, quarantined };
}

/** What follows from a commit: a new event is told, a known one is noted, and what had died of it runs again. */
export async function concluded(
  { event, deliveries, quarantined }: Commit,
  committed: Committed,
  workspace: Workspace,
  ports: Pick<Ports, "log" | "reopen" | "repetitions" | "tracing">,
): Promise<Dispatched> {
  const { log, repetitions, tracing } = ports;
  const { id, source, type, method, headers, receivedAt } = event.context;
  const traced = tracing && { traceId: traceOf(event.context).traceId };
  if (committed.kind === "duplicate") {
    const { event: first, deliveries: stood } = committed;
    log.info({ event: first, source, type, duplicate: true, ...traced }, "event.repeated");
    const revived = await revive(first, stood, workspace, ports);
    repetitions.note({
      ...{ id: `req_${id.slice(4)}`, event: first, source, type, method, revived },
      at: Date.parse(receivedAt),
      headers: attemptHeaders(headers),
    });
    return { id: first, deliveries: stood.map((delivery) => delivery.id), duplicate: true, revived };
  }
  const ids = deliveries.map((delivery) => delivery.id);
  log.info(
    { event: id, source, type, bytes: event.body.length, deliveries: ids, quarantined, ...traced },
    "event.accepted",
  );
  return { id, deliveries: ids, duplicate: false };
}
