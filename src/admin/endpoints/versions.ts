/** Versions of routes: those in force, those of a route by when they came, and one whole. */
import type { Versions } from "../../adapters/record/versions.ts";
import { SignalboxError } from "../../core/errors.ts";
import { NO_VERSION, type KeptLoad } from "../../core/version.ts";
import { versionTextOf } from "../../rules/versions.ts";
import type { Workspace } from "../../rules/workspace.ts";
import type { Endpoint } from "../endpoint.ts";
import { versionLoads, versionWhole, versionsInForce } from "../shapes/versions.ts";
import type { VersionLoad } from "../shapes/versions.ts";

/** What the endpoints look at. */
export interface Versioned {
  readonly versions: Pick<Versions, "loadsOf" | "read">;
  readonly workspace: () => Workspace;
}

/** GET /versions, /versions/:id and /routes/:name/versions. */
export function versionEndpoints({ versions, workspace }: Versioned): readonly Endpoint[] {
  return [
    {
      method: "GET",
      path: "/api/v1/versions",
      tag: "Workspace",
      summary: "Everything by which the routes take events and make something of them now",
      scope: "read",
      reply: versionsInForce,
      answer: () => inForce(workspace()),
    },
    {
      method: "GET",
      path: "/api/v1/versions/:id",
      tag: "Workspace",
      summary: "One version of a route whole, also of one that is not in force any more",
      scope: "read",
      reply: versionWhole,
      answer: async ({ parameters }) => {
        const id = parameters["id"] ?? "";
        const now = workspace();
        const route = [...now.routes.values()].find(({ version }) => version === id && id !== NO_VERSION);
        const text = route === undefined ? await versions.read(id) : versionTextOf(route, now);
        if (text !== undefined) return { version: id, ...text };
        throw new SignalboxError("ADMIN_NAME_UNKNOWN", "No version of this id is in force or kept.");
      },
    },
    {
      method: "GET",
      path: "/api/v1/routes/:name/versions",
      tag: "Workspace",
      summary: "By which versions a route ran, newest first",
      scope: "read",
      reply: versionLoads,
      answer: async ({ parameters }) => {
        const name = parameters["name"] ?? "";
        const route = workspace().routes.get(name);
        const loads = await versions.loadsOf(name);
        if (route === undefined && loads.length === 0)
          throw new SignalboxError("ADMIN_NAME_UNKNOWN", "There is no route of this name in the workspace.");
        // The newest first: an older one of the same version has ended.
        return { items: loads.map((load, at) => shownLoad(load, at === 0 ? route?.version : undefined)) };
      },
    },
  ];
}

function shownLoad({ version, at, commit, edited, isKept }: KeptLoad, now: string | undefined): VersionLoad {
  return {
    ...{ version, at: new Date(at).toISOString() },
    ...(commit !== undefined && { commit }),
    ...{ edited: edited === true, inForce: version === now, kept: isKept },
  };
}

/** A schema that many routes name is told once. */
function inForce(workspace: Workspace): unknown {
  const schemas: Record<string, unknown> = {};
  const items = [...workspace.routes.values()]
    .filter(({ version }) => version !== NO_VERSION)
    .map((route) => {
      const { schemas: own, ...text } = versionTextOf(route, workspace);
      Object.assign(schemas, own);
      return { version: route.version, ...text, schemas: Object.keys(own) };
    });
  return { revision: workspace.revision, items, schemas };
}
