/** What a commit is for the store: one call of the record's script. */
import { createHash } from "node:crypto";
import type { Delivery } from "../../core/delivery.ts";
import { routeTag } from "../../core/ids.ts";
import type { Commit } from "../../ports.ts";
import { hashesOf } from "../history/index-hash.ts";
import type { Queues } from "../queues/bullmq.ts";
import { metaOf, OVERHEAD_BYTES, pendingOf } from "./format.ts";
import { hourOf, keys } from "./keys.ts";
import { storedBody } from "./stored-body.ts";

/** Who is not here to wake leaves it to the script. */
export const NOBODY_ASLEEP = { isAsleep: () => false };

/** A commit as a call of the record's script. */
export function commitCall(
  { event, deliveries, quarantined = false }: Commit,
  deflates: boolean,
  ledgerSeconds: number,
  queues: Pick<Queues, "isAsleep">,
): { readonly names: readonly string[]; readonly args: readonly (string | Buffer)[] } {
  const { context, dedupeKey, dedupeMs } = event;
  const id = context.id.slice(4);
  const meta = metaOf(event, quarantined);
  const body = deflates ? storedBody(event.body) : event.body;
  const receivedAt = Date.parse(context.receivedAt);
  const news = {
    event: context.id,
    source: context.source,
    type: context.type,
    deliveries: deliveries.length,
  };
  const short = [
    id,
    dedupeKey === undefined ? 0 : Math.round(dedupeMs),
    body.length + meta.length + OVERHEAD_BYTES,
    receivedAt,
    context.source,
    ledgerSeconds,
    hashesOf(event),
    quarantined ? "quarantined" : "unrouted",
  ];
  const names = [
    keys.event(id),
    // Without an id there is nothing to remember; a cluster wants to know of every key where it is, so it is one that is there.
    dedupeKey === undefined ? keys.event(id) : keys.dedupe(context.source, dedupeName(dedupeKey)),
    keys.ledger(hourOf(receivedAt)),
  ];
  const args: (string | Buffer)[] = [short.join("|"), meta, body, JSON.stringify(news)];
  for (const delivery of deliveries) args.push(placeOf(delivery, queues), pendingOf(delivery, receivedAt));
  return { names, args };
}

/** Several calls as the arguments of one: how many keys there are, the keys, how many arguments each has, and these. */
export function scriptArguments<Argument>(
  calls: readonly { readonly names: readonly string[]; readonly args: readonly Argument[] }[],
): (string | number | Argument)[] {
  const all: (string | number | Argument)[] = [0];
  for (const { names } of calls) all.push(...names);
  all[0] = all.length - 1;
  all.push(calls.map(({ args }) => args.length).join(","));
  for (const { args } of calls) all.push(...args);
  return all;
}

/** The route's characters; until when it waits; where it stands in line with that, and whether this process wakes who is to take it. */
function placeOf({ route, target, due, line }: Delivery, queues: Pick<Queues, "isAsleep">): string {
  const tag = due === undefined ? routeTag(route) : `${routeTag(route)}@${due.at}`;
  return line === undefined ? tag : `${tag}|${line.terms}|${queues.isAsleep(target) ? 1 : ""}|${line.id}`;
}

/** Ids of providers may be long or odd: those are remembered by their hash. */
export function dedupeName(key: string): string {
  return /^[\w.-]{1,64}$/.test(key) ? key : createHash("sha256").update(key).digest("base64url").slice(0, 32);
}
