/** What a route's shadow and canary have shown, as the API shows it. */
import type { FromSchema } from "json-schema-to-ts";
import { count, list, number, oneOf, shape, text, time } from "./shape.ts";

const fared = shape("Deliveries by their first attempt, of lately.", { deliveries: count, failures: count });

export const canaryState = shape(
  "A second transform that makes a part of a route's deliveries.",
  {
    route: text,
    transform: { type: "string", description: "The canary." },
    revision: text,
    instead: { type: "string", description: "The transform that makes the others." },
    percent: number,
    by: { type: "string", description: "JSONata that yields the key; absent: the event's id." },
    margin: { type: "number", description: "Percentage points that it may fail more often." },
    minimum: { ...count, description: "Deliveries before it is judged." },
    state: oneOf("on", "rolled-back"),
    since: time,
    own: fared,
    other: fared,
    rolledBack: shape("When, why, and by whom where it was a person.", { at: time, why: text, by: text }, [
      "by",
    ]),
    samples: {
      ...list(text),
      description: "Events whose first attempt by the canary failed, the latest first.",
    },
  },
  ["by", "since", "rolledBack"],
);
export type ShownCanary = FromSchema<typeof canaryState>;

export const canaryDecision = shape(
  "`resume`: a canary that was rolled back begins anew, with nothing counted; `rollback`: the other transform makes all deliveries.",
  { does: oneOf("resume", "rollback"), reason: { type: "string", maxLength: 500 } },
  ["reason"],
);

export const shadowState = shape(
  "A second transform that is evaluated beside a route's own and never sent.",
  {
    route: text,
    transform: { type: "string", description: "The shadow." },
    revision: text,
    beside: { type: "string", description: "The transform that it is compared with." },
    since: time,
    same: count,
    differs: count,
    failed: { ...count, description: "The shadow made nothing that may be sent, the other did." },
    mended: { ...count, description: "The other failed, the shadow did not." },
    skipped: { ...count, description: "Not evaluated, since there was no time." },
    beyond: { ...count, description: "Differences at more places than are kept." },
    found: list(
      shape("A place where they differ, or a code that one failed with.", {
        path: {
          type: "string",
          description: 'A JSON Pointer with `*` for items; "" where all of it is meant.',
        },
        how: text,
        count,
        samples: { ...list(text), description: "Events." },
      }),
    ),
  },
  ["since"],
);
export type ShownShadow = FromSchema<typeof shadowState>;
