/** An event's request as the API gives it away whole. */
import type { FromSchema } from "json-schema-to-ts";
import { anything, map, shape, text } from "./shape.ts";

export const rawRequest = shape(
  "An event's request as it came. What carries credentials is not kept, so it is not here; a content-encoding has been undone.",
  {
    id: text,
    source: text,
    type: text,
    receivedAt: text,
    method: text,
    path: text,
    query: map(anything),
    headers: map(text),
    body: { type: "string", contentEncoding: "base64", description: "The exact bytes, in base64." },
  },
);
export type RawRequest = FromSchema<typeof rawRequest>;
