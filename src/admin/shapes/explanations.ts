/** Shapes of an explanation: what each route makes of an event, part by part. */
import type { FromSchema } from "json-schema-to-ts";
import { anything, count, flag, list, map, shape, text, time } from "./shape.ts";

const place = { line: count, column: count } as const;

const fault = shape("What went wrong, as a delivery would have it.", { code: text, message: text });

const traced = {
  source: text,
  fault,
  parts: list(
    shape("A part of the expression with its first values, as short JSON.", {
      ...place,
      endLine: count,
      endColumn: count,
      text,
      count: { ...count, description: "How often it was evaluated." },
      values: list(text),
    }),
  ),
  missing: list(shape("Where something was looked for and not found.", { ...place, text, why: text })),
} as const;

const expression = shape("An expression, part by part.", traced, ["fault"]);

const verdict = shape("A schema's verdict: no problem, or sentences.", {
  schema: text,
  problems: list(text),
});

const request = shape(
  "What would be sent, without secrets; `added` are proofs that are made when it is.",
  { method: text, url: text, headers: map(text), body: text, bytes: count, added: list(text) },
  ["body"],
);

export const explainedRoute = shape(
  "What one route makes of the event: `decidedBy` names the clause.",
  {
    route: text,
    target: text,
    transform: text,
    matched: flag,
    decidedBy: text,
    when: shape("The route's condition.", { ...traced, isTrue: flag, why: text }, ["fault", "why"]),
    input: verdict,
    rule: expression,
    output: verdict,
    result: anything,
    fault,
    request,
    requestFault: fault,
  },
  ["transform", "when", "input", "rule", "output", "result", "fault", "request", "requestFault"],
);

export const explainedRule = shape(
  "What each part of a rule, and of its route's condition, yields.",
  {
    when: explainedRoute.properties.when,
    ...{ input: verdict, rule: expression, output: verdict, result: anything, fault },
  },
  ["when", "input", "rule", "output", "result", "fault"],
);
export type ExplainedRule = FromSchema<typeof explainedRule>;

export const explanation = shape(
  "An event explained with the rules as they are now; nothing is stored or sent.",
  { event: text, source: text, type: text, receivedAt: time, revision: text, routes: list(explainedRoute) },
);
export type Explanation = FromSchema<typeof explanation>;
