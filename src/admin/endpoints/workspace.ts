/** The workspace as it runs: sources, routes, rules, schemas. Never a value of a variable, never a secret. */
import { SignalboxError } from "../../core/errors.ts";
import type { Call, Endpoint } from "../endpoint.ts";
import { schemaFields } from "../shapes/authoring.ts";
import { reloaded, ruleDetail, routes, rules, schemaDetail, schemas, sources } from "../shapes/catalogue.ts";
import { routeState, sourceState } from "../shapes/state.ts";
import { shownFields, shownRule, shownRuleWhole, shownSchema } from "../workspace-view.ts";
import type { Watched } from "../watched.ts";

export function workspaceEndpoints(watched: Watched): readonly Endpoint[] {
  const { workspace, glance, reload } = watched;
  return [
    {
      method: "GET",
      path: "/api/v1/sources",
      tag: "Workspace",
      summary: "Sources, with what came in lately",
      scope: "read",
      reply: sources,
      answer: async () => ({ items: await glance.sources() }),
    },
    {
      method: "GET",
      path: "/api/v1/sources/:name",
      tag: "Workspace",
      summary: "One source",
      scope: "read",
      reply: sourceState,
      answer: async (call) => named(call, "source", await glance.sources()),
    },
    {
      method: "GET",
      path: "/api/v1/routes",
      tag: "Workspace",
      summary: "Routes, with what went over them in the last hour",
      scope: "read",
      reply: routes,
      answer: async () => ({ items: await glance.routes() }),
    },
    {
      method: "GET",
      path: "/api/v1/routes/:name",
      tag: "Workspace",
      summary: "One route",
      scope: "read",
      reply: routeState,
      answer: async (call) => named(call, "route", await glance.routes()),
    },
    {
      method: "GET",
      path: "/api/v1/rules",
      tag: "Workspace",
      summary: "Transforms: expression, schemas, number of cases",
      scope: "read",
      reply: rules,
      answer: () => ({
        items: [...workspace().transforms.values()].map((transform) => shownRule(transform, workspace())),
      }),
    },
    {
      method: "POST",
      path: "/api/v1/rules/reload",
      tag: "Workspace",
      summary: "Reads the files again, in this process: all of them take effect, or none",
      scope: "operate",
      audit: "rules.reloaded",
      withoutStore: true,
      reply: reloaded,
      answer: reload,
    },
    {
      method: "GET",
      path: "/api/v1/rules/:name",
      tag: "Workspace",
      summary: "One transform whole, with its schemas and cases",
      scope: "read",
      reply: ruleDetail,
      answer: (call) =>
        shownRuleWhole(named(call, "transform", [...workspace().transforms.values()]), workspace()),
    },
    {
      method: "GET",
      path: "/api/v1/schemas",
      tag: "Workspace",
      summary: "Schemas of the workspace",
      scope: "read",
      reply: schemas,
      answer: () => ({
        items: [...workspace().schemas.values()].map((schema) => shownSchema(schema, workspace())),
      }),
    },
    {
      method: "GET",
      path: "/api/v1/schemas/:name",
      tag: "Workspace",
      summary: "One schema whole",
      scope: "read",
      reply: schemaDetail,
      answer: (call) => {
        const found = named(call, "schema", [...workspace().schemas.values()]);
        return { ...shownSchema(found, workspace()), schema: found.schema };
      },
    },
    {
      method: "GET",
      path: "/api/v1/schemas/:name/fields",
      tag: "Workspace",
      summary: "The fields that a schema names, with their types",
      scope: "read",
      reply: schemaFields,
      answer: (call) => shownFields(named(call, "schema", [...workspace().schemas.values()]), workspace()),
    },
  ];
}

/** The one of the call's `:name`. Throws ADMIN_NAME_UNKNOWN. */
function named<T extends { readonly name: string }>(
  { parameters }: Call,
  kind: string,
  all: readonly T[],
): T {
  const found = all.find(({ name }) => name === parameters["name"]);
  if (found !== undefined) return found;
  throw new SignalboxError("ADMIN_NAME_UNKNOWN", `There is no ${kind} of this name in the workspace.`);
}
