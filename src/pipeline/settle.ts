/** settle: an attempt is written down with what follows from it: delivered, filtered, deviated, tried again at T, or dead letter. */
import type { Outcome } from "../core/delivery.ts";
import type { FlowSign } from "../core/flow-sign.ts";
import { retryWaitMs } from "../core/retry.ts";
import { traceOf } from "../core/trace-context.ts";
import type { Commit, Ports, Recorded } from "../ports.ts";
import type { TargetFile } from "../core/target.ts";
import type { Route, Workspace } from "../rules/workspace.ts";
import { quietUntil } from "./due.ts";
import type { Forwarded } from "./forward.ts";

/** What follows from an attempt, by the target's retry policy. Pure: `random` yields a number from 0 up to 1, `now` is in epoch ms. */
export function outcomeOf(
  { attempt, result, retryAfter, retriesDeviation }: Forwarded,
  retry: TargetFile["retry"],
  now: number,
  random: () => number,
): Outcome {
  if (result === "delivered" || result === "filtered") return { state: result };
  const { code, detail } = attempt.error ?? { code: "FORWARD_STATUS_REFUSED", detail: "" };
  if (result === "deviated" && (retriesDeviation !== true || attempt.number >= retry.attempts))
    return { state: "deviated" };
  if (result === "dead") return { state: "dead", code, detail };
  if (attempt.number >= retry.attempts) {
    return {
      state: "dead",
      code: "FORWARD_ATTEMPTS_EXHAUSTED",
      detail: `Attempt ${attempt.number} of ${retry.attempts}: ${detail}`,
    };
  }
  return { state: "retrying", dueAt: now + retryWaitMs(attempt.number, retry, retryAfter, now, random()) };
}

/** A policy for deliveries whose target's file is gone: they end at once, so its delays are never used. */
const NO_RETRY = { attempts: 1, firstDelaySeconds: 1, maxDelaySeconds: 1 };

/** The outcome by the workspace's present files, with what becomes of the line. */
export function whatFollows(
  { delivery: { route, target, line } }: Recorded,
  forwarded: Forwarded,
  workspace: Workspace,
  { clock, random }: Pick<Ports, "clock" | "random">,
): Outcome {
  const retry = workspace.targets.get(target)?.file.retry ?? NO_RETRY;
  const outcome = loudOnly(
    outcomeOf(forwarded, retry, clock.now(), () => fractionOf(random.bytes(4))),
    workspace.routes.get(route),
  );
  if (line === undefined || outcome.state !== "dead") return outcome;
  return { ...outcome, onDead: workspace.routes.get(route)?.line?.onDead ?? "skip" };
}

/** A number from 0 up to 1. */
const fractionOf = (bytes: Uint8Array): number => bytes.reduce((sum, byte) => (sum + byte) / 256, 0);

/** A retry that would fall into quiet hours waits for their end. */
function loudOnly(outcome: Outcome, route: Route | undefined): Outcome {
  const quiet = outcome.state === "retrying" ? quietUntil(route, outcome.dueAt) : undefined;
  return quiet === undefined ? outcome : { state: "retrying", dueAt: quiet.at, because: quiet.because };
}

/** Writes attempt and outcome, with the event that follows from them, into the record and the log. */
export async function settle(
  recorded: Recorded,
  forwarded: Forwarded,
  outcome: Outcome,
  follows: Commit | undefined,
  { store, log, tracing }: Pick<Ports, "store" | "log" | "tracing">,
  sign?: FlowSign,
): Promise<void> {
  const { delivery, context } = recorded;
  const { attempt } = forwarded;
  await store.settle(recorded, attempt, outcome, forwarded.transformed, sign, follows);
  const line = {
    delivery: delivery.id,
    event: delivery.event,
    source: context.source,
    type: context.type,
    route: delivery.route,
    target: delivery.target,
    attempt: attempt.number,
    trigger: attempt.trigger,
    status: attempt.status,
    milliseconds: Math.round(attempt.durationMs),
    ...attempt.timings,
    state: outcome.state,
    ...(outcome.state === "retrying" && { dueAt: new Date(outcome.dueAt).toISOString() }),
    ...(attempt.error && { code: attempt.error.code, detail: attempt.error.detail }),
    ...(follows && { follows: follows.event.context.id }),
    ...(tracing && { traceId: traceOf(context).traceId }),
  };
  if (outcome.state === "dead" || outcome.state === "deviated") log.warn(line, "delivery.settled");
  else log.info(line, outcome.state === "retrying" ? "delivery.attempted" : "delivery.settled");
}
