/** What an edited rule would change, as the API tells it. */
import type { FromSchema } from "json-schema-to-ts";
import { anything, count, list, ms, oneOf, shape, text, time } from "./shape.ts";

const counts = shape("Events by what would become of them; `slower` comes on top of the others.", {
  unchanged: count,
  changed: count,
  newlyMatched: count,
  noLongerMatched: count,
  nowFailing: count,
  mended: count,
  slower: count,
});

const fault = shape(
  "Why nothing would be sent.",
  {
    code: text,
    detail: text,
    schema: shape("The part of the schema that is not satisfied.", { name: text, pointer: text }),
  },
  ["schema"],
);

const milliseconds = shape("Time of an evaluation.", { before: ms, after: ms });

export const impactReport = shape(
  "What would change over events that have come.",
  {
    events: count,
    from: time,
    to: time,
    routes: list(
      shape(
        "A route; versions are absent where there is none.",
        { route: text, before: text, after: text, counts, unjudged: count, milliseconds },
        ["before", "after", "milliseconds"],
      ),
    ),
    counts,
    unjudged: { ...count, description: "Of routes that look things up before their rules run." },
    examples: list(
      shape(
        "An event that stands for `alike` others; its values are redacted.",
        {
          kind: oneOf("changed", "newlyMatched", "noLongerMatched", "nowFailing", "mended", "slower"),
          ...{ route: text, event: text, type: text, alike: count },
          differences: list(
            shape(
              "Where results differ, by JSON Pointer; absent: there is nothing.",
              { path: text, before: anything, after: anything },
              ["before", "after"],
            ),
          ),
          ...{ faultBefore: fault, faultAfter: fault, milliseconds },
        },
        ["faultBefore", "faultAfter", "milliseconds"],
      ),
    ),
  },
  ["from", "to"],
);

export const impactSketched = shape(
  "What an edited rule would change over the latest events of its route's source.",
  {
    problems: list(
      shape(
        "A problem of the rule.",
        { code: text, message: text, fix: text, line: count, column: count, schema: text },
        ["fix", "line", "column", "schema"],
      ),
    ),
    report: impactReport,
  },
  ["report"],
);
export type ImpactSketched = FromSchema<typeof impactSketched>;
