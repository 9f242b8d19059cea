/** due: when a delivery may begin, as its route's `delay`, `notBefore` and `quietHours` say. */
import { SignalboxError, detailOf } from "../core/errors.ts";
import type { Delivery } from "../core/delivery.ts";
import type { Event } from "../core/event.ts";
import { timeOf, type Due } from "../core/timing.ts";
import type { Route, Timing, Workspace } from "../rules/workspace.ts";

/** The part of an event that its time is made of. */
type Timed = Pick<Event, "context" | "payload">;

/** The deliveries of an event, those that have to wait with their time. */
export function timed(
  deliveries: readonly Delivery[],
  event: Timed,
  workspace: Pick<Workspace, "routes">,
): readonly Delivery[] {
  if (!deliveries.some(({ route }) => workspace.routes.get(route)?.timing)) return deliveries;
  return deliveries.map((delivery) => {
    const route = workspace.routes.get(delivery.route);
    const due = route?.timing && dueOf(route.name, route.timing, event);
    return due === undefined ? delivery : { ...delivery, due };
  });
}

/** When the first attempt may be made; undefined for at once, also where `notBefore` fails, which the attempt then tells. */
function dueOf(route: string, timing: Timing, event: Timed): Due | undefined {
  const receivedAt = Date.parse(event.context.receivedAt);
  const { delayMs = 0, quiet } = timing;
  let due: Due = { at: receivedAt + delayMs, because: `the route's delay of ${delayMs / 1000} s` };
  try {
    const at = notBeforeOf(route, timing, event);
    if (at !== undefined && at > due.at) due = { at, because: "the route's notBefore" };
  } catch {
    return undefined;
  }
  const until = quiet?.until(due.at);
  if (until !== undefined) due = { at: until, because: `the route's quiet hours, ${quiet!.words}` };
  return due.at > receivedAt ? due : undefined;
}

/**
 * What `notBefore` yields, epoch ms; undefined where the route has none. Throws DISPATCH_TIME_INVALID with what is wrong, and
 * no value: an attempt asks it anew, so that the reason stands with the dead letter.
 */
export function notBeforeOf(route: string, { notBefore }: Timing, event: Timed): number | undefined {
  if (notBefore === undefined) return undefined;
  const { context, payload } = event;
  let yielded: unknown;
  try {
    yielded = notBefore.evaluateNow(payload, context);
  } catch (cause) {
    const said = `The \`notBefore\` of route \`${route}\` failed: ${detailOf(cause)}`;
    throw new SignalboxError("DISPATCH_TIME_INVALID", said, { cause });
  }
  const at = timeOf(yielded, Date.parse(context.receivedAt));
  if (typeof at === "number") return at;
  throw new SignalboxError("DISPATCH_TIME_INVALID", `The \`notBefore\` of route \`${route}\`: ${at}.`);
}

/** Until when the route's quiet hours hold something that would happen at `at` (epoch ms); undefined outside of them. */
export function quietUntil(route: Route | undefined, at: number): Due | undefined {
  const quiet = route?.timing?.quiet;
  const until = quiet?.until(at);
  return until === undefined ? undefined : { at: until, because: `the route's quiet hours, ${quiet!.words}` };
}
