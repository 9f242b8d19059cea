/** A route: which events of a source are rewritten by which transform and go to which target. `routes/<name>.yaml`. */
import type { FromSchema, JSONSchema } from "json-schema-to-ts";
import { lineSchemas } from "./line.ts";
import { canarySchema, shadowSchema } from "./canary.ts";
import { gateSchema } from "./gate.ts";
import { expectSchema } from "./expectation.ts";
import { enrichSchema } from "./lookup.ts";
import { tagsSchema } from "./tags.ts";
import { timingSchemas } from "./timing.ts";

/** The file's JSON Schema. */
export const routeSchema = {
  title: "route",
  description: "Which events of a source are rewritten by which transform and go to which target.",
  type: "object",
  additionalProperties: false,
  required: ["source", "target"],
  properties: {
    source: { type: "string", minLength: 1, description: "Name of a file in `sources/`." },
    on: {
      type: "array",
      items: { type: "string", minLength: 1 },
      minItems: 1,
      default: ["*"],
      description: "Event types, with `*` wildcards; matched when the event is accepted.",
      examples: [["push"], ["invoice.*"]],
    },
    when: {
      type: "string",
      minLength: 1,
      description: "JSONata over the body. Anything but `true`: the event is filtered, and counted.",
      examples: ['ref = "refs/heads/main"'],
    },
    enrich: enrichSchema,
    transform: {
      type: "string",
      minLength: 1,
      description: "Name of a pair of files in `transforms/`; without it the body goes on unchanged.",
    },
    shadow: shadowSchema,
    canary: canarySchema,
    target: { type: "string", minLength: 1, description: "Name of a file in `targets/`." },
    gate: gateSchema,
    ...timingSchemas,
    expect: expectSchema,
    tags: tagsSchema,
    ...lineSchemas,
  },
} as const satisfies JSONSchema;

/** A route file with its defaults filled in. */
export type RouteFile = FromSchema<typeof routeSchema>;

/** True when an event's type fits one of the patterns: `*` stands for any run of characters. */
export function matchesType(patterns: readonly string[], type: string): boolean {
  return patterns.some((pattern) => matchesPattern(pattern, type));
}

/** Greedy wildcard match in linear time: each part between two `*` is found leftmost, the last one at the end. */
function matchesPattern(pattern: string, type: string): boolean {
  if (pattern === "*" || pattern === type) return true;
  const parts = pattern.split("*");
  const first = parts[0]!;
  const last = parts[parts.length - 1]!;
  if (parts.length === 1 || !type.startsWith(first)) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = type.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return type.length - last.length >= at && type.endsWith(last);
}
