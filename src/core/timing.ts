/** When deliveries of a route may begin: the format of `delay`, `notBefore` and `quietHours` in `routes/<name>.yaml`. */
import type { FromSchema, JSONSchema } from "json-schema-to-ts";

/** Days as they are written, Sunday first as JavaScript counts them. */
export const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;

/** Nothing waits for longer than this, in ms: a leap year. */
const MAX_WAIT_MS = 366 * 86_400_000;

const time = { type: "string", pattern: "^([01]\\d|2[0-3]):[0-5]\\d$" } as const;

/** The keys' JSON Schemas. */
export const timingSchemas = {
  delay: {
    type: "number",
    exclusiveMinimum: 0,
    maximum: MAX_WAIT_MS / 1000,
    description: "Seconds from the event's receipt to the first attempt.",
    examples: [300],
  },
  notBefore: {
    type: "string",
    minLength: 1,
    description:
      "JSONata over the body for the time of the first attempt: ISO 8601 with an offset, or milliseconds since 1970. A time that is past is now; none, or one more than 366 days ahead, makes a dead letter.",
    examples: ["due_at", "$millis() + 3600000"],
  },
  quietHours: {
    type: "object",
    additionalProperties: false,
    required: ["from", "to"],
    properties: {
      from: { ...time, description: "Local time at which nothing is sent any more.", examples: ["22:00"] },
      to: {
        type: "string",
        pattern: "^(([01]\\d|2[0-3]):[0-5]\\d|24:00)$",
        description: "Local time at which it goes on; one that is not after `from` is the next day's.",
        examples: ["07:00", "24:00"],
      },
      timeZone: {
        type: "string",
        minLength: 1,
        default: "UTC",
        description: "Whose time that is, by its name in the IANA database; summer time included.",
        examples: ["Europe/Berlin"],
      },
      days: {
        type: "array",
        items: { type: "string", enum: DAYS },
        minItems: 1,
        uniqueItems: true,
        description: "Days on which quiet hours begin; every day without it.",
        examples: [["sat", "sun"]],
      },
    },
    description:
      "Hours in which nothing is sent: what falls into them, retries too, waits for their end. A person's replay does not.",
  },
} as const satisfies Record<string, JSONSchema>;

export type QuietHoursFile = FromSchema<typeof timingSchemas.quietHours>;

/** Until when a delivery waits (epoch ms), and a few words that say for what. */
export interface Due {
  readonly at: number;
  readonly because: string;
}

/**
 * The time that a `notBefore` has yielded, epoch ms; otherwise what is wrong with it, as the end of a sentence. A number that
 * can only be seconds is refused, and so is a time without an offset, which is another one on each machine.
 */
export function timeOf(value: unknown, now: number): number | string {
  const at = typeof value === "string" ? parsed(value) : typeof value === "number" ? value : undefined;
  const wanted = "expected a time in ISO 8601 with an offset or milliseconds since 1970";
  if (value === undefined || value === null) return `${wanted}, got nothing`;
  if (at === undefined || !Number.isFinite(at)) {
    if (typeof value !== "string")
      return `${wanted}, got ${Array.isArray(value) ? "a list" : `a value (${typeof value})`}`;
    return `${wanted}, got ${/^\d{4}-\d\d-\d\d/.test(value) ? "a time without an offset, or one that there is not" : "other text"}`;
  }
  if (typeof value === "number" && at > 0 && at < 1e11)
    return `${wanted}, got a number that looks like seconds`;
  if (at > now + MAX_WAIT_MS) return "expected a time within 366 days, got a later one";
  return Math.ceil(at);
}

/** RFC 3339 with any precision; seconds may be missing, the offset may not. A date alone is its first moment in UTC. */
function parsed(text: string): number | undefined {
  const date = /^\d{4}-\d\d-\d\d$/;
  const whole = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:?\d\d)$/;
  if (!date.test(text) && !whole.test(text)) return undefined;
  const plain = text
    .replace(" ", "T")
    .replace(/([+-]\d\d)(\d\d)$/, "$1:$2")
    .toUpperCase();
  const at = Date.parse(plain);
  return Number.isNaN(at) ? undefined : at;
}
