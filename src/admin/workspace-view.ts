/** Rules and schemas of the loaded workspace as the API's shapes. */
import type { FromSchema } from "json-schema-to-ts";
import { isFields, pointerKeys } from "../core/schema-walk.ts";
import { analyse, describe, typeAt, wholeSchema } from "../language/typing/analyse.ts";
import { fieldsOf } from "../rules/schema-fields.ts";
import type { Schema, Transform, Workspace } from "../rules/workspace.ts";
import type { ruleDetail, schemaSummary } from "./shapes/catalogue.ts";
import type { schemaFields } from "./shapes/authoring.ts";
import type { Rule } from "./shapes/state.ts";

export function shownRule(transform: Transform, { routes }: Workspace): Rule {
  const { name, revision, rule, input, output, cases } = transform;
  return {
    name,
    revision,
    file: `transforms/${name}.jsonata`,
    text: rule.source,
    ...(input !== undefined && { input: input.name }),
    ...(output !== undefined && { output: output.name }),
    cases: cases.length,
    routes: [...routes.values()].filter((route) => route.transform?.name === name).map((route) => route.name),
  };
}

export function shownRuleWhole(transform: Transform, workspace: Workspace): FromSchema<typeof ruleDetail> {
  const { input, output, cases } = transform;
  const schemaOf = (name: string | undefined): unknown =>
    name === undefined ? undefined : workspace.schemas.get(name)?.schema;
  const inputSchema = schemaOf(input?.name);
  const outputSchema = schemaOf(output?.name);
  return {
    ...shownRule(transform, workspace),
    ...(inputSchema !== undefined && { inputSchema }),
    ...(outputSchema !== undefined && { outputSchema }),
    caseList: cases.map(({ name, file, line, expected }) => ({
      name,
      file,
      line,
      expects: expected.kind === "any" ? ("result" as const) : expected.kind,
    })),
  };
}

export function shownSchema(
  { name, schema }: Schema,
  { transforms, sources }: Workspace,
): FromSchema<typeof schemaSummary> {
  const { title, description } = isFields(schema) ? schema : {};
  const byTransforms = [...transforms.values()].filter(
    ({ input, output }) => input?.name === name || output?.name === name,
  );
  const bySources = [...sources.values()].filter(({ schemas }) => schemas.some((one) => one.name === name));
  return {
    name,
    ...(typeof title === "string" && { title }),
    ...(typeof description === "string" && { description }),
    page: `/docs/schemas/${encodeURIComponent(name)}`,
    usedBy: [
      ...byTransforms.map((one) => `transforms/${one.name}`),
      ...bySources.map((one) => `sources/${one.name}`),
    ],
  };
}

/** Fields in the order of the schema, each with what it may hold, in words. */
export function shownFields({ schema }: Schema, { schemas }: Workspace): FromSchema<typeof schemaFields> {
  const named = new Map([...schemas.values()].map((one) => [one.name, one.schema]));
  const { makes } = analyse("$", wholeSchema(schema, named), undefined);
  return {
    items: fieldsOf(schema, schemas).map(({ path, required }) => {
      const keys = pointerKeys(path);
      return { keys, required, type: describe({ ...typeAt(makes, keys), nothing: undefined }, 0) };
    }),
  };
}
