/** revive: a provider that sends again an event whose deliveries died has those run again. */
import type { DeliveryId } from "../core/delivery.ts";
import { SignalboxError } from "../core/errors.ts";
import type { EventId } from "../core/event.ts";
import type { Ports, Standing } from "../ports.ts";
import type { Workspace } from "../rules/workspace.ts";

/** The sender waits meanwhile; what is not done by then is done when it sends again. */
const WITHIN_MS = 2_000;

/**
 * Those of the deliveries that were dead and now are open; none that is open, delivered, filtered or given up is touched,
 * and of two repetitions at once one opens it. Throws ACCEPT_STORE_UNAVAILABLE where the store does not answer.
 */
export async function revive(
  event: EventId,
  deliveries: readonly Standing[],
  workspace: Workspace,
  { reopen, log }: Pick<Ports, "reopen" | "log">,
): Promise<DeliveryId[]> {
  const dead = deliveries.filter(({ state }) => state === "dead");
  if (dead.length === 0) return [];
  const opened = await inTime(
    Promise.all(
      dead.map(async ({ id, route, target, changedAt }) => {
        const present = workspace.routes.get(route)?.target.name ?? target;
        const how = { unchangedSince: changedAt + 1 };
        return (await reopen({ id, event, route, target: present }, how)) === "opened" ? id : undefined;
      }),
    ),
  );
  const revived = opened.filter((id) => id !== undefined);
  if (revived.length > 0) log.info({ event, deliveries: revived }, "event.revived");
  return revived;
}

function inTime<T>(promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown): void =>
      reject(
        new SignalboxError("ACCEPT_STORE_UNAVAILABLE", "The store did not open the dead deliveries again.", {
          cause,
          retryAfterSeconds: 2,
        }),
      );
    const timer = setTimeout(() => fail(new Error(`no answer within ${WITHIN_MS} ms`)), WITHIN_MS);
    promise.then(resolve, fail).finally(() => clearTimeout(timer));
  });
}
