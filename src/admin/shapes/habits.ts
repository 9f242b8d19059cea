/** What is usual of a source, as the API shows it. */
import type { FromSchema } from "json-schema-to-ts";
import { count, flag, list, number, oneOf, shape, text, time } from "./shape.ts";

export const drift = shape("A change of the bodies of a source and type, without a value.", {
  path: { type: "string", description: "A JSON Pointer with `*` for items and for names that are data." },
  what: oneOf("new", "gone", "retyped", "out-of-enum"),
  from: text,
  to: text,
  event: { type: "string", description: "The first event with it." },
  at: time,
  rules: { ...list(text), description: "Expressions that read the path." },
});

export const habits = shape("What is usual of a source: when it calls, and how its bodies look.", {
  source: text,
  cadence: shape(
    "When it calls.",
    {
      learning: { ...flag, description: "Less than a week is known of it: no silence is unusual." },
      knownHours: count,
      perHour: { ...list(number), description: "Events by hour of the week, UTC, from Thursday 0:00." },
      lastAt: {
        ...time,
        description:
          "When it called last, to the minute; to the hour, where that is more than three hours ago.",
      },
      missing: { type: "number", description: "Events that were to be expected since it called last." },
      limit: { type: "number", description: "So many must be missing for a silence to be unusual." },
      silentSince: { ...time, description: "It is silent, and that is unusual." },
    },
    ["lastAt", "silentSince"],
  ),
  types: list(
    shape("How the bodies of a type look.", {
      type: text,
      samples: count,
      fields: list(shape("A field.", { path: text, kinds: list(text), seen: count, always: flag })),
      drifts: list(drift),
    }),
  ),
});
export type Habits = FromSchema<typeof habits>;
