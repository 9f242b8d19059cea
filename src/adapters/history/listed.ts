/** Events and deliveries as lists show them; bodies and attempts are not needed for that. */
import { OPEN_STATES } from "../../core/delivery.ts";
import { idTime, routeTag } from "../../core/ids.ts";
import type { ListedDelivery, ListedEvent } from "../../history.ts";
import type { DeliveryMeta, EventMeta } from "../record/format.ts";
import { NONE, STATES, type Columns } from "./segment-columns.ts";

const iso = (ms: number): string => new Date(ms).toISOString();

/** A hot event, or one whose fields have been read. */
export function listedOf(
  id26: string,
  { c, q, e }: EventMeta,
  bytes: number,
  metas: readonly DeliveryMeta[],
): ListedEvent {
  const receivedAt = iso(idTime(id26));
  const deliveries = metas.map(({ r, t, s, n, u, x, b, c: code, h, f, v, o }): ListedDelivery => ({
    id: `dlv_${id26}${routeTag(r)}`,
    event: `evt_${id26}`,
    source: c.source,
    type: c.type,
    route: r,
    target: t,
    state: s,
    attempts: n,
    receivedAt,
    changedAt: iso(u),
    ...(x !== undefined && { dueAt: iso(x) }),
    ...(b !== undefined && { waitsFor: b }),
    ...(h !== undefined && { status: h }),
    ...(code !== undefined && { code }),
    ...(f !== undefined && { cause: f }),
    ...(v !== undefined && { rule: v }),
    ...(o !== undefined && { hold: o }),
  }));
  const open = deliveries.some(({ state }) => OPEN_STATES.includes(state));
  return {
    id: `evt_${id26}`,
    source: c.source,
    type: c.type,
    receivedAt,
    state: deliveries.length === 0 ? (q ?? "unrouted") : open ? "open" : "settled",
    bytes,
    deliveries,
    ...(e !== undefined && { replayOf: e.of }),
  };
}

/** A sealed event by its row. */
export function listedAt(columns: Columns, row: number, id26: string): ListedEvent {
  const { names } = columns;
  const source = names.source[columns.source[row]!]!;
  const type = names.type[columns.type[row]!]!;
  const receivedAt = iso(idTime(id26));
  const deliveries: ListedDelivery[] = [];
  for (let at = columns.first[row]!; at < columns.first[row + 1]!; at++) {
    const route = names.route[columns.route[at]!]!;
    const status = columns.status[at]!;
    const code = names.code[columns.code[at]!];
    const cause = names.cause[columns.cause[at]!];
    const rule = names.rule[columns.rule[at]!];
    deliveries.push({
      id: `dlv_${id26}${routeTag(route)}`,
      event: `evt_${id26}`,
      source,
      type,
      route,
      target: names.target[columns.target[at]!]!,
      state: STATES[columns.state[at]!]!,
      attempts: columns.attempts[at]!,
      receivedAt,
      changedAt: iso(columns.changed[at]!),
      ...(status !== NONE && { status }),
      ...(code !== undefined && { code }),
      ...(cause !== undefined && { cause }),
      ...(rule !== undefined && { rule }),
    });
  }
  const replay = columns.replays[row];
  const kept = (columns.flags[row]! & 1) === 1 ? "quarantined" : "unrouted";
  return {
    id: `evt_${id26}`,
    source,
    type,
    receivedAt,
    state: deliveries.length === 0 ? kept : "settled",
    bytes: columns.size[row]!,
    deliveries,
    ...(replay !== undefined && { replayOf: `evt_${replay}` as const }),
  };
}
