/** Shapes for those who write rules on the page: what a rule makes of a body, a patch for git, and what completion knows of a schema. */
import type { FromSchema } from "json-schema-to-ts";
import { anything, count, flag, list, ms, oneOf, shape, text } from "./shape.ts";

export const playground = shape(
  "What a rule makes of a body.",
  {
    result: anything,
    problems: list(
      shape(
        "A problem of the rule, or of what it met.",
        {
          ...{ code: text, message: text, fix: text, line: count, column: count, schema: text },
          severity: {
            ...oneOf("warning"),
            description: "It may fail for some other body; without it, something is wrong.",
          },
        },
        ["fix", "line", "column", "schema", "severity"],
      ),
    ),
    filtered: flag,
    milliseconds: ms,
  },
  ["result"],
);
export type Playground = FromSchema<typeof playground>;

export const playgroundPatch = shape(
  "A patch of the workspace's files, for `git apply`; empty where nothing changes. What was taken out of the case's body is listed.",
  { patch: text, taken: list(shape("What was taken out.", { path: text, kind: text })) },
);
export type PlaygroundPatch = FromSchema<typeof playgroundPatch>;

export const schemaFields = shape("The fields that a schema names, for completion.", {
  items: list(
    shape("A field: its keys from the outermost, `*` for the items of a list.", {
      ...{ keys: list(text), type: text, required: flag },
    }),
  ),
});
export type SchemaFields = FromSchema<typeof schemaFields>;
