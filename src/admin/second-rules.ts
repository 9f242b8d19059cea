/** A route's second transforms over the API: how its canary fares and what its shadow has shown, and a person's decisions on them. */
import type { CanaryState, KeptCanaries } from "../adapters/watching/canaries.ts";
import type { KeptShadows } from "../adapters/watching/shadows.ts";
import { SignalboxError } from "../core/errors.ts";
import type { Canary, Route, Shadow, Workspace } from "../rules/workspace.ts";
import type { Call, Endpoint } from "./endpoint.ts";
import { authorOf } from "./operating.ts";
import {
  canaryDecision,
  canaryState,
  shadowState,
  type ShownCanary,
  type ShownShadow,
} from "./shapes/second-rules.ts";
import { isoOf } from "./shown.ts";

/** What the endpoints need. */
export interface Seconding {
  readonly workspace: () => Workspace;
  readonly canaries: Pick<KeptCanaries, "read" | "resume" | "rollBack">;
  readonly shadows: Pick<KeptShadows, "read" | "forget">;
}

/** GET and POST /routes/:name/canary, GET and DELETE /routes/:name/shadow. */
export function secondRuleEndpoints({ workspace, canaries, shadows }: Seconding): readonly Endpoint[] {
  const show = async (route: Route, canary: Canary): Promise<ShownCanary> =>
    shownCanary(route, canary, await canaries.read(canary.id));
  return [
    {
      method: "GET",
      path: "/api/v1/routes/:name/canary",
      tag: "Workspace",
      summary: "How a route's canary fares beside the other transform",
      scope: "read",
      reply: canaryState,
      answer: async (call) => show(...withCanary(call, workspace())),
    },
    {
      method: "POST",
      path: "/api/v1/routes/:name/canary",
      tag: "Workspace",
      summary: "Rolls a route's canary back, or lets one that was rolled back begin anew",
      scope: "operate",
      audit: "canary.decided",
      body: canaryDecision,
      reply: canaryState,
      answer: async (call) => {
        const [route, canary] = withCanary(call, workspace());
        const { does, reason } = call.body as { does: "resume" | "rollback"; reason?: string };
        const by = authorOf(call.caller);
        if (does === "rollback") await canaries.rollBack(canary, by, reason ?? "a person's wish");
        else if ((await canaries.read(canary.id)).back !== undefined) await canaries.resume(canary.id);
        return show(route, canary);
      },
    },
    {
      method: "GET",
      path: "/api/v1/routes/:name/shadow",
      tag: "Workspace",
      summary: "Where a route's shadow would have made something else",
      scope: "read",
      reply: shadowState,
      answer: async (call) => {
        const [route, shadow] = withShadow(call, workspace());
        return shownShadow(route, shadow, await shadows.read(shadow.id));
      },
    },
    {
      method: "DELETE",
      path: "/api/v1/routes/:name/shadow",
      tag: "Workspace",
      summary: "Forgets what a route's shadow has shown: it begins anew",
      scope: "operate",
      audit: "shadow.forgotten",
      reply: shadowState,
      answer: async (call) => {
        const [route, shadow] = withShadow(call, workspace());
        await shadows.forget(shadow.id);
        return shownShadow(route, shadow, await shadows.read(shadow.id));
      },
    },
  ];
}

function routeOf({ parameters }: Call, { routes }: Workspace): Route {
  const route = routes.get(parameters["name"] ?? "");
  if (route !== undefined) return route;
  throw new SignalboxError("ADMIN_NAME_UNKNOWN", "There is no route of this name in the workspace.");
}

function withCanary(call: Call, workspace: Workspace): [Route, Canary] {
  const route = routeOf(call, workspace);
  if (route.canary !== undefined) return [route, route.canary];
  throw new SignalboxError("ADMIN_NAME_UNKNOWN", `Route \`${route.name}\` has no \`canary\`.`);
}

function withShadow(call: Call, workspace: Workspace): [Route, Shadow] {
  const route = routeOf(call, workspace);
  if (route.shadow !== undefined) return [route, route.shadow];
  throw new SignalboxError("ADMIN_NAME_UNKNOWN", `Route \`${route.name}\` has no \`shadow\`.`);
}

function shownCanary(route: Route, { file, transform }: Canary, state: CanaryState): ShownCanary {
  const { own, other, since, back, samples } = state;
  const { percent, by, margin, minimum } = file;
  return {
    ...{ route: route.name, transform: transform.name, revision: transform.revision },
    ...{ instead: route.transform?.name ?? "", percent, margin, minimum, own, other },
    ...(by !== undefined && { by }),
    state: back === undefined ? "on" : "rolled-back",
    ...(since !== undefined && { since: isoOf(since) }),
    ...(back && {
      rolledBack: { at: isoOf(back.at), why: back.why, ...(back.by !== undefined && { by: back.by }) },
    }),
    samples: [...samples],
  };
}

function shownShadow(
  route: Route,
  { transform }: Shadow,
  { since, found, ...counts }: Awaited<ReturnType<KeptShadows["read"]>>,
): ShownShadow {
  return {
    ...{ route: route.name, transform: transform.name, revision: transform.revision },
    beside: route.transform?.name ?? "",
    ...(since !== undefined && { since: isoOf(since) }),
    ...counts,
    found: found.map((one) => ({ ...one, samples: [...one.samples] })),
  };
}
