/** How much a target is sent at a time: the keys of its file that say so, and what they come to in the store's units. Pure. */
import type { FromSchema, JSONSchema } from "json-schema-to-ts";

const rate = {
  count: { type: "integer", minimum: 1, description: "So many attempts …" },
  perSeconds: {
    type: "number",
    exclusiveMinimum: 0,
    maximum: 86400,
    description: "… in so many seconds, over all processes.",
  },
} as const;

/** Of `concurrency`. */
export const concurrencySchema = {
  anyOf: [
    { type: "integer", minimum: 1, maximum: 1000 },
    {
      type: "object",
      additionalProperties: false,
      required: ["min", "max"],
      properties: {
        min: {
          type: "integer",
          minimum: 1,
          maximum: 1000,
          description: "Never fewer; it begins with so many.",
        },
        max: { type: "integer", minimum: 1, maximum: 1000, description: "Never more." },
      },
    },
  ],
  default: 10,
  description:
    "Attempts at the same time, over all processes. With `min` and `max` the number adapts itself: one more for each round of successes, half as many after a 429, a 503 or a timeout.",
  examples: [10, { min: 1, max: 50 }],
} as const satisfies JSONSchema;

/** Of `limit`. */
export const limitSchema = {
  type: "object",
  additionalProperties: false,
  required: ["count", "perSeconds"],
  properties: {
    ...rate,
    burst: {
      type: "integer",
      minimum: 1,
      description:
        "So many may go at once after a pause; in no `perSeconds` go more than `count` and this, less one. By default 1, and one more for each 50 of `count`.",
    },
  },
  description:
    "Rate limit of the API. What is above it waits; attempts are spread evenly, never bunched at the beginning of a second.",
  examples: [{ count: 50, perSeconds: 1 }],
} as const satisfies JSONSchema;

/** Of `advice`. */
export const adviceSchema = {
  type: "object",
  additionalProperties: false,
  default: {},
  properties: {
    heed: {
      type: "boolean",
      default: true,
      description:
        "With a 429 or 503 that says `Retry-After`, with `RateLimit` or `X-RateLimit-*` that say that nothing remains, and with a bare 429, the target is left alone, by all its deliveries in all processes; none of them uses up an attempt.",
    },
    maxSeconds: {
      type: "number",
      minimum: 0,
      maximum: 86400,
      default: 3600,
      description: "Never for longer than this at a time, whatever the target says.",
    },
  },
  description: "What the target's own headers say of when it may be called again.",
} as const satisfies JSONSchema;

/** Of `breaker`. */
export const breakerSchema = {
  type: "object",
  additionalProperties: false,
  properties: {
    failureRate: {
      type: "number",
      exclusiveMinimum: 0,
      maximum: 1,
      default: 0.5,
      description:
        "It opens when this part of the attempts failed: 5xx, no answer in time, no connection. 4xx are answers; 429 is what `advice` is for.",
    },
    slowSeconds: {
      type: "number",
      exclusiveMinimum: 0,
      maximum: 300,
      description: "An answer that took so long is slow. Without it slowness opens nothing.",
    },
    slowRate: {
      type: "number",
      exclusiveMinimum: 0,
      maximum: 1,
      default: 0.8,
      description: "It opens too when this part of the attempts was slow.",
    },
    minimum: {
      type: "integer",
      minimum: 1,
      maximum: 10000,
      default: 20,
      description: "Fewer attempts than this within `windowSeconds` say nothing.",
    },
    windowSeconds: {
      type: "number",
      minimum: 1,
      maximum: 3600,
      default: 60,
      description: "Attempts that ended so long ago still count.",
    },
    openSeconds: {
      type: "number",
      exclusiveMinimum: 0,
      maximum: 86400,
      default: 30,
      description: "So long nothing is sent before it is probed.",
    },
    probes: {
      type: "integer",
      minimum: 1,
      maximum: 100,
      default: 3,
      description:
        "So many deliveries are sent as probes; when all get through it closes, else it stays open.",
    },
    drain: {
      type: "object",
      additionalProperties: false,
      required: ["count", "perSeconds"],
      properties: rate,
      default: { count: 50, perSeconds: 1 },
      description: "How fast what was held goes out after it has closed, until nothing waits any more.",
    },
  },
  description:
    "A circuit breaker, shared by all processes: while it is open the target's deliveries are held, and none of them uses up an attempt. Without this key there is none; `breaker: {}` has the defaults.",
  examples: [{}, { failureRate: 0.3, slowSeconds: 5, openSeconds: 60 }],
} as const satisfies JSONSchema;

/** Evenly spread attempts: one in `intervalMs`, and as many early as come to `toleranceMs`. */
export interface Pace {
  readonly intervalMs: number;
  readonly toleranceMs: number;
}

/** A breaker, in ms. */
export interface Breaker {
  readonly failureRate: number;
  readonly slowRate: number;
  /** Absent where slowness opens nothing. */
  readonly slowMs?: number;
  readonly minimum: number;
  readonly windowMs: number;
  readonly openMs: number;
  readonly probes: number;
  /** After so long probes that nobody heard of again are sent anew. */
  readonly probeMs: number;
  readonly drain: Pace;
}

/** How much a target is sent at a time. */
export interface Flow {
  /** Attempts at once, over all processes. */
  readonly most: number;
  /** Where their number adapts itself: never fewer. */
  readonly least?: number;
  readonly limit?: Pace;
  /** Whether the target's headers are heeded, and for how long at most. */
  readonly heed: boolean;
  readonly heedMs: number;
  readonly breaker?: Breaker;
}

/** The keys of a target's file that say how much it is sent. */
export interface FlowKeys {
  readonly concurrency: FromSchema<typeof concurrencySchema>;
  readonly limit?: FromSchema<typeof limitSchema>;
  readonly advice?: FromSchema<typeof adviceSchema>;
  readonly breaker?: FromSchema<typeof breakerSchema>;
  readonly timeoutSeconds?: number;
}

/** Longer than an attempt takes: by then its process is dead, and the sweep has found what it left behind. */
const LOST_MS = 15_000;
/** One more at once for each so many of a limit: makes good for timers that are late. */
const COUNT_A_BURST = 50;

/** What the keys come to. */
export function flowOf({ concurrency, limit, advice, breaker, timeoutSeconds = 300 }: FlowKeys): Flow {
  const adapts = typeof concurrency !== "number";
  return {
    most: adapts ? concurrency.max : concurrency,
    ...(adapts && { least: Math.min(concurrency.min, concurrency.max) }),
    ...(limit && { limit: paceOf(limit) }),
    heed: advice?.heed ?? true,
    heedMs: (advice?.maxSeconds ?? 3600) * 1000,
    ...(breaker && { breaker: breakerOf(breaker, timeoutSeconds) }),
  };
}

function paceOf({ count, perSeconds, burst }: FromSchema<typeof limitSchema>): Pace {
  const intervalMs = (perSeconds * 1000) / count;
  const atOnce = burst ?? 1 + Math.floor(count / COUNT_A_BURST);
  return { intervalMs, toleranceMs: (atOnce - 1) * intervalMs };
}

function breakerOf(breaker: FromSchema<typeof breakerSchema>, timeoutSeconds: number): Breaker {
  const { failureRate, slowRate, slowSeconds, minimum, windowSeconds, openSeconds, probes, drain } = breaker;
  return {
    ...{ failureRate, slowRate, minimum, probes },
    ...(slowSeconds !== undefined && { slowMs: slowSeconds * 1000 }),
    windowMs: windowSeconds * 1000,
    openMs: openSeconds * 1000,
    probeMs: timeoutSeconds * 1000 + LOST_MS,
    drain: paceOf(drain),
  };
}
