/** The targets as they are: what waits for each, how it does, its verdict and since when. */
import { isHeld } from "../adapters/waiting/flow-state.ts";
import { quantilesOf } from "../core/histogram.ts";
import type { Target } from "../rules/workspace.ts";
import type { DeadCause, History } from "../history.ts";
import type { JudgedTarget, Judgement } from "./judging.ts";
import type { TargetState } from "./shapes/state.ts";

/** All targets that were judged, the one whose oldest delivery has waited longest first. */
export function targetsOf(
  { targets, since }: Judgement,
  oldest: Awaited<ReturnType<History["oldest"]>>,
  causes: readonly DeadCause[],
): readonly TargetState[] {
  const dead = new Map<string, number>();
  for (const { target, count } of causes) dead.set(target, (dead.get(target) ?? 0) + count);
  return targets
    .map((judged): TargetState => {
      const { target, verdict, reason, pause, flow, counts, fiveMinutes, from } = judged;
      const open = oldest.get(target);
      return {
        ...stateOf(judged),
        verdict,
        reason,
        ...(pause && { paused: { ...pause } }),
        ...flow,
        waiting: counts.waiting,
        retrying: counts.delayed,
        active: counts.active,
        open: open?.count ?? 0,
        dead: dead.get(target) ?? 0,
        ...(open?.oldestAt !== undefined && { oldestAt: isoOf(open.oldestAt) }),
        perMinute: Math.round((fiveMinutes / 5) * 10) / 10,
        ...drainOf(counts.waiting, fiveMinutes / 300, pause !== undefined || isHeld(counts.flow)),
        since: isoOf(since.get(target) ?? from),
      };
    })
    .sort(byOldest);
}

/** What stands in the files, and the times of 15 minutes. */
function stateOf({
  target,
  loaded: { file },
  routes,
  counted,
  run,
}: JudgedTarget): Pick<
  TargetState,
  "name" | "attempts" | "url" | "file" | "timeoutSeconds" | "retry" | "routes"
> &
  Partial<TargetState> {
  const wait = counted && quantilesOf(counted.wait);
  return {
    name: target,
    attempts: { ...counted?.attempts },
    ...(wait && { wait }),
    ...(run && { run }),
    url: shownUrl(file),
    file: `targets/${target}.yaml`,
    ...(file.limit && { limit: { count: file.limit.count, perSeconds: file.limit.perSeconds } }),
    timeoutSeconds: file.timeoutSeconds,
    retry: { ...file.retry },
    routes: [...routes],
  };
}

/** As it is written, so that no variable's value is told; without credentials and query. */
function shownUrl(file: Target["file"]): string {
  const { url } = JSON.parse(JSON.stringify(file)) as { url: string };
  return url.replace(/^([a-z]+:\/\/)[^/?#]*@/i, "$1").replace(/[?#][^]*$/, "");
}

function drainOf(waiting: number, perSecond: number, paused: boolean): { drainSeconds?: number } {
  if (waiting === 0) return { drainSeconds: 0 };
  return paused || perSecond === 0 ? {} : { drainSeconds: Math.ceil(waiting / perSecond) };
}

/** The one whose oldest has waited longest comes first; those that owe nothing come by name. */
function byOldest(a: TargetState, b: TargetState): number {
  return (a.oldestAt ?? "9").localeCompare(b.oldestAt ?? "9") || a.name.localeCompare(b.name);
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
