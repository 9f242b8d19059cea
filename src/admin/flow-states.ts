/** What holds a target back by itself, as the API shows it: its breaker, a wait that it asked for, its pace. Pure. */
import type { StoredBreaker, StoredFlow } from "../adapters/waiting/flow-state.ts";
import type { Flow } from "../core/target-flow.ts";
import type { TargetState } from "./shapes/state.ts";
import type { Seen } from "./verdict.ts";

type Shown = Pick<TargetState, "concurrency"> &
  Partial<Pick<TargetState, "adaptive" | "breaker" | "limitedUntil" | "limitedBy">>;

/** As it is at `now` (epoch ms). A breaker whose key has left the file holds nothing. */
export function flowStateOf(stored: StoredFlow, flow: Flow, now: number): Shown {
  const { until, header, most, breaker } = stored;
  const { least } = flow;
  return {
    concurrency: least === undefined ? flow.most : Math.min(flow.most, Math.max(least, most ?? least)),
    ...(least !== undefined && { adaptive: { min: least, max: flow.most } }),
    ...(until !== undefined && until > now && { limitedUntil: isoOf(until), limitedBy: header ?? "429" }),
    ...(breaker && flow.breaker && { breaker: shownBreaker(breaker) }),
  };
}

/** What the verdict is to know of it at `now` (epoch ms). */
export function heldBack(
  { breaker, limitedUntil, limitedBy }: Shown,
  now: number,
): Pick<Seen, "open" | "asked"> {
  const { state, reason = "opened", nextProbeAt } = breaker ?? {};
  const isHeld = state === "open" || state === "probing";
  return {
    ...(isHeld && {
      open: {
        reason,
        ...(state === "open" && nextProbeAt && { nextProbeAt, isDue: Date.parse(nextProbeAt) <= now }),
      },
    }),
    ...(limitedUntil && { asked: { until: limitedUntil, by: limitedBy ?? "429" } }),
  };
}

/** True while the target's pace lets nothing go: its own, or that of draining. */
export function isFull({ tat }: StoredFlow, { limit }: Flow, now: number): boolean {
  return limit !== undefined && tat !== undefined && tat - limit.toleranceMs > now;
}

function shownBreaker({ state, since, nextAt, because }: StoredBreaker): NonNullable<Shown["breaker"]> {
  return {
    state,
    since: isoOf(since),
    ...(nextAt !== undefined && { nextProbeAt: isoOf(nextAt) }),
    ...(because && { reason: reasonOf(because) }),
  };
}

function reasonOf({ failed, slow, all, seconds }: NonNullable<StoredBreaker["because"]>): string {
  const parts = [failed > 0 && `${failed} failed`, slow > 0 && `${slow} were slow`].filter(Boolean);
  return `of ${all} attempts in ${seconds} s ${parts.join(" and ")}`;
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
