/** Events, deliveries, attempts and dead letters, as the API shows them, and what lists of them are narrowed by. */
import type { FromSchema } from "json-schema-to-ts";
import { LINE_RULES } from "../../core/line.ts";
import { repetition } from "./requests.ts";
import { anything, count, flag, list, map, ms, oneOf, page, shape, text, time } from "./shape.ts";

export const deliveryState = oneOf(
  "pending",
  "retrying",
  "held",
  "delivered",
  "filtered",
  "dead",
  "discarded",
  "superseded",
  "deviated",
);

/** Whose event it is, and the route that took it to a target. */
const ofEvent = { source: text, type: text } as const;
const onRoute = { route: text, target: text } as const;
/** What a delivery may be without. */
const MAY_LACK = ["dueAt", "waitsFor", "status", "code", "cause", "rule", "hold"] as const;

export const listedDelivery = shape(
  "One event on one route. `held`: open, and its target is paused or a person has to let it pass. `superseded`: a newer one of its line took its place.",
  {
    id: text,
    event: text,
    ...ofEvent,
    ...onRoute,
    state: deliveryState,
    attempts: count,
    receivedAt: time,
    changedAt: time,
    dueAt: { ...time, description: "When its next attempt is due." },
    waitsFor: {
      type: "string",
      description: "What it waits for until then, where that is not the retry policy alone.",
    },
    status: { type: "integer", description: "HTTP status of the last answer." },
    code: { type: "string", description: "Code of the last error." },
    cause: { type: "string", description: "The group of dead letters that it belongs to." },
    rule: {
      type: "string",
      description: "Version of its route by which the last attempt was made: see /versions.",
    },
    hold: { type: "string", description: "The hold that it waits in, or whose approval let it pass." },
  },
  MAY_LACK,
);
export type ListedDelivery = FromSchema<typeof listedDelivery>;

export const attempt = shape(
  "One HTTP call to a target, or what kept it from being made.",
  {
    number: { type: "integer", minimum: 1 },
    trigger: oneOf("initial", "retry", "replay"),
    startedAt: time,
    durationMs: ms,
    timings: shape(
      "Where the time went: waiting in the queue, rewriting, and from the beginning of the call up to the answer's head and to the end of its body.",
      { waitMs: ms, ruleMs: ms, headMs: ms, bodyMs: ms },
      ["headMs", "bodyMs"],
    ),
    request: shape("What was sent, without the query.", { method: text, url: text, bytes: count }),
    transform: { type: "string", description: "The transform that made it, where the route has a canary." },
    lookups: list(
      shape(
        "What was looked up before the rule ran; `kept`: from what all processes keep.",
        {
          ...{ name: text, target: text, milliseconds: ms, kept: flag },
          error: shape("Why it failed.", { code: text, detail: text }),
        },
        ["kept", "error"],
      ),
    ),
    status: { type: "integer" },
    answer: { type: "string", description: "The first 16 KB of the target's answer." },
    error: shape(
      "Why it failed; `schema` leads to the part of the schema that was not satisfied.",
      { code: text, detail: text, schema: text },
      ["schema"],
    ),
    by: { type: "string", description: "Who wished it, where a person did." },
  },
  ["request", "transform", "lookups", "status", "answer", "error", "by"],
);
export type Attempt = FromSchema<typeof attempt>;

export const listedAttempt = shape("An attempt with what it belongs to.", {
  delivery: text,
  event: text,
  ...ofEvent,
  ...onRoute,
  attempt,
});

export const deliveryDetail = shape(
  "A delivery with its attempts and what the rule made.",
  {
    ...listedDelivery.properties,
    attemptList: list(attempt),
    result: {
      description: "What the rule made last; absent where there was none, or it was larger than 64 KB.",
    },
    resultBytes: count,
    discarded: shape("Who gave it up, when and why.", { by: text, at: time, reason: text }),
    line: shape("Where it waits for others with the same key; a long key is cut.", {
      rule: oneOf(...LINE_RULES),
      key: text,
    }),
    batch: { type: "string", description: "The first delivery of the batch that it went with." },
    supersededBy: { type: "string", description: "The newer delivery that took its place." },
  },
  [...MAY_LACK, "result", "resultBytes", "discarded", "line", "batch", "supersededBy"],
);
export type DeliveryDetail = FromSchema<typeof deliveryDetail>;

export const eventState = oneOf("quarantined", "unrouted", "open", "settled");

export const listedEvent = shape(
  "An accepted request.",
  {
    id: text,
    ...ofEvent,
    receivedAt: time,
    state: eventState,
    bytes: count,
    deliveries: list(listedDelivery),
    replayOf: { type: "string", description: "The event whose body a person edited to make this one." },
  },
  ["replayOf"],
);
export type ListedEvent = FromSchema<typeof listedEvent>;

export const matchedRoute = shape("Whether a route takes the event, and why.", {
  ...onRoute,
  matched: flag,
  why: text,
});

export const eventDetail = shape(
  "An event whole: the request, how it was verified, which routes took it, its deliveries with every attempt.",
  {
    ...listedEvent.properties,
    method: text,
    path: text,
    query: map(anything),
    headers: map(text),
    contentType: text,
    body: { description: "As a rule sees it: a JSON value, form fields or text." },
    providerId: { type: "string", description: "The provider's own id of this delivery." },
    verified: shape("How it is known who sent it.", { scheme: text, provider: text }, ["provider"]),
    tags: list(shape("A business key.", { name: text, value: text })),
    duplicates: { type: "integer", minimum: 0, description: "How often it was sent again." },
    duplicateList: {
      ...list(repetition),
      description: "The latest of those times, newest first; at most 20.",
    },
    editedBy: text,
    routes: list(matchedRoute),
    deliveries: list(deliveryDetail),
  },
  ["replayOf", "body", "providerId", "verified", "editedBy"],
);
export type EventDetail = FromSchema<typeof eventDetail>;

export const deadCause = shape(
  "Dead letters that died of the same thing.",
  {
    id: text,
    target: text,
    route: text,
    status: { type: "integer" },
    code: text,
    answer: {
      type: "string",
      description: "The target's answer or the error, without what differs each time.",
    },
    schema: { type: "string", description: "Leads to the part of the schema that was not satisfied." },
    count,
    firstAt: time,
    lastAt: time,
    trend: { type: "array", items: count, description: "Deaths an hour over the last 24, the newest last." },
    sample: { type: "string", description: "One of the deliveries." },
    action: { type: "string", description: "What is usually done about it." },
  },
  ["status", "answer", "schema"],
);
export type DeadCause = FromSchema<typeof deadCause>;

const name = { type: "string", minLength: 1, maxLength: 200 } as const;

/** What lists and replays are narrowed by. */
export const filterProperties = {
  id: { ...name, description: "An event's or a delivery's id." },
  providerId: { ...name, maxLength: 500, description: "The provider's own id of the delivery." },
  source: name,
  type: name,
  route: name,
  target: name,
  state: name,
  status: { type: "integer", minimum: 100, maximum: 599, description: "HTTP status of the last answer." },
  code: { ...name, description: "Code of the last error." },
  cause: { ...name, description: "A group of dead letters." },
  tag: {
    type: "string",
    pattern: "^[a-zA-Z][\\w-]{0,31}:[\\s\\S]",
    maxLength: 500,
    description: "A business key: `name:value`.",
  },
  from: { ...time, description: "Received at this time or later." },
  to: { ...time, description: "Received at this time or earlier." },
} as const;

export const filter = shape(
  "What to take.",
  filterProperties,
  Object.keys(filterProperties) as readonly (keyof typeof filterProperties)[],
);
export type Filter = FromSchema<typeof filter>;

export const wholeEvent = shape("An event as rules see it.", {
  id: text,
  ...ofEvent,
  receivedAt: time,
  headers: map(text),
  query: map(anything),
  method: text,
  path: text,
  body: anything,
});
export type WholeEvent = FromSchema<typeof wholeEvent>;

export const bodyPage = page(wholeEvent);
export const eventPage = page(listedEvent);
export const deliveryPage = page(listedDelivery);
export const attemptPage = page(listedAttempt);
