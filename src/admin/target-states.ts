/** The targets as they are: what waits for each, how it does, its verdict and since when. */
import { isHeld } from "../adapters/waiting/flow-state.ts";
import type { Step } from "../adapters/watching/tally-steps.ts";
import { quantilesOf, sizeOf } from "../core/histogram.ts";
import type { Target } from "../rules/workspace.ts";
import { attemptsOf, endsIn, targetsIn, type OfTarget } from "./counted.ts";
import { flowStateOf, heldBack, isFull } from "./flow-states.ts";
import type { DeadCause } from "../history.ts";
import type { TargetState } from "./shapes/state.ts";
import type { Sights } from "./sights.ts";
import { verdictOf } from "./verdict.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Fewer attempts than this in a day make nothing usual. */
const USUAL_LEAST = 100;

/** All targets of the workspace, the one whose oldest delivery has waited longest first. `minutes`: the last hour's. */
export async function targetsOf(
  sights: Sights,
  minutes: readonly Step[],
  causes: readonly DeadCause[],
): Promise<readonly TargetState[]> {
  const { clock, workspace, queues, history, steps } = sights;
  const now = clock.now();
  const { targets, routes } = workspace();
  const names = [...targets.keys()];
  const hour = Math.floor(now / HOUR_MS) * HOUR_MS;
  const [counts, oldest, paused, beats, day] = await Promise.all([
    queues.counts(names),
    history.oldest(names),
    sights.pauses(),
    sights.workers(),
    steps.read("hour", hour - DAY_MS, hour),
  ]);
  const since = (ms: number): readonly Step[] => minutes.filter(({ at }) => at + MINUTE_MS > now - ms);
  const quarter = since(15 * MINUTE_MS);
  const windows = {
    quarter: targetsIn(quarter),
    ends: endsIn(quarter),
    five: targetsIn(since(5 * MINUTE_MS)),
    one: targetsIn(since(MINUTE_MS)),
    usual: targetsIn(day),
  };
  const workers = beats.filter(({ role }) => role !== "ingest").length;
  const states = [...targets.values()].map((target) => {
    const { name, file } = target;
    const count = counts.get(name) ?? { waiting: 0, delayed: 0, active: 0, flow: {} };
    const flow = flowStateOf(count.flow, target.flow, now);
    const of = windows.quarter.get(name);
    const own = [...routes.values()].filter((route) => route.target.name === name).map((route) => route.name);
    const pause = paused.get(name);
    const usual = windows.usual.get(name)?.run;
    const run = quantilesOf(of?.run ?? new Map<number, number>());
    const usually = usual && sizeOf(usual) >= USUAL_LEAST ? quantilesOf(usual) : undefined;
    const fiveMinutes = attemptsOf(windows.five.get(name)?.attempts);
    const judged = verdictOf({
      ...(pause && { paused: pause }),
      workers,
      waiting: count.waiting,
      retrying: count.delayed,
      mayWait: own.some((route) => routes.get(route)?.timing !== undefined),
      active: count.active,
      attempts: of?.attempts ?? {},
      failures: of?.failures ?? new Map<string, number>(),
      dead: own.reduce((sum, route) => sum + (windows.ends.get(route)?.["failed"] ?? 0), 0),
      ...(run && { run }),
      ...(usually && { usual: usually }),
      timeoutSeconds: file.timeoutSeconds,
      ...(file.limit && { limit: file.limit }),
      isFull: isFull(count.flow, target.flow, now),
      ...heldBack(flow),
      lastMinute: attemptsOf(windows.one.get(name)?.attempts),
    });
    const open = oldest.get(name);
    const state = {
      ...stateOf(target, own, of, run),
      ...judged,
      ...(pause && { paused: { ...pause } }),
      ...flow,
      waiting: count.waiting,
      retrying: count.delayed,
      active: count.active,
      open: open?.count ?? 0,
      dead: causes.reduce((sum, cause) => sum + (cause.target === name ? cause.count : 0), 0),
      ...(open?.oldestAt !== undefined && { oldestAt: isoOf(open.oldestAt) }),
      perMinute: Math.round((fiveMinutes / 5) * 10) / 10,
      ...drainOf(count.waiting, fiveMinutes / 300, pause !== undefined || isHeld(count.flow)),
    };
    return { state, from: Date.parse(pause?.at ?? flow.breaker?.since ?? isoOf(now)) };
  });
  const when = await sights.since(
    states.map(({ state, from }) => ({
      target: state.name,
      verdict: state.verdict,
      reason: state.reason,
      from,
    })),
  );
  return states
    .map(({ state, from }): TargetState => ({ ...state, since: isoOf(when.get(state.name) ?? from) }))
    .sort(byOldest);
}

/** What stands in the files, and the times of 15 minutes. */
function stateOf(
  { name, file }: Target,
  routes: string[],
  of: OfTarget | undefined,
  run: ReturnType<typeof quantilesOf>,
): Pick<TargetState, "name" | "attempts" | "url" | "file" | "timeoutSeconds" | "retry" | "routes"> &
  Partial<TargetState> {
  const wait = quantilesOf(of?.wait ?? new Map<number, number>());
  return {
    name,
    attempts: { ...of?.attempts },
    ...(wait && { wait }),
    ...(run && { run }),
    url: shownUrl(file),
    file: `targets/${name}.yaml`,
    ...(file.limit && { limit: { count: file.limit.count, perSeconds: file.limit.perSeconds } }),
    timeoutSeconds: file.timeoutSeconds,
    retry: { ...file.retry },
    routes,
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
