/** Versions of routes, as the API shows them. */
import type { FromSchema } from "json-schema-to-ts";
import { count, flag, list, map, shape, text, time } from "./shape.ts";

export const versionLoad = shape(
  "When a route came to run by a version, newest first.",
  {
    version: text,
    at: time,
    commit: { type: "string", description: "The git commit of the workspace then." },
    edited: { type: "boolean", description: "Files of the workspace were not as the commit has them." },
    inForce: { type: "boolean", description: "The route runs by it now." },
    kept: { type: "boolean", description: "Its texts are there: a delivery can be made by it again." },
  },
  ["commit"],
);
export type VersionLoad = FromSchema<typeof versionLoad>;

export const versionLoads = shape("The versions of a route.", { items: list(versionLoad) });

const parts = {
  version: text,
  route: text,
  source: text,
  on: list(text),
  when: text,
  enrich: { description: "The route's lookups." },
  transform: text,
  rule: { type: "string", description: "The JSONata expression; without one the body goes on as it is." },
  input: text,
  output: text,
  budgets: map(count),
  batches: flag,
} as const;
const MAY_LACK = ["when", "enrich", "transform", "rule", "input", "output", "batches"] as const;

export const versionWhole = shape(
  "Everything by which a route took events and made something of them.",
  { ...parts, schemas: { type: "object", description: "By name, with those that they refer to." } },
  MAY_LACK,
);
export type VersionWhole = FromSchema<typeof versionWhole>;

export const versionsInForce = shape(
  "Everything by which the routes take events and make something of them now.",
  {
    revision: text,
    items: list(shape("A route.", { ...parts, schemas: list(text) }, MAY_LACK)),
    schemas: { type: "object", description: "All that routes name, by their names." },
  },
);
export type VersionsInForce = FromSchema<typeof versionsInForce>;
