/** What the sender of an accepted request is answered: the format of `respond` in `sources/<name>.yaml`. */
import type { FromSchema, JSONSchema } from "json-schema-to-ts";

/** The longest wait for a target, in s: the whole request is answered within 5. */
const MAX_WAIT_SECONDS = 4;

const body = { description: "Text is sent as it is, anything else as JSON." } as const;
const contentType = { type: "string", minLength: 3 } as const;

/** The key's JSON Schema. */
export const respondSchema = {
  type: "object",
  additionalProperties: false,
  properties: {
    status: {
      type: "integer",
      minimum: 200,
      maximum: 299,
      description:
        "202 without it; where the answer is made by a rule 200, where it is a target's that one's.",
    },
    body,
    contentType: {
      ...contentType,
      description: "`application/json` without it, for text `text/plain`; for a target's answer that one's.",
    },
    transform: {
      type: "string",
      minLength: 1,
      description:
        "Name of a transform that makes the answer's body: of the event, at once; with `route`, of the target's answer.",
      examples: ["slash-command-to-reply"],
    },
    route: {
      type: "string",
      minLength: 1,
      description: "Name of a route of this source: the sender waits for what its target answers.",
      examples: ["question-to-model"],
    },
    waitSeconds: {
      type: "number",
      exclusiveMinimum: 0,
      maximum: MAX_WAIT_SECONDS,
      description: "For how long the sender waits for `route`; the delivery goes on all the same.",
      examples: [2.5],
    },
    fallback: {
      type: "object",
      additionalProperties: false,
      properties: {
        status: { type: "integer", minimum: 200, maximum: 599, default: 200 },
        body,
        contentType,
      },
      description:
        "The answer where there is none in time, where the delivery ended without one, and where the transform failed. `route` needs it.",
      examples: [{ status: 200, body: { text: "I will come back to you." } }],
    },
  },
  description:
    "The answer to an accepted request, instead of 202 with the event's id: a fixed one, one that a transform makes at once, or what one route's target answers. The event is stored before.",
} as const satisfies JSONSchema;

/** `respond` with its defaults filled in. */
export type RespondFile = FromSchema<typeof respondSchema>;
