/** Sources, routes, rules and schemas of the loaded workspace as the API's shapes. */
import type { FromSchema } from "json-schema-to-ts";
import { isFields } from "../core/schema-walk.ts";
import type { Route, Schema, Source, Transform, Workspace } from "../rules/workspace.ts";
import type { ruleDetail, schemaSummary } from "./shapes/catalogue.ts";
import type { RouteState, Rule, SourceState } from "./shapes/state.ts";
import type { Arrivals, RouteTraffic } from "./watched.ts";

const SILENT: Arrivals = { accepted: 0, duplicates: 0, refused: {} };

export function shownSource(
  { name, provider, scheme, file }: Source,
  routes: readonly Route[],
  came: ReadonlyMap<string, Arrivals>,
): SourceState {
  const { accepted, duplicates, refused, lastAt } = came.get(name) ?? SILENT;
  return {
    name,
    ...(provider !== undefined && file.provider !== undefined && { provider: file.provider }),
    scheme: scheme.kind,
    file: `sources/${name}.yaml`,
    path: `/hooks/${name}`,
    routes: routes.map((route) => route.name),
    ...{ accepted, duplicates, refused },
    ...(lastAt !== undefined && { lastAt }),
  };
}

const NOTHING: RouteTraffic = { perMinute: 0, delivered: 0, failed: 0, filtered: 0 };

export function shownRoute(
  { name, file, transform, target }: Route,
  went: ReadonlyMap<string, RouteTraffic>,
): RouteState {
  const { perMinute, delivered, failed, filtered } = went.get(name) ?? NOTHING;
  return {
    name,
    source: file.source,
    on: [...file.on],
    ...(file.when !== undefined && { when: file.when }),
    ...(transform !== undefined && { transform: transform.name, revision: transform.revision }),
    target: target.name,
    file: `routes/${name}.yaml`,
    ...{ perMinute, delivered, failed, filtered },
  };
}

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
    caseList: cases.map(({ name, file, line, expected }) => ({ name, file, line, expects: expected.kind })),
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
