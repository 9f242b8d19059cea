/** What the stream of changes tells, event by event; and what a search tells while it runs. */
import type { FromSchema } from "json-schema-to-ts";
import { anything, count, oneOf, shape, text, time } from "./shape.ts";
import { deliveryState } from "./deliveries.ts";

/** SSE `event`. */
export const acceptedChange = shape("An event was accepted.", {
  event: text,
  source: text,
  type: text,
  deliveries: count,
});

/** SSE `delivery`. */
export const deliveryChange = shape(
  "A delivery was attempted.",
  {
    delivery: text,
    event: text,
    source: { type: "string", description: "Absent where the route is gone from the workspace." },
    route: text,
    target: text,
    state: deliveryState,
    attempt: count,
    status: { type: "integer" },
  },
  ["source", "status"],
);

/** SSE `refused`. */
export const refusedChange = shape("A request was refused.", { source: text, code: text, at: time });

/** SSE `target`, `replay`, `overview`: only the latest of each is told. */
export const stateChange = { ...anything, description: "The new state of what the event's name says." };

/** SSE `skipped`. */
export const skippedChange = shape("More happened than is told one by one.", {
  count: { type: "integer", minimum: 1, description: "Changes that were left out since the last tick." },
});

/** SSE `ended`. */
export const endedChange = shape("The stream ends and is not to be opened again as it was.", {
  reason: oneOf("session", "stopping"),
});

/** SSE `hit` of a search. */
export const searchHit = shape(
  "An event, or a delivery of it, in which the value stands.",
  { event: text, delivery: text, source: text, type: text, receivedAt: time },
  ["delivery"],
);
export type SearchHit = FromSchema<typeof searchHit>;

/** SSE `done` of a search. */
export const searchDone = shape(
  "The end of a search: how many were looked at, and the cursor to go on with, where there is more.",
  { scanned: count, next: text },
  ["next"],
);

/** SSE `failed` of a search. */
export const searchFailed = shape("The search broke off.", { code: text, detail: text });
