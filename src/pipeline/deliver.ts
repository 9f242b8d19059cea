/** One turn of a worker: load → forward → settle, and what the queue does next with the delivery. */
import { QUEUED_STATES, type Delivery, type DeliveryId, type Outcome } from "../core/delivery.ts";
import { OWN_SOURCE } from "../core/happening.ts";
import { classOf } from "../core/attempt-class.ts";
import { signOf } from "../core/flow-sign.ts";
import type { Ports, Recorded } from "../ports.ts";
import type { Workspace } from "../rules/workspace.ts";
import { noteCanary } from "./canary.ts";
import { followedBy } from "./chain.ts";
import { deliverBatch } from "./deliver-batch.ts";
import { quietUntil } from "./due.ts";
import { isGone } from "./route-of.ts";
import { forward, type Forwarded } from "./forward.ts";
import { newsOf, type Stop } from "./gate.ts";
import { notice } from "./notice.ts";
import { settle, whatFollows } from "./settle.ts";
import { shadowed } from "./shadow.ts";
import { guarded } from "./suspect.ts";
import { traceTurn } from "./trace.ts";

/** While new files come to one process after the other, a delivery may be taken by one that has not got them yet: others may take it so soon. */
const ELSEWHERE_MS = 500;

/**
 * Makes one attempt of a delivery. A queue entry without a record (a repetition's ghost) or at its end is let go.
 * Its end is on its way to the record when this returns, and not yet answered: what the queue does next follows behind it on
 * the same connection. Where the record does not take it, the delivery stays open, and the reconciler finds it.
 */
export async function deliver(
  id: DeliveryId,
  start: { readonly enqueuedAt: number; readonly fresh: boolean; readonly started: number },
  workspace: Workspace,
  ports: Ports,
): Promise<{ again: false } | { again: true; dueAt: number; others?: true }> {
  const recorded = await ports.store.load(id, start.fresh);
  if (recorded === undefined || !QUEUED_STATES.includes(recorded.state)) return { again: false };
  if (isGone(recorded, workspace) && (await ports.elsewhere())) {
    const due = {
      at: ports.clock.now() + ELSEWHERE_MS,
      because: "another process, whose files may have its route",
    };
    await ports.store.postpone(recorded, due);
    return { again: true, dueAt: due.at, others: true };
  }
  const route = workspace.routes.get(recorded.delivery.route);
  const quiet = recorded.trigger === "replay" ? undefined : quietUntil(route, ports.clock.now());
  if (quiet !== undefined) {
    await ports.store.postpone(recorded, quiet);
    return { again: true, dueAt: quiet.at };
  }
  if (route?.line?.rule === "batch") return deliverBatch(recorded, start, route, workspace, ports);
  const attempt = (): Promise<Forwarded> => forward(recorded, start.enqueuedAt, workspace, ports);
  const forwarded = await guarded(recorded, start.started, attempt, workspace, ports);
  if (forwarded.stop !== undefined) {
    hold(recorded, forwarded.stop, workspace, ports);
    return { again: false };
  }
  const outcome = whatFollows(recorded, forwarded, workspace, ports);
  const target = workspace.targets.get(recorded.delivery.target);
  const sign = target && signOf(forwarded.attempt, target.flow, forwarded.advice);
  const following = followedBy(recorded, forwarded, outcome, workspace, ports);
  const follows = following && (await following);
  settle(recorded, forwarded, outcome, follows, ports, sign).then(
    () => {
      count(recorded.delivery, forwarded, outcome, ports);
      traceTurn(recorded, forwarded, outcome, ports);
      if (follows) ports.tally.request(OWN_SOURCE, "accepted");
      tell(recorded.delivery, forwarded, outcome, ports);
    },
    (error: unknown) => ports.log.error({ delivery: id, error: String(error) }, "delivery.unsettled"),
  );
  noteCanary(route, recorded, forwarded, ports);
  shadowed(route, recorded, forwarded, ports);
  return outcome.state === "retrying" ? { again: true, dueAt: outcome.dueAt } : { again: false };
}

/** It waits for people from here on. On its way to the record as an end is; where that does not take it, it stays open. */
function hold(recorded: Recorded, stop: Stop, workspace: Workspace, ports: Ports): void {
  const { holds, log, happened } = ports;
  const { delivery, context } = recorded;
  const { terms, draft } = stop;
  const line = { delivery: delivery.id, hold: terms.id, route: delivery.route, target: delivery.target };
  holds.hold(recorded, stop).then(
    () => {
      log.info({ ...line, source: context.source, replaces: terms.replaces }, "delivery.held");
      const begun = { ...terms, hash: draft.hash };
      happened({ type: "hold.created", subject: terms.id, data: newsOf(begun) });
      return stop.notify === true ? notice(begun, workspace, ports) : undefined;
    },
    (error: unknown) => log.error({ ...line, error: String(error) }, "delivery.unheld"),
  );
}

/** Tells a delivery's end to the sender that waits for it. */
function tell(
  { id, answerTo }: Delivery,
  { answer }: Forwarded,
  { state }: Outcome,
  { answers }: Pick<Ports, "answers">,
): void {
  if (answerTo === undefined || state === "retrying") return;
  const contentType = answer?.headers["content-type"];
  answers.tell(answerTo, {
    ...{ id, state },
    ...(answer && { status: answer.status, body: answer.body, ...(answer.cut === true && { cut: true }) }),
    ...(contentType !== undefined && { contentType }),
  });
}

function count(
  delivery: Delivery,
  { attempt, budget }: Forwarded,
  { state }: Outcome,
  { tally }: Pick<Ports, "tally">,
): void {
  tally.attempt(delivery, classOf(attempt), attempt, budget);
  if (state === "dead") tally.ended(delivery, "failed");
  else if (state !== "retrying") tally.ended(delivery, state);
}
