/** What an attempt says of its target's health: read by the limits and the breaker that all processes share. Pure. */
import type { Advice } from "./advice.ts";
import { classOf } from "./attempt-class.ts";
import type { Attempt } from "./delivery.ts";
import type { Flow } from "./target-flow.ts";

/** What an attempt says of its target. */
export interface FlowSign {
  /** Epoch ms. */
  readonly startedAt: number;
  /** False where the target was not called: filtered, a rule that failed. */
  readonly called: boolean;
  readonly failed: boolean;
  readonly slow: boolean;
  /** It has too much to do: 429, 503, no answer in time. */
  readonly pressed: boolean;
  /** A 429 that is to be heeded although it says nothing of when. */
  readonly bare: boolean;
  readonly advice?: Advice;
  readonly flow: Flow;
}

/** Undefined where there is nothing to say: so it is with every attempt of a target without a breaker that asks for nothing. */
export function signOf(attempt: Attempt, flow: Flow, advice: Advice | undefined): FlowSign | undefined {
  const { breaker, least, heed } = flow;
  const heeded = heed ? advice : undefined;
  const bare = heed && heeded === undefined && attempt.status === 429;
  if (breaker === undefined && least === undefined && heeded === undefined && !bare) return undefined;
  const what = classOf(attempt);
  const { headMs = attempt.durationMs } = attempt.timings;
  const called = what !== "filtered" && what !== "rule";
  return {
    startedAt: attempt.startedAt,
    called,
    failed: what === "5xx" || what === "timeout" || what === "network",
    slow: called && breaker?.slowMs !== undefined && headMs >= breaker.slowMs,
    pressed: what === "timeout" || attempt.status === 429 || attempt.status === 503,
    bare,
    ...(heeded && { advice: heeded }),
    flow,
  };
}
