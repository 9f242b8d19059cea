/** A repetition: a request that brought an event which was known. It is answered with the first event and not stored. */
import type { DeliveryId } from "./delivery.ts";
import type { EventId, Headers } from "./event.ts";

/** What is kept of it: nothing of its body. */
export interface Repetition {
  /** `req_…` */
  readonly id: string;
  /** The first event. */
  readonly event: EventId;
  readonly source: string;
  readonly type: string;
  readonly method: string;
  /** Epoch ms. */
  readonly at: number;
  /** What the provider says of its own attempts, by header. */
  readonly headers: Headers;
  /** Deliveries that had died and ran again. */
  readonly revived: readonly DeliveryId[];
}

/** `x-slack-retry-num`, `x-amz-retry-count`, `aeg-delivery-count`, `x-shopify-attempt` and their like. */
const OF_ATTEMPTS = /(?:^|-)(?:retry|retries|retried|attempts?|redeliver(?:y|ed)|delivery-count)(?:-|$)/;
const MOST_HEADERS = 8;
const LONGEST_VALUE = 200;

/** The headers by which a provider counts its attempts: at most 8, cut to 200 characters. */
export function attemptHeaders(headers: Headers): Headers {
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => OF_ATTEMPTS.test(name))
      .slice(0, MOST_HEADERS)
      .map(([name, value]) => [name, value.slice(0, LONGEST_VALUE)]),
  );
}
