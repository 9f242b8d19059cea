/** Requests to the sources, accepted, refused and held, as the API shows them. */
import type { FromSchema } from "json-schema-to-ts";
import { count, flag, list, oneOf, page, shape, text, time } from "./shape.ts";

export const listedRequest = shape(
  "One HTTP call to a source, accepted or not. Nothing of a refused one is kept but this.",
  {
    id: { type: "string", description: "`req_…`, or the event's id." },
    verdict: oneOf("accepted", "refused"),
    source: text,
    at: time,
    method: text,
    address: text,
    type: text,
    code: text,
    cause: { type: "string", description: "For the operator: more than the sender was told." },
    schema: text,
  },
  ["method", "address", "type", "code", "cause", "schema"],
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
  { id: text, admitted: flag, events: list(text), code: text, cause: text },
  ["events", "code", "cause"],
);
export type Admission = FromSchema<typeof admission>;

export const requestPage = page(listedRequest);
/** All of them: they are few. */
export const heldRequests = shape("Requests in quarantine, newest first.", { items: list(heldRequest) });
