/** Shapes for those who write rules on the page: a patch for git, and what completion knows of a schema. */
import type { FromSchema } from "json-schema-to-ts";
import { flag, list, shape, text } from "./shape.ts";

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
