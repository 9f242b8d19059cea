/** Requests as the API shows them: accepted, refused, repeated; those in quarantine, and what came of letting them in. */
import type { FromSchema } from "json-schema-to-ts";
import { count, flag, list, map, oneOf, page, shape, text, time } from "./shape.ts";

export const repetition = shape("A request that brought the event again; it was answered and not stored.", {
  id: text,
  at: time,
  method: text,
  headers: { ...map(text), description: "What the provider says of its attempts." },
  revived: { ...list(text), description: "Deliveries that had died, and ran again for it." },
});
export type Repetition = FromSchema<typeof repetition>;

export const listedRequest = shape(
  "One HTTP call to a source. Nothing of a refused one is kept but this; a duplicate brought an event that was known.",
  {
    id: { type: "string", description: "`req_…`, or the event's id." },
    verdict: oneOf("accepted", "refused", "duplicate"),
    source: text,
    at: time,
    method: text,
    address: text,
    type: text,
    code: text,
    cause: { type: "string", description: "For the operator: more than the sender was told." },
    schema: text,
    heldUntil: { ...time, description: "In quarantine until then: it can be let in." },
    admitted: shape("It was refused, and let in later.", { at: time, events: list(text) }),
    event: { type: "string", description: "Of a duplicate: the first event." },
    headers: { ...map(text), description: "Of a duplicate: what the provider says of its attempts." },
    revived: { ...list(text), description: "Deliveries that had died, and ran again for it." },
  },
  [
    "method",
    "address",
    "type",
    "code",
    "cause",
    "schema",
    "heldUntil",
    "admitted",
    "event",
    "headers",
    "revived",
  ],
);
export type ListedRequest = FromSchema<typeof listedRequest>;

export const heldRequest = shape("A refused request that is held, encrypted; nothing of what was sent.", {
  id: text,
  source: text,
  cause: text,
  at: time,
  until: time,
  address: text,
  bytes: count,
});
export type HeldRequest = FromSchema<typeof heldRequest>;

export const admission = shape(
  "Whether a held request was let in: the events it became, or why not.",
  {
    ...{ id: text, admitted: flag, events: list(text), code: text, cause: text },
    duplicate: {
      type: "boolean",
      description: "Its events were known before; they are not delivered again.",
    },
  },
  ["events", "code", "cause", "duplicate"],
);
export type Admission = FromSchema<typeof admission>;

export const requestPage = page(listedRequest);
/** All of them: they are few. */
export const heldRequests = shape("Requests in quarantine, newest first.", { items: list(heldRequest) });
