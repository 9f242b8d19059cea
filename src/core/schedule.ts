/** A schedule: a source that is no caller but a clock. Its format, and when it ticks. The one file that knows croner. */
import { Cron } from "croner";
import type { FromSchema, JSONSchema } from "json-schema-to-ts";

/** The key's JSON Schema. */
export const scheduleSchema = {
  type: "object",
  additionalProperties: false,
  oneOf: [{ required: ["cron"] }, { required: ["everySeconds"] }],
  properties: {
    cron: {
      type: "string",
      minLength: 1,
      description:
        "Five fields (minute, hour, day of the month, month, day of the week), or six with seconds before them.",
      examples: ["0 7 * * mon-fri", "*/10 * * * *"],
    },
    timeZone: {
      type: "string",
      minLength: 1,
      default: "UTC",
      description: "In which `cron` is read, by its name in the IANA database; summer time included.",
      examples: ["Europe/Berlin"],
    },
    everySeconds: {
      type: "integer",
      minimum: 1,
      maximum: 2_678_400,
      description:
        "An interval instead, counted from 1970 on, so that all processes tick at the same moments.",
      examples: [60],
    },
    missed: {
      type: "string",
      enum: ["once", "skip"],
      default: "once",
      description:
        "What becomes of ticks at which no router ran: one event for the latest of them when one runs again, or none.",
    },
    type: { type: "string", minLength: 1, default: "tick", description: "Type of its events." },
    body: {
      description: "Body of its events; without it an object whose `at` is the time of the tick in ISO 8601.",
    },
  },
  description:
    "The source is a clock instead of a caller: one event a tick, over all processes. Nothing can be posted to it.",
} as const satisfies JSONSchema;

/** `schedule` with its defaults filled in. */
export type ScheduleFile = FromSchema<typeof scheduleSchema>;

/** A schedule made ready; times in epoch ms. */
export interface Schedule {
  /** The first tick after a moment; undefined where there is none any more. */
  next(after: number): number | undefined;
  /** The last tick after `since` and not after `now`. */
  latest(since: number, now: number): number | undefined;
  /** "`0 7 * * *` (Europe/Berlin)", "every 60 s". */
  readonly words: string;
}

/** What `schedule` says, made ready. Throws Error for a cron expression that is none, or a time zone that there is not. */
export function scheduleOf({ cron, timeZone, everySeconds = 0 }: ScheduleFile): Schedule {
  if (cron === undefined) return withLatest(interval(everySeconds * 1000), `every ${everySeconds} s`);
  const times = new Cron(cron, { timezone: timeZone, paused: true });
  const next = (after: number): number | undefined => times.nextRun(new Date(after))?.getTime();
  return withLatest(next, `\`${cron}\` (${timeZone})`);
}

/** The body of a tick's event at a time in ISO 8601. */
export function tickBody(body: unknown, at: string): unknown {
  return body ?? { at };
}

function interval(ms: number): Schedule["next"] {
  return (after) => (Math.floor(after / ms) + 1) * ms;
}

/** Looks back by twice as much each time, so that a long absence does not cost a step for each tick in it. */
function withLatest(next: Schedule["next"], words: string): Schedule {
  return {
    words,
    next,
    latest(since, now) {
      for (let back = 1_000; ; back *= 2) {
        const from = Math.max(since, now - back);
        let tick = next(from);
        if (tick !== undefined && tick <= now) {
          for (let later = next(tick); later !== undefined && later <= now; later = next(tick)) tick = later;
          return tick;
        }
        if (from === since) return undefined;
      }
    },
  };
}
