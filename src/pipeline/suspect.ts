/**
 * suspect: a delivery whose attempts were begun and never ended has been in the hand of workers that died. It is attempted with
 * no other suspect beside it, and where that kills the worker again and again, it becomes a dead letter instead.
 */
import type { Attempt } from "../core/delivery.ts";
import type { ErrorCode } from "../core/errors.ts";
import type { Ports, Recorded } from "../ports.ts";
import type { Workspace } from "../rules/workspace.ts";
import { chosenTransform } from "./canary.ts";
import type { Forwarded } from "./forward.ts";

/** Attempts that never ended, from which on a delivery is a suspect: it may have been beside the one that kills. */
const SUSPECT_AFTER = 2;
/** Workers that died over it while it was the only suspect in their hand. */
const DEATHS = 3;

/**
 * Makes the attempt, unless it must not be made. `started` counts the attempts that the queue has begun. Costs nothing for a
 * delivery that is no suspect.
 */
export function guarded(
  recorded: Recorded,
  started: number,
  attempt: () => Promise<Forwarded>,
  workspace: Workspace,
  { suspects, clock, log, canaries }: Pick<Ports, "suspects" | "clock" | "log" | "canaries">,
): Promise<Forwarded> {
  const { delivery } = recorded;
  // A former version is not blamed, and does not get the rule in force into disrepute.
  const route = recorded.version === undefined ? workspace.routes.get(delivery.route) : undefined;
  const rule = (route && chosenTransform(route, recorded, { canaries }))?.revision;
  if (rule !== undefined && suspects.isQuarantined(rule)) {
    const detail = `Version ${rule.slice(0, 12)} of the rule of route \`${delivery.route}\` has killed workers over several events.`;
    return Promise.resolve(unmade(recorded, "TRANSFORM_RULE_QUARANTINED", detail, clock.now()));
  }
  const lost = started - 1 - recorded.attempts;
  if (lost < SUSPECT_AFTER) return attempt();
  return suspects.alone(delivery.id, async (deaths) => {
    if (deaths < DEATHS) return attempt();
    const detail = `${deaths} workers ended while this delivery was the only suspect in their hand, ${lost} over all; the attempt is not made again.`;
    log.error(
      { delivery: delivery.id, route: delivery.route, target: delivery.target, deaths },
      "delivery.poisonous",
    );
    if (rule !== undefined && (await suspects.blame(rule, delivery.id))) {
      const fix = "Correct the rule: its next version is not quarantined. Then replay its dead letters.";
      log.error({ route: delivery.route, rule, fix }, "rule.quarantined");
    }
    return unmade(recorded, "FORWARD_WORKER_LOST", detail, clock.now());
  });
}

/** An attempt that was not made, so that the record says why it ends. */
function unmade(recorded: Recorded, code: ErrorCode, detail: string, now: number): Forwarded {
  const attempt: Attempt = {
    number: recorded.attempts + 1,
    trigger: recorded.trigger,
    startedAt: now,
    durationMs: 0,
    timings: { waitMs: 0, ruleMs: 0 },
    error: { code, detail },
  };
  return { attempt, result: "dead", retryAfter: undefined, advice: undefined, answer: undefined };
}
