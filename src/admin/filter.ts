/** How lists are asked for: the parameters of filters and pages, declared once, and the filter that they come to. */
import { SignalboxError } from "../core/errors.ts";
import { isEventId, uuidOf } from "../core/ids.ts";
import type { Call, Shape } from "./endpoint.ts";
import type { Filter, Paging } from "../history.ts";
import { deliveryState, eventState, filterProperties } from "./shapes/deliveries.ts";

/** Where to go on, and how many at most. */
export const pageQuery = {
  limit: { type: "integer", minimum: 1, maximum: 1000, default: 50, description: "At most so many." },
  cursor: { type: "string", minLength: 1, maxLength: 1000, description: "`next` of the former page." },
} as const satisfies Readonly<Record<string, Shape>>;

const before = {
  type: "string",
  pattern: "^evt_[0-9a-hjkmnp-tv-z]{26}$",
  description: "Only what is older than this event.",
} as const;

/** The parameters of a list of events. */
export const eventQuery = { ...filterProperties, state: eventState, before, ...pageQuery };

/** The parameters of a list of events with bodies. */
const { id: _id, ...filterBodies } = filterProperties;
export const bodyQuery = { ...filterBodies, state: eventState, before, ...pageQuery };

/** The parameters of a list of deliveries or attempts. */
export const deliveryQuery = { ...filterProperties, state: deliveryState, before, ...pageQuery };

/** A filter and an id beyond which nothing is wanted. */
export interface Wanted extends Filter {
  readonly before?: string;
}

/** The filter that a call asks for. Throws ADMIN_INPUT_INVALID. */
export function filterOf({ query }: Pick<Call, "query">): Wanted {
  const { from, to, tag, before: older } = query;
  const filter: Record<string, unknown> = {};
  for (const name of NAMES) if (query[name] !== undefined) filter[name] = query[name];
  if (from !== undefined) filter["from"] = timeOf("from", from);
  if (to !== undefined) filter["to"] = timeOf("to", to);
  if (tag !== undefined) {
    const text = String(tag);
    const colon = text.indexOf(":");
    filter["tag"] = { name: text.slice(0, colon), value: text.slice(colon + 1) };
  }
  if (typeof older === "string" && isEventId(older)) {
    filter["before"] = older;
    filter["to"] = Math.min(Number(filter["to"] ?? Infinity), receivedMs(older));
  }
  return filter;
}

const NAMES = ["id", "providerId", "source", "type", "route", "target", "state", "status", "code", "cause"];

/** The page that a call asks for. */
export function pagingOf({ query }: Pick<Call, "query">): Paging {
  const { limit, cursor } = query;
  return { limit: Number(limit ?? 50), ...(cursor !== undefined && { cursor: String(cursor) }) };
}

/** Epoch ms at which an event was received, as its id has it. */
export function receivedMs(event: `evt_${string}`): number {
  return Number.parseInt(uuidOf(event).slice(0, 12), 16);
}

function timeOf(name: string, value: string | number): number {
  const ms = Date.parse(String(value));
  if (Number.isFinite(ms)) return ms;
  throw new SignalboxError(
    "ADMIN_INPUT_INVALID",
    `Parameter \`${name}\` is no time: there is no such moment.`,
  );
}
