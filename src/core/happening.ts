/** What the router itself does, as events of the built-in source `signalbox`: which types there are, and how far chains go. */

/** The source of the router's own events: it has no file, and nobody posts to it. */
export const OWN_SOURCE = "signalbox";

/** Every type of the router's own events, with when it happens. */
export const happeningTypes = {
  "delivery.delivered": "A target took a delivery; `answer` is what it said.",
  "delivery.filtered": "The `when` of a route let an event go by.",
  "delivery.dead": "A delivery will not be tried again by itself; `error` says why.",
  "delivery.deviated": "A target's answer was not what the route's `expect` says.",
  "hold.created": "A delivery waits for a person.",
  "hold.decided": "A person, or the time, has decided on a hold.",
  "hold.overdue": "The time of a hold is up, and its gate keeps it.",
  "target.paused": "A person paused a target.",
  "target.resumed": "A person let a target go on.",
  "target.breaker.opened": "Too many calls of a target failed or were slow: its deliveries are held.",
  "target.recovered": "A target whose breaker was open takes deliveries again.",
  "canary.rolled-back":
    "A route's canary made more failures than the other transform: that makes all deliveries again.",
  "source.silent": "A source that calls at its usual times has not called where it was to be expected.",
  "source.heard": "A source that was silent calls again.",
  "schema.drift":
    "Bodies of a source and type are not as they were: a field is new, gone, retyped or out of its enum.",
  "rules.reloaded": "The router runs with other files than before.",
} as const;

/** A type of the router's own events. */
export type HappeningType = keyof typeof happeningTypes;

/**
 * So many calls may follow from one another, over chains and over hooks that our targets call; what comes after is a dead letter
 * CHAIN_TOO_LONG. A loop that nobody saw ends by it.
 */
export const MAX_HOPS = 8;

/** The header that carries the count of hops from a router to the next. */
export const HOPS_HEADER = "signalbox-hops";

/** The hops that a caller says its request has behind it; 0 where it says nothing that can be read. */
export function hopsIn(headers: Readonly<Record<string, string>>): number {
  const said = headers[HOPS_HEADER];
  return said !== undefined && /^\d{1,3}$/.test(said) ? Number(said) : 0;
}
