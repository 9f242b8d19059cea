/** canary: which of a route's two transforms makes a delivery, and what its first attempt says of that one. */
import { hasKey, speaksAgainst } from "../core/canary.ts";
import type { Attempt } from "../core/delivery.ts";
import { SignalboxError } from "../core/errors.ts";
import type { Ports, Recorded } from "../ports.ts";
import type { Canary, Route, Transform } from "../rules/workspace.ts";

/** The transform that makes a delivery now; undefined where the route has none. */
export function chosenTransform(
  route: Route,
  recorded: Pick<Recorded, "payload" | "context">,
  { canaries }: Pick<Ports, "canaries">,
): Transform | undefined {
  const { canary, transform } = route;
  if (canary === undefined || !canaries.isOn(canary.id)) return transform;
  const key = keyOf(canary, recorded);
  return key !== undefined && hasKey(route.name, key, canary.file.percent) ? canary.transform : transform;
}

/** The route with the transform that makes this delivery; what a shadow and a canary want to know later is noted. */
export function withCanary(
  route: Route,
  recorded: Recorded,
  ports: Pick<Ports, "canaries">,
  progress: { compares?: boolean; transform?: string },
): Route {
  if (route.shadow !== undefined) progress.compares = true;
  if (route.canary === undefined) return route;
  const transform = chosenTransform(route, recorded, ports);
  if (transform === undefined) return route;
  progress.transform = transform.name;
  const { version } = transform === route.canary.transform ? route.canary : route;
  return { ...route, transform, version };
}

/** The key as text; without one the first transform has the delivery: a canary harms nobody by how its key is made. */
function keyOf(
  canary: Canary,
  { payload, context }: Pick<Recorded, "payload" | "context">,
): string | undefined {
  if (canary.by === undefined) return context.id;
  try {
    const key = canary.by.evaluateNow(payload, context);
    return key === undefined ? undefined : JSON.stringify(key);
  } catch (error) {
    if (error instanceof SignalboxError) return undefined;
    throw error;
  }
}

/** Counts the first attempt of a delivery for the transform that made it; of later ones nothing is to be learnt. */
export function noteCanary(
  route: Route | undefined,
  recorded: Recorded,
  { attempt, result }: { readonly attempt: Attempt; readonly result: Parameters<typeof speaksAgainst>[0] },
  { canaries }: Pick<Ports, "canaries">,
): void {
  const { canary } = route ?? {};
  if (canary === undefined || attempt.number !== 1 || recorded.trigger !== "initial") return;
  if (attempt.transform === undefined) return;
  const failed = speaksAgainst(result, attempt.error?.code);
  if (failed === undefined) return;
  const isCanary = attempt.transform === canary.transform.name;
  canaries.note(canary, { isCanary, failed, event: recorded.delivery.event });
}
