/** One turn of a worker: load → forward → settle, and what the queue does next with the delivery. */
import { OPEN_STATES, type Attempt, type Delivery, type DeliveryId, type Outcome } from "../core/delivery.ts";
import { OWN_SOURCE } from "../core/happening.ts";
import { classOf } from "../core/attempt-class.ts";
import type { Ports } from "../ports.ts";
import type { Workspace } from "../rules/workspace.ts";
import { followedBy } from "./chain.ts";
import { forward } from "./forward.ts";
import { outcomeOf, settle } from "./settle.ts";

/** A policy for deliveries whose target's file is gone: they end at once, so it is never waited by. */
const NO_RETRY = { attempts: 1, firstDelaySeconds: 1, maxDelaySeconds: 1 };

/**
 * Makes one attempt of a delivery. A queue entry without a record (a repetition's ghost) or at its end is let go.
 * Its end is on its way to the record when this returns, and not yet answered: what the queue does next follows behind it on
 * the same connection. Where the record does not take it, the delivery stays open, and the reconciler finds it.
 */
export async function deliver(
  id: DeliveryId,
  start: { readonly enqueuedAt: number; readonly fresh: boolean },
  workspace: Workspace,
  ports: Ports,
): Promise<{ again: false } | { again: true; dueAt: number }> {
  const recorded = await ports.store.load(id, start.fresh);
  if (recorded === undefined || !OPEN_STATES.includes(recorded.state)) return { again: false };
  const forwarded = await forward(recorded, start.enqueuedAt, workspace, ports);
  const retry = workspace.targets.get(recorded.delivery.target)?.file.retry ?? NO_RETRY;
  const outcome = outcomeOf(forwarded, retry, ports.clock.now(), Math.random());
  const following = followedBy(recorded, forwarded, outcome, workspace, ports);
  const follows = following && (await following);
  settle(recorded, forwarded, outcome, follows, ports).then(
    () => {
      count(recorded.delivery, forwarded.attempt, outcome, ports);
      if (follows) ports.tally.request(OWN_SOURCE, "accepted");
    },
    (error: unknown) => ports.log.error({ delivery: id, error: String(error) }, "delivery.unsettled"),
  );
  return outcome.state === "retrying" ? { again: true, dueAt: outcome.dueAt } : { again: false };
}

function count(
  delivery: Delivery,
  attempt: Attempt,
  { state }: Outcome,
  { tally }: Pick<Ports, "tally">,
): void {
  tally.attempt(delivery, classOf(attempt), attempt);
  if (state === "dead") tally.ended(delivery.route, "failed");
  else if (state !== "retrying") tally.ended(delivery.route, state);
}
