/** What a list of the history asks for, and three tests of it: for a segment as a whole, for its columns, for one event. */
import { firstIdAt } from "../../core/ids.ts";
import type { Filter, ListedDelivery, ListedEvent } from "../../history.ts";
import { NONE, STATES, type Columns } from "./segment-columns.ts";
import type { Entry } from "./segment.ts";

/** Ids of what a filter's times leave: from `above` on and below `below`. */
export function rangeOf({ from, to }: Filter): { readonly above: string; readonly below: string } {
  return {
    above: from === undefined ? "" : firstIdAt(from),
    below: to === undefined ? "~" : firstIdAt(Math.floor(to) + 1),
  };
}

const EVENT_STATES = ["quarantined", "unrouted", "open", "settled"];

/** True where a segment may hold what is asked for. */
export function mayHold(entry: Entry, filter: Filter): boolean {
  const { source, type, route, target, state, status, code, cause } = filter;
  if (entry.count === 0) return false;
  if (source !== undefined && !entry.sources.includes(source)) return false;
  if (type !== undefined && !entry.types.includes(type)) return false;
  if (route !== undefined && !entry.routes.includes(route)) return false;
  if (target !== undefined && !entry.targets.includes(target)) return false;
  if (status !== undefined && !entry.statuses.includes(status)) return false;
  if (code !== undefined && !entry.codes.includes(code)) return false;
  if (cause !== undefined && !entry.causes.includes(cause)) return false;
  if (state === undefined) return true;
  if (EVENT_STATES.includes(state)) return entry.states[state] !== undefined;
  const targets = target === undefined ? entry.targets : [target];
  return targets.some((name) => entry.states[`${state} ${name}`] !== undefined);
}

/** True where an event is asked for: itself, and one of its deliveries as far as the filter speaks of those. */
export function wants(filter: Filter, event: ListedEvent): boolean {
  if (!wantsEvent(filter, event)) return false;
  return !speaksOfDeliveries(filter) || event.deliveries.some((delivery) => wantsDelivery(filter, delivery));
}

/** True where a delivery is asked for; its event has been tested. */
export function wantsDelivery(filter: Filter, delivery: ListedDelivery): boolean {
  const { id, route, target, state, status, code, cause } = filter;
  return (
    (id === undefined || !id.startsWith("dlv_") || id === delivery.id) &&
    (route === undefined || route === delivery.route) &&
    (target === undefined || target === delivery.target) &&
    (state === undefined || EVENT_STATES.includes(state) || state === delivery.state) &&
    (status === undefined || status === delivery.status) &&
    (code === undefined || code === delivery.code) &&
    (cause === undefined || cause === delivery.cause)
  );
}

function wantsEvent({ source, type, state }: Filter, event: ListedEvent): boolean {
  return (
    (source === undefined || source === event.source) &&
    (type === undefined || type === event.type) &&
    (state === undefined || !EVENT_STATES.includes(state) || state === event.state)
  );
}

function speaksOfDeliveries({ id, route, target, state, status, code, cause }: Filter): boolean {
  const ofOne = state !== undefined && !EVENT_STATES.includes(state);
  const byId = id?.startsWith("dlv_") === true;
  return byId || ofOne || [route, target, status, code, cause].some((one) => one !== undefined);
}

/** The test of `wants` for a segment's rows. */
export function rowTest(columns: Columns, filter: Filter): (row: number) => boolean {
  const { names } = columns;
  const number = (table: readonly string[], name: string | undefined): number | undefined =>
    name === undefined ? undefined : table.indexOf(name);
  const { state } = filter;
  const isOfEvent = state !== undefined && EVENT_STATES.includes(state);
  const source = number(names.source, filter.source);
  const type = number(names.type, filter.type);
  const flag = state === "quarantined" ? 1 : 0;
  const wanted: readonly (readonly [Uint16Array | Uint8Array, number | undefined])[] = [
    [columns.route, number(names.route, filter.route)],
    [columns.target, number(names.target, filter.target)],
    [columns.state, state === undefined || isOfEvent ? undefined : STATES.indexOf(state as "dead")],
    [columns.status, filter.status === undefined ? undefined : filter.status < NONE ? filter.status : -1],
    [columns.code, number(names.code, filter.code)],
    [columns.cause, number(names.cause, filter.cause)],
  ];
  const tests = wanted.filter((test): test is [Uint16Array | Uint8Array, number] => test[1] !== undefined);
  const { first } = columns;
  return (row) => {
    if (source !== undefined && columns.source[row] !== source) return false;
    if (type !== undefined && columns.type[row] !== type) return false;
    const [start, end] = [first[row]!, first[row + 1]!];
    if (isOfEvent) {
      if (state === "open" || (state === "settled") !== end > start) return false;
      if (state !== "settled" && (columns.flags[row]! & 1) !== flag) return false;
    }
    if (tests.length === 0) return true;
    for (let at = start; at < end; at++) {
      if (tests.every(([column, value]) => column[at] === value)) return true;
    }
    return false;
  };
}
