/** The shape of a route's coverage on live traffic. */
import type { FromSchema } from "json-schema-to-ts";
import { count, list, number, oneOf, shape, text } from "./shape.ts";

export const liveCoverage = shape(
  "Which parts of a route's expressions ran on live traffic, over all processes, as long as their texts stay the same.",
  {
    oneIn: { ...count, description: "One delivery in so many is counted; 0: none is." },
    samples: { ...count, description: "Deliveries that were counted." },
    rules: list(
      shape("An expression: how much of it ran, and what never did.", {
        kind: oneOf("transform", "when"),
        file: text,
        ...{ percent: number, parts: count, partsRan: count, arms: count, armsRan: count },
        gaps: list(
          shape("A part or an arm that never ran, in words.", { line: count, column: count, what: text }),
        ),
      }),
    ),
  },
);
export type LiveCoverageState = FromSchema<typeof liveCoverage>;
