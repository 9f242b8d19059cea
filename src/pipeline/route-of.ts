/** The route that a delivery follows: as it is now, or as a former version of it was. */
import { SignalboxError } from "../core/errors.ts";
import type { KeptVersions, Recorded } from "../ports.ts";
import { routeAsOf } from "../rules/versions.ts";
import type { Route, Workspace } from "../rules/workspace.ts";

/** The route as it is now: a rule that was corrected since the event came applies to its next attempt. */
export function routeOf(recorded: Recorded, workspace: Workspace): Route {
  const { route: name, target } = recorded.delivery;
  const route = workspace.routes.get(name);
  if (route === undefined) {
    throw new SignalboxError(
      "DISPATCH_ROUTE_GONE",
      `Route \`${name}\`, for which this delivery was made, is gone.`,
    );
  }
  if (route.target.name === target) return route;
  const former = workspace.targets.get(target);
  if (former === undefined) {
    throw new SignalboxError("DISPATCH_TARGET_GONE", `Target \`${target}\` of route \`${name}\` is gone.`);
  }
  return { ...route, target: former };
}

/** True where the route of a delivery, or its target, is not in the files. */
export function isGone({ delivery: { route, target } }: Recorded, workspace: Workspace): boolean {
  const now = workspace.routes.get(route);
  return now === undefined || (now.target.name !== target && !workspace.targets.has(target));
}

/** The route as a former version decided and made; compiled once for many deliveries in a row. */
export async function routeThen(today: Route, version: string, versions: KeptVersions): Promise<Route> {
  if (today.version === version) return today;
  const { canary } = today;
  if (canary?.version === version) return { ...today, version, transform: canary.transform };
  const text = await versions.read(version);
  if (text !== undefined) return routeAsOf(today, version, text);
  throw new SignalboxError(
    "RULE_VERSION_GONE",
    `Version ${version} of route \`${today.name}\`, by which this delivery was to be made, is not kept any more.`,
  );
}
