/** What the workspace and the API themselves look like: rules whole, schemas, health, and the problem that every refusal is. */
import type { FromSchema } from "json-schema-to-ts";
import { anything, count, flag, list, map, oneOf, shape, text } from "./shape.ts";
import { deadCause } from "./deliveries.ts";
import { settingRow } from "./settings.ts";
import { routeState, rule, sourceState } from "./state.ts";

/** RFC 9457. */
export const problem = {
  type: "object",
  description: "What went wrong, and how to mend it (RFC 9457, application/problem+json).",
  properties: {
    type: { type: "string", description: "The page of the code." },
    title: text,
    status: { type: "integer" },
    code: { type: "string", description: "Of the table of errors; it never changes its meaning." },
    detail: text,
    fix: text,
    schema: {
      type: "string",
      description: "The page of that part of the schema which was not satisfied.",
    },
  },
  required: ["type", "title", "status", "code", "detail", "fix"],
} as const;
export type Problem = FromSchema<typeof problem>;

export const health = shape("It is alive.", { ok: flag, version: text });

export const readiness = shape("Is everything there that serving needs?", {
  ok: flag,
  checks: map(shape("One thing that is needed.", { ok: flag, detail: text })),
});

export const fileProblem = shape("A problem of the workspace's files.", {
  file: { type: "string", description: "Relative to the workspace." },
  line: count,
  column: count,
  code: text,
  severity: oneOf("error", "warning"),
  message: text,
  fix: text,
});

export const reloaded = shape("What became of reading the workspace again.", {
  state: {
    ...oneOf("changed", "unchanged", "refused"),
    description: "`refused`: the files have errors, and the rules that were in force stay.",
  },
  revision: { type: "string", description: "Of the rules in force now." },
  was: { type: "string", description: "Of those before." },
  problems: list(fileProblem),
});
export type ReloadedShape = FromSchema<typeof reloaded>;

export const schemaSummary = shape(
  "A schema of the workspace.",
  {
    name: text,
    title: text,
    description: text,
    page: { type: "string", description: "Where it is shown part by part." },
    usedBy: { ...list(text), description: "Transforms and sources that check by it." },
  },
  ["title", "description"],
);
export const schemaDetail = shape("A schema whole.", { ...schemaSummary.properties, schema: anything }, [
  "title",
  "description",
]);

export const ruleCase = shape("A case that `signalbox test` runs.", {
  name: text,
  file: text,
  line: count,
  expects: oneOf("result", "filtered", "error"),
});
export const ruleDetail = shape(
  "A transform whole: its expression, schemas and cases.",
  { ...rule.properties, inputSchema: anything, outputSchema: anything, caseList: list(ruleCase) },
  ["input", "output", "inputSchema", "outputSchema"],
);

export const sources = shape("The sources of the workspace.", { items: list(sourceState) });
export const routes = shape("The routes of the workspace.", { items: list(routeState) });
export const rules = shape("The transforms of the workspace.", { items: list(rule) });
export const schemas = shape("The schemas of the workspace.", { items: list(schemaSummary) });
export const deadCauses = shape("Dead letters by what they died of, the latest death first.", {
  items: list(deadCause),
});
export const settings = shape("Settings as they are in force.", { items: list(settingRow) });
