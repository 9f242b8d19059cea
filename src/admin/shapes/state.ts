/** How the router is: overview, targets, sources, routes, rules, metrics, balance, settings, as the API shows them. */
import type { FromSchema } from "json-schema-to-ts";
import { deadCause, listedEvent } from "./deliveries.ts";
import { count, flag, list, map, ms, number, oneOf, shape, text, time } from "./shape.ts";

const classes = map(count);

export const quantiles = shape("Milliseconds.", { p50: ms, p95: ms, p99: ms });

export const pause = shape("Who paused it, when and why.", { by: text, at: time, reason: text });

export const breakerState = shape(
  "A circuit breaker that is not closed. `open`: nothing is sent before `nextProbeAt`; `probing`: a few are; `draining`: it has closed, and what was held goes out at a rate.",
  {
    state: oneOf("open", "probing", "draining"),
    since: time,
    nextProbeAt: time,
    reason: { type: "string", description: "What opened it." },
  },
  ["nextProbeAt", "reason"],
);

export const targetState = shape(
  "A target: one verdict, with the reason and since when.",
  {
    name: text,
    verdict: oneOf("fine", "idle", "slow", "limited", "failing", "breaker-open", "paused", "no-workers"),
    reason: text,
    since: time,
    paused: pause,
    breaker: breakerState,
    limitedUntil: {
      type: "string",
      format: "date-time",
      description: "It asked to be left alone until then.",
    },
    limitedBy: { type: "string", description: "By which of its headers." },
    waiting: { type: "integer", minimum: 0, description: "In the queue, to be taken as soon as possible." },
    retrying: {
      type: "integer",
      minimum: 0,
      description: "Waiting for their next attempt, or for their time.",
    },
    active: count,
    open: { type: "integer", minimum: 0, description: "By the record: everything that is not at its end." },
    dead: count,
    oldestAt: {
      type: "string",
      format: "date-time",
      description: "When the oldest undelivered one was received.",
    },
    perMinute: { type: "number", description: "Attempts a minute, over the last five." },
    drainSeconds: { type: "number", description: "Until what waits is gone, at the present rate." },
    attempts: { ...classes, description: "Over the last 15 minutes, by class." },
    wait: quantiles,
    run: quantiles,
    url: { type: "string", description: "Host and path, without credentials." },
    file: { type: "string", description: "In the workspace." },
    concurrency: {
      ...count,
      description: "Attempts at once, over all processes; at present, where it adapts.",
    },
    adaptive: shape("Between what bounds it adapts.", { min: count, max: count }),
    limit: shape("So many attempts in so many seconds.", { count, perSeconds: number }),
    timeoutSeconds: number,
    retry: shape("How it is tried again.", {
      attempts: count,
      firstDelaySeconds: number,
      maxDelaySeconds: number,
    }),
    routes: list(text),
  },
  [
    "since",
    "paused",
    "breaker",
    "limitedUntil",
    "limitedBy",
    "oldestAt",
    "drainSeconds",
    "adaptive",
    "limit",
    "wait",
    "run",
  ],
);
export type TargetState = FromSchema<typeof targetState>;

export const targetList = shape("All targets, the one whose oldest delivery has waited longest first.", {
  items: list(targetState),
});

export const resumed = shape(
  "A target that goes on, and the pause that was.",
  {
    target: text,
    was: pause,
    released: { ...flag, description: "Its breaker was open, or it had asked to be left alone." },
  },
  ["was", "released"],
);

export const sourceState = shape(
  "A source and what came in over the last hour.",
  {
    name: text,
    provider: text,
    scheme: text,
    file: text,
    path: { type: "string", description: "Where its webhooks are posted; the router's own has none." },
    schedule: {
      type: "string",
      description: "When it ticks, where it is a clock and nothing is posted to it.",
    },
    nextAt: { ...time, description: "Its next tick." },
    routes: list(text),
    accepted: count,
    duplicates: count,
    refused: map(count),
    lastAt: time,
  },
  ["provider", "file", "path", "lastAt", "schedule", "nextAt"],
);
export type SourceState = FromSchema<typeof sourceState>;

export const routeState = shape(
  "A route and what went over it in the last hour.",
  {
    name: text,
    source: text,
    on: list(text),
    ...{ when: text, transform: text, shadow: text, canary: text, target: text, file: text },
    version: { type: "string", description: "Of its `on`, `when`, rule and schemas: see /versions." },
    revision: text,
    perMinute: number,
    ...{ delivered: count, failed: count, filtered: count, deviated: count },
  },
  ["when", "transform", "shadow", "canary", "revision"],
);
export type RouteState = FromSchema<typeof routeState>;

export const rule = shape(
  "A transform: its expression, schemas and cases.",
  {
    ...{ name: text, revision: text, file: text },
    text: { type: "string", description: "The JSONata expression." },
    input: text,
    output: text,
    cases: count,
    routes: list(text),
  },
  ["input", "output"],
);
export type Rule = FromSchema<typeof rule>;

export const workerState = shape("A process of the router, as it last reported.", {
  id: text,
  role: oneOf("all", "ingest", "worker"),
  host: text,
  pid: count,
  startedAt: time,
  seenAt: time,
  progressAt: time,
  revision: { type: "string", description: "Of the rules that it runs." },
  loopLagMs: ms,
  memoryBytes: count,
  active: count,
});
export type WorkerState = FromSchema<typeof workerState>;

export const point = shape(
  "What happened in one step of time.",
  {
    at: time,
    accepted: count,
    duplicates: count,
    refused: count,
    attempts: classes,
    wait: quantiles,
    run: quantiles,
  },
  ["wait", "run"],
);
export type Point = FromSchema<typeof point>;

export const metrics = shape("Counts over time.", { stepSeconds: count, points: list(point) });
export type Metrics = FromSchema<typeof metrics>;

export const balanceRow = shape(
  "An hour of a source: what came in, and what became of it. Deliveries made = the sum of their states.",
  {
    hour: time,
    source: text,
    events: count,
    duplicates: count,
    refused: map(count),
    unrouted: count,
    quarantined: count,
    made: { type: "integer", minimum: 0, description: "Deliveries." },
    delivered: count,
    filtered: count,
    pending: { type: "integer", minimum: 0, description: "Waiting, being attempted or to be tried again." },
    held: count,
    dead: count,
    discarded: count,
    superseded: count,
    deviated: { ...count, description: "Answered, but not as the route expects." },
    recounted: {
      type: "integer",
      minimum: 0,
      description: "Deliveries found in the history by counting its rows; absent where it was not counted.",
    },
    balanced: flag,
    difference: { type: "integer", description: "What is missing (or too much, below 0)." },
  },
  ["recounted"],
);
export type BalanceRow = FromSchema<typeof balanceRow>;

export const balance = shape("In against out.", { hours: list(balanceRow), balanced: flag });
export type Balance = FromSchema<typeof balance>;

export const storeState = shape(
  "The store.",
  {
    kind: text,
    describe: text,
    reachable: flag,
    durability: { type: "string", description: "When a sender is answered, and what a power cut can take." },
    usedBytes: count,
    maxBytes: count,
    warnings: list(text),
    history: shape(
      "The searchable history.",
      { events: count, bytes: count, segments: count, oldestAt: time },
      ["oldestAt"],
    ),
  },
  ["usedBytes", "maxBytes"],
);
export type StoreState = FromSchema<typeof storeState>;

export const overview = shape("Is anything wrong, since when, whose fault?", {
  at: time,
  version: text,
  revision: text,
  targets: list(targetState),
  sources: list(sourceState),
  workers: list(workerState),
  store: storeState,
  points: { ...list(point), description: "The last 60 minutes." },
  retriesDue: list(shape("So many retries fire up to this time.", { at: time, count })),
  deadLetters: count,
  stoppedLines: { ...count, description: "Ordered lines that a dead letter stops." },
  latestEvents: { ...list(listedEvent), description: "The eight newest." },
  latestCauses: { ...list(deadCause), description: "Of dead letters: the five that struck last." },
  balance,
});
export type Overview = FromSchema<typeof overview>;

