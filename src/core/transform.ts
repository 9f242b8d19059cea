/** A transform: a payload in one schema becomes a payload in another. The format of `transforms/<name>.yaml`. */
import type { FromSchema, JSONSchema } from "json-schema-to-ts";
import { budgetsSchema } from "./budgets.ts";

const event = {
  type: "object",
  additionalProperties: false,
  properties: {
    body: { description: "The event's body." },
    type: { type: "string" },
    headers: { type: "object", additionalProperties: { type: "string" } },
    query: { type: "object", additionalProperties: { type: "string" } },
    source: { type: "string" },
    id: {
      type: "string",
      description: "Seeds `$uuid()` and `$random()`; the same for all cases where it is left out.",
    },
    receivedAt: {
      type: "string",
      format: "date-time",
      description: "What `$now()` and `$millis()` are; 2026-01-01T00:00:00Z where it is left out.",
    },
  },
} as const;

/** The file's JSON Schema. The expression itself stands beside it in `transforms/<name>.jsonata`. */
export const transformSchema = {
  title: "transform",
  description:
    "Input schema, output schema and cases of `transforms/<name>.jsonata`, each of them optional. In the expression `$` is the body and `$event` the rest.",
  type: "object",
  additionalProperties: false,
  properties: {
    input: {
      type: "string",
      minLength: 1,
      description: "Schema that the body must satisfy before the rule runs.",
    },
    output: {
      type: "string",
      minLength: 1,
      description: "Schema that the result must satisfy before it is sent.",
    },
    budgets: {
      ...budgetsSchema,
      description:
        "What one evaluation may take where the defaults, or those of SIGNALBOX_RULE_BUDGETS, are not enough. Counted, not timed.",
    },
    cases: {
      type: "array",
      default: [],
      description: "Examples that `signalbox test` runs.",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["name"],
        properties: {
          name: { type: "string", minLength: 1 },
          given: { description: "The event's body." },
          file: {
            type: "string",
            minLength: 1,
            description: "A JSON file with the event's body, relative to this file.",
          },
          event: { ...event, description: "The event's body with type, headers and the rest." },
          enrich: {
            type: "object",
            description: "What the route's lookups have brought, by name: `$enrich` in the rule.",
          },
          route: {
            type: "string",
            minLength: 1,
            description:
              "Run this route's `when` first; without it, that of the only route that uses the transform.",
          },
          expect: { description: "The result." },
          expectFile: {
            type: "string",
            minLength: 1,
            description: "A JSON file with the result, relative to this file.",
          },
          filtered: { const: true, description: "The route's `when` is not true." },
          error: { type: "string", minLength: 1, description: "The code of the error that is expected." },
          assert: {
            type: "array",
            minItems: 1,
            items: { type: "string", minLength: 1 },
            description:
              "JSONata expressions that must all be true: `$` is the body, `$output` the result, `$event` the rest. Alone, or beside `expect` or `expectFile`.",
            examples: [["$output.total = $sum(items.price)", "$count($output.lines) = $count(items)"]],
          },
        },
        allOf: [
          { oneOf: [{ required: ["given"] }, { required: ["file"] }, { required: ["event"] }] },
          {
            oneOf: [
              { required: ["expect"] },
              { required: ["expectFile"] },
              { required: ["filtered"] },
              { required: ["error"] },
              {
                required: ["assert"],
                not: { anyOf: [{ required: ["expect"] }, { required: ["expectFile"] }] },
              },
            ],
          },
        ],
      },
    },
  },
} as const satisfies JSONSchema;

/** A transform's YAML file with its defaults filled in. */
export type TransformFile = FromSchema<typeof transformSchema>;
