/** Which of today's routes of its source take an event, and why the others do not: `on`, or `when`. */
import { SignalboxError } from "../core/errors.ts";
import { contextOf } from "../core/event.ts";
import { deliveryId } from "../core/ids.ts";
import { matchesType } from "../core/route.ts";
import { readsLookups } from "../rules/apply.ts";
import type { Route, Workspace } from "../rules/workspace.ts";
import type { EventDetail } from "../history.ts";
import type { EventDetail as Shown } from "./shapes/deliveries.ts";

type Matched = Shown["routes"][number];

/** Expressions of a dozen routes are evaluated in a moment; of a hundred, only those are that decided something. */
const MAX_EVALUATED = 50;

/** For each route of the event's source whether it takes the event, in the order of their names. */
export async function matchedRoutes(event: EventDetail, workspace: Workspace): Promise<Matched[]> {
  let evaluated = 0;
  const matched: Matched[] = [];
  for (const route of workspace.routesOf(event.source)) {
    const { name, target } = route;
    const verdict = await verdictOf(route, event, () => evaluated++ < MAX_EVALUATED);
    matched.push({ route: name, target: target.name, ...verdict });
  }
  const known = new Set(matched.map(({ route }) => route));
  const gone = event.deliveries.filter(({ route }) => !known.has(route));
  return [
    ...matched,
    ...gone.map(({ route, target }) => ({
      route,
      target,
      matched: true,
      why: "It took the event when it was accepted; it is no longer a route of this source.",
    })),
  ];
}

async function verdictOf(
  { name, file, when }: Route,
  event: EventDetail,
  mayEvaluate: () => boolean,
): Promise<Pick<Matched, "matched" | "why">> {
  const delivery = event.deliveries.find(({ id }) => id === deliveryId(event.id, name));
  const patterns = file.on.map((pattern) => `\`${pattern}\``).join(", ");
  if (!matchesType(file.on, event.type)) {
    if (delivery !== undefined)
      return { matched: true, why: "It took the event by an `on` that it then had." };
    return { matched: false, why: `Its \`on\` takes ${patterns}, and this is \`${event.type}\`.` };
  }
  if (event.state === "quarantined" && delivery === undefined)
    return { matched: false, why: "The event is in quarantine: no route gets it until it is replayed." };
  if (delivery?.state === "filtered")
    return { matched: false, why: `Its \`when\` was not true: ${file.when ?? "it has none any more"}` };
  if (when !== undefined && event.body !== undefined && !readsLookups(when) && mayEvaluate()) {
    const said = await whenOf(when, event);
    if (said !== undefined) return { matched: false, why: `${said}: ${file.when ?? ""}` };
  }
  if (delivery === undefined) {
    return { matched: false, why: "It would take the event today, but did not exist, or differed, then." };
  }
  const reason = file.on.includes("*") ? "It takes every type" : `Its \`on\` takes ${patterns}`;
  return { matched: true, why: `${reason}${when === undefined ? "" : ", and its `when` is true"}.` };
}

/** Why a `when` does not let an event pass today; undefined where it does. */
async function whenOf(when: NonNullable<Route["when"]>, event: EventDetail): Promise<string | undefined> {
  try {
    return (await when.evaluate(event.body, contextOf(event))) === true
      ? undefined
      : "Its `when` is not true";
  } catch (error) {
    if (!(error instanceof SignalboxError)) throw error;
    return "Its `when` fails on this event";
  }
}
