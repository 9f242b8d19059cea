/** Replays, what they would do and what came of them, as the API shows them. */
import type { FromSchema } from "json-schema-to-ts";
import { filter, listedDelivery } from "./deliveries.ts";
import { count, flag, list, number, oneOf, shape, text, time } from "./shape.ts";

export const replay = shape(
  "A replay of many deliveries, in a lane of its own behind the live ones.",
  {
    id: text,
    does: oneOf("replay", "discard"),
    state: oneOf("running", "paused", "cancelled", "done", "failed"),
    filter,
    reason: text,
    by: text,
    createdAt: time,
    finishedAt: time,
    ratePerSecond: number,
    rule: {
      type: "string",
      enum: ["then"],
      description: "Each by the version that it was made by; absent: by the rules in force.",
    },
    total: count,
    replayed: count,
    skipped: {
      type: "integer",
      minimum: 0,
      description:
        "Being attempted at that moment, or gone; with `then` also those whose version is not kept.",
    },
    secondsLeft: number,
    error: text,
  },
  ["finishedAt", "rule", "secondsLeft", "error"],
);
export type Replay = FromSchema<typeof replay>;

export const replayPage = shape("Replays, the newest first.", { items: list(replay) });

export const replayPreview = shape(
  "What a replay would do.",
  {
    count,
    complete: { type: "boolean", description: "False where counting was cut short: there are more." },
    duplicates: {
      type: "integer",
      minimum: 0,
      description: "Of these the target has, or may have, taken already.",
    },
    seconds: number,
    sample: list(listedDelivery),
    notKept: {
      type: "integer",
      minimum: 0,
      description: "With the rule of then: of these the version is not kept; they would be skipped.",
    },
  },
  ["notKept"],
);
export type ReplayPreview = FromSchema<typeof replayPreview>;

export const difference = shape(
  "What replaying one delivery would send now, beside what was made last.",
  {
    route: text,
    target: text,
    filtered: flag,
    before: { description: "What the rule made last." },
    after: { description: "What it would make now." },
    error: shape("Why nothing would be made.", { code: text, detail: text, schema: text }, ["schema"]),
    ruleBefore: { type: "string", description: "Version by which the last attempt was made." },
    ruleNow: { type: "string", description: "Version by which it would be made." },
    mayRepeat: { type: "boolean", description: "The target has, or may have, taken it already." },
  },
  ["before", "after", "error", "ruleBefore", "ruleNow"],
);
export type Difference = FromSchema<typeof difference>;

export const replayed = shape(
  "What runs again.",
  {
    event: { type: "string", description: "The new event, where its body was edited." },
    deliveries: list(text),
    busy: { ...list(text), description: "Being attempted at this moment; they are left alone." },
  },
  ["event", "busy"],
);
export type Replayed = FromSchema<typeof replayed>;

export const differences = shape("What replaying would send now, a route each.", { items: list(difference) });

export const discarded = shape(
  "What was given up.",
  {
    discarded: count,
    skipped: { type: "integer", minimum: 0, description: "Being attempted at that moment, or gone." },
    task: {
      type: "string",
      description: "Of a large group: the replay that discards the rest; see /replays/:id.",
    },
  },
  ["task"],
);
