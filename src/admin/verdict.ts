/** One verdict a target, with the reason: is anything wrong, and whose fault. Pure; the table in the test says the rules. */
import { FAILED_CLASSES } from "../core/attempt-class.ts";
import type { Quantiles } from "../core/histogram.ts";
import type { TargetState } from "./shapes/state.ts";

export type Verdict = TargetState["verdict"];

/** What is known of a target; counts are those of the last 15 minutes. */
export interface Seen {
  readonly paused?: { readonly by: string; readonly reason: string } | undefined;
  /** Processes that deliver and were heard of. */
  readonly workers: number;
  readonly waiting: number;
  readonly retrying: number;
  /** Those may be deliveries whose time has not come, instead of retries. */
  readonly mayWait?: boolean;
  readonly active: number;
  readonly attempts: Readonly<Record<string, number>>;
  /** By status, or by code where nothing was answered. */
  readonly failures?: ReadonlyMap<string, number> | undefined;
  /** Deliveries that became dead letters. */
  readonly dead: number;
  readonly run?: Quantiles | undefined;
  /** Of the day before, where it was enough to be called usual. */
  readonly usual?: Quantiles | undefined;
  readonly timeoutSeconds: number;
  readonly limit?: { readonly count: number; readonly perSeconds: number } | undefined;
  /** Its limit lets nothing go at this moment; and the attempts of the last minute. */
  readonly isFull: boolean;
  readonly lastMinute: number;
  /** What opened its breaker, which is open or being probed, and when it is probed next; `isDue` where that is past and nothing came. */
  readonly open?:
    { readonly reason: string; readonly nextProbeAt?: string; readonly isDue?: boolean } | undefined;
  /** It asked to be left alone. */
  readonly asked?: { readonly until: string; readonly by: string } | undefined;
}

const NO_FAILURES: ReadonlyMap<string, number> = new Map();
const FAILING_SHARE = 0.25;
const FAILING_LEAST = 4;
const SLOW_TIMES = 3;
const SLOW_SHARE = 0.8;
/** Below it nobody minds, however unusual it is: a local target takes twice as long while something compiles. */
const SLOW_LEAST_MS = 100;
/** So much of what a limit allows counts as all of it: windows are not filled to the last one. */
const LIMITED_SHARE = 0.8;

/** The worst that is true of the target, and a sentence of it. */
export function verdictOf(seen: Seen): { readonly verdict: Verdict; readonly reason: string } {
  const { paused, workers, waiting, retrying, active } = seen;
  if (paused !== undefined)
    return { verdict: "paused", reason: `Paused by ${paused.by}: ${paused.reason || "no reason given"}` };
  if (workers === 0) {
    const waits = waiting + retrying;
    return {
      verdict: "no-workers",
      reason: `No process delivers; ${many(waits, "delivery waits", "deliveries wait")}.`,
    };
  }
  if (seen.open !== undefined) return { verdict: "breaker-open", reason: openReason(seen.open) };
  if (seen.asked !== undefined) {
    const { by, until } = seen.asked;
    return { verdict: "limited", reason: `It asked to be left alone until ${until} (${by}).` };
  }
  const failing = failingReason(seen);
  if (failing !== undefined) return { verdict: "failing", reason: failing };
  const limited = limitedReason(seen);
  if (limited !== undefined) return { verdict: "limited", reason: limited };
  const slow = slowReason(seen);
  if (slow !== undefined) return { verdict: "slow", reason: slow };
  const made = sum(seen.attempts);
  if (made === 0 && waiting === 0 && active === 0)
    return { verdict: "idle", reason: "No attempt in the last 15 minutes." };
  return { verdict: "fine", reason: `${many(made, "attempt", "attempts")} in the last 15 minutes.` };
}

function failingReason({
  attempts,
  failures = NO_FAILURES,
  dead,
  retrying,
  mayWait = false,
}: Seen): string | undefined {
  const made = sum(attempts) - (attempts["filtered"] ?? 0);
  if (made === 0) {
    if (retrying === 0 || mayWait) return undefined;
    return `${many(retrying, "delivery waits", "deliveries wait")} to be tried again, and nothing got through in 15 minutes.`;
  }
  const rule = attempts["rule"] ?? 0;
  const failed = FAILED_CLASSES.reduce((total, name) => total + (attempts[name] ?? 0), rule);
  const often = made >= FAILING_LEAST && failed / made >= FAILING_SHARE;
  const givenUp = dead > 0 && (attempts["2xx"] ?? 0) === 0;
  if (!often && !givenUp) return undefined;
  const [said = "", times = 0] = [...failures].sort(([, a], [, b]) => b - a)[0] ?? [];
  const mostly = said === "" ? "" : ` Most often: ${spoken(said)} (${times}).`;
  const gone = dead === 0 ? "" : ` ${many(dead, "became a dead letter", "became dead letters")}.`;
  return `${failed} of ${many(made, "attempt", "attempts")} failed in 15 minutes.${mostly}${gone}`;
}

/** A status as the target's answer, a code as what kept it from being asked or heard. */
function spoken(said: string): string {
  if (/^\d{3}$/.test(said)) return `it answers ${said}`;
  if (said === "FORWARD_TIMEOUT") return "no answer in time (FORWARD_TIMEOUT)";
  if (said === "FORWARD_CONNECTION_FAILED") return "no connection (FORWARD_CONNECTION_FAILED)";
  return said.startsWith("TRANSFORM_") ? `the rule, not the target (${said})` : said;
}

function openReason({ reason, nextProbeAt, isDue = false }: NonNullable<Seen["open"]>): string {
  const next =
    nextProbeAt === undefined
      ? "It is being probed."
      : isDue
        ? "The next delivery is its probe."
        : `Next probe at ${nextProbeAt}.`;
  return `Its breaker is open: ${reason}. ${next}`;
}

function limitedReason({ limit, waiting, isFull, lastMinute }: Seen): string | undefined {
  if (limit === undefined || waiting === 0) return undefined;
  const allowed = (limit.count / limit.perSeconds) * 60;
  if (!isFull && lastMinute < allowed * LIMITED_SHARE) return undefined;
  const waits = many(waiting, "delivery waits", "deliveries wait");
  return `${waits} for its own limit of ${limit.count} in ${limit.perSeconds} s.`;
}

function slowReason({ run, usual, timeoutSeconds }: Seen): string | undefined {
  if (run === undefined) return undefined;
  const took = `One attempt in 20 takes ${seconds(run.p95)} or longer`;
  if (run.p95 >= timeoutSeconds * 1000 * SLOW_SHARE)
    return `${took}, and ${timeoutSeconds} s is its deadline.`;
  if (usual === undefined || run.p95 < SLOW_LEAST_MS || run.p95 < usual.p95 * SLOW_TIMES) return undefined;
  return `${took}; ${seconds(usual.p95)} is usual.`;
}

function seconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${Number((ms / 1000).toPrecision(2))} s`;
}

function many(count: number, one: string, more: string): string {
  return `${count} ${count === 1 ? one : more}`;
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
