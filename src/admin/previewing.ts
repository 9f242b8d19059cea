/** What a replay would send, beside what was made last: by the rules in force, or as then. Nothing is stored or sent. */
import type { Versions } from "../adapters/record/versions.ts";
import { SignalboxError } from "../core/errors.ts";
import { contextOf } from "../core/event.ts";
import { matchesType } from "../core/route.ts";
import { applyToOne } from "../rules/apply.ts";
import type { Route, Workspace } from "../rules/workspace.ts";
import type { DeliveryDetail, EventDetail } from "../history.ts";
import { mayRepeat } from "./replay-set.ts";
import { routeThen } from "./rule-then.ts";
import type { Difference } from "./shapes/replays.ts";

/** A route of today. Throws ADMIN_ROUTE_MISSING. */
export function routeNamed(name: string, { routes }: Workspace): Route {
  const route = routes.get(name);
  if (route !== undefined) return route;
  throw new SignalboxError(
    "ADMIN_ROUTE_MISSING",
    `Route \`${name}\` is gone, and with it the way to its target.`,
  );
}

/** The routes of today that take an event. Throws ADMIN_ROUTE_MISSING. */
export function routesFor({ source, type }: EventDetail, workspace: Workspace): readonly Route[] {
  const routes = workspace.routesOf(source).filter(({ file }) => matchesType(file.on, type));
  if (routes.length > 0) return routes;
  throw new SignalboxError("ADMIN_ROUTE_MISSING", `No route takes \`${type}\` of source \`${source}\`.`);
}

/** The same by the version that the delivery's last attempt was made by; a version that is gone is told as what is wrong with it. */
export async function differenceThen(
  event: EventDetail,
  delivery: DeliveryDetail,
  { workspace, versions }: { readonly workspace: () => Workspace; readonly versions: Pick<Versions, "read"> },
): Promise<Difference> {
  const today = routeNamed(delivery.route, workspace());
  try {
    const route = await routeThen(delivery, today, versions);
    return await differenceOf(event, route, event.body, false);
  } catch (error) {
    if (!(error instanceof SignalboxError)) throw error;
    return {
      ...{ route: today.name, target: today.target.name, filtered: false, mayRepeat: mayRepeat(delivery) },
      ...(delivery.rule !== undefined && { ruleBefore: delivery.rule }),
      ...("result" in delivery && { before: delivery.result }),
      error: { code: error.code, detail: error.detail },
    };
  }
}

/** What a route would send of an event, beside what was made of it last; nothing is looked up. */
export async function differenceOf(
  event: EventDetail,
  route: Route,
  payload: unknown,
  isEdited: boolean,
): Promise<Difference> {
  const known = event.deliveries.find((delivery) => delivery.route === route.name);
  const ruleNow = route.version;
  const before =
    known?.result ?? (route.transform === undefined && known !== undefined ? event.body : undefined);
  const beside = {
    route: route.name,
    target: route.target.name,
    ...(before !== undefined && { before }),
    ...(known?.rule !== undefined && { ruleBefore: known.rule }),
    ruleNow,
    // An edited one is another event, with another id: the target cannot know it by that.
    mayRepeat: known !== undefined && (isEdited ? known.state === "delivered" : mayRepeat(known)),
  };
  try {
    if (route.lookups !== undefined) {
      const said = `Route \`${route.name}\` looks things up before its rule runs, which a preview does not do.`;
      throw new SignalboxError("FORWARD_LOOKUP_UNAVAILABLE", said);
    }
    const applied = await applyToOne(route, payload, contextOf(event));
    return applied.filtered
      ? { ...beside, filtered: true }
      : { ...beside, filtered: false, after: applied.result };
  } catch (error) {
    if (!(error instanceof SignalboxError)) throw error;
    return { ...beside, filtered: false, error: { code: error.code, detail: error.detail } };
  }
}
