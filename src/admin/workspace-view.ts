/** Sources, routes, rules and schemas of the loaded workspace as the API's shapes. */
import type { FromSchema } from "json-schema-to-ts";
import { isFields } from "../core/schema-walk.ts";
import type { Route, Schema, Transform, Workspace } from "../rules/workspace.ts";
import type { ruleDetail, schemaSummary } from "./shapes/catalogue.ts";
import type { RouteState, Rule, SourceState } from "./shapes/state.ts";
import type { RouteTraffic, Watched } from "./watched.ts";

/** The sources with what came in within this hour of the clock. */
export async function sourceStates({
  workspace,
  history,
}: Pick<Watched, "workspace" | "history">): Promise<SourceState[]> {
  const hours = await history.balance(1);
  const latest = hours.reduce((last, { hour }) => (hour > last ? hour : last), "");
  const { sources, routesOf } = workspace();
  return Promise.all(
    [...sources.values()].map(async ({ name, provider, scheme, file }) => {
      const now = hours.filter(({ hour, source }) => hour === latest && source === name);
      const [last] = (await history.events({ source: name, limit: 1 })).items;
      return {
        name,
        ...(provider !== undefined && { provider: file.provider ?? "" }),
        scheme: scheme.kind,
        file: `sources/${name}.yaml`,
        path: `/hooks/${name}`,
        routes: routesOf(name).map((route) => route.name),
        accepted: sum(now.map(({ events }) => events)),
        duplicates: sum(now.map(({ duplicates }) => duplicates)),
        refused: merged(now.map(({ refused }) => refused)),
        ...(last !== undefined && { lastAt: last.receivedAt }),
      };
    }),
  );
}

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

function merged(maps: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const all: Record<string, number> = {};
  for (const map of maps)
    for (const [name, count] of Object.entries(map)) all[name] = (all[name] ?? 0) + count;
  return all;
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
