/** Judges the targets: what is known of each, read at once, its verdict by that, and since when it has it. */
import { NO_COUNTS, type Counts } from "../adapters/queues/ready.ts";
import type { Pause } from "../adapters/waiting/pauses.ts";
import type { Judged } from "../adapters/watching/verdicts.ts";
import type { Step } from "../adapters/watching/tally-steps.ts";
import { quantilesOf, sizeOf, type Quantiles } from "../core/histogram.ts";
import type { Target, Workspace } from "../rules/workspace.ts";
import { attemptsOf, endsIn, targetsIn, type OfTarget } from "./counted.ts";
import { flowStateOf, heldBack, isFull } from "./flow-states.ts";
import type { Sights } from "./sights.ts";
import { verdictOf, type Verdict } from "./verdict.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Fewer attempts than this in a day make nothing usual. */
const USUAL_LEAST = 100;

const NO_ROUTES: readonly string[] = [];

/** A target with its verdict, and what that was made of. */
export interface JudgedTarget extends Judged {
  readonly verdict: Verdict;
  /** As it stands in its file. */
  readonly loaded: Target;
  /** The routes that lead to it. */
  readonly routes: readonly string[];
  readonly counts: Counts;
  readonly flow: ReturnType<typeof flowStateOf>;
  readonly pause: Pause | undefined;
  /** The last 15 minutes; undefined where nothing was counted. */
  readonly counted: OfTarget | undefined;
  readonly run: Quantiles | undefined;
  /** Attempts in the last five minutes. */
  readonly fiveMinutes: number;
}

/** All targets of the workspace, judged. */
export interface Judgement {
  readonly targets: readonly JudgedTarget[];
  /** Since when each has its verdict, epoch ms. */
  readonly since: ReadonlyMap<string, number>;
}

/** Judges all targets, `minutes` being the steps of the last hour; a verdict that has changed is written down, and told. */
export async function judge(sights: Sights, minutes: readonly Step[]): Promise<Judgement> {
  const now = sights.clock.now();
  const workspace = sights.workspace();
  const hour = Math.floor(now / HOUR_MS) * HOUR_MS;
  const [counts, pauses, beats, day] = await Promise.all([
    sights.queues.counts([...workspace.targets.keys()]),
    sights.pauses(),
    sights.workers(),
    sights.steps.read("hour", hour - DAY_MS, hour),
  ]);
  const since = (ms: number): readonly Step[] => minutes.filter(({ at }) => at + MINUTE_MS > now - ms);
  const quarter = since(15 * MINUTE_MS);
  const known: Known = {
    now,
    workspace,
    counts,
    pauses,
    workers: beats.filter(({ role }) => role !== "ingest").length,
    routesTo: routesByTarget(workspace),
    quarter: targetsIn(quarter),
    ends: endsIn(quarter),
    five: targetsIn(since(5 * MINUTE_MS)),
    one: targetsIn(since(MINUTE_MS)),
    usual: targetsIn(day),
  };
  const targets = [...workspace.targets.values()].map((target) => judged(target, known));
  return { targets, since: await sights.since(targets) };
}

interface Known {
  readonly now: number;
  readonly workspace: Workspace;
  readonly counts: ReadonlyMap<string, Counts>;
  readonly pauses: ReadonlyMap<string, Pause>;
  readonly workers: number;
  readonly routesTo: ReadonlyMap<string, readonly string[]>;
  readonly quarter: ReadonlyMap<string, OfTarget>;
  readonly ends: ReturnType<typeof endsIn>;
  readonly five: ReadonlyMap<string, OfTarget>;
  readonly one: ReadonlyMap<string, OfTarget>;
  readonly usual: ReadonlyMap<string, OfTarget>;
}

/** Runs for every target every few seconds, most of which have nothing to do: what is not there is left out, not copied. */
function judged(loaded: Target, known: Known): JudgedTarget {
  const { name, file } = loaded;
  const counts = known.counts.get(name) ?? NO_COUNTS;
  const flow = flowStateOf(counts.flow, loaded.flow, known.now);
  const counted = known.quarter.get(name);
  const routes = known.routesTo.get(name) ?? NO_ROUTES;
  const pause = known.pauses.get(name);
  const usual = known.usual.get(name)?.run;
  const run = counted && quantilesOf(counted.run);
  const { open, asked } = heldBack(flow, known.now);
  const { verdict, reason } = verdictOf({
    paused: pause,
    workers: known.workers,
    waiting: counts.waiting,
    retrying: counts.delayed,
    mayWait: routes.some((route) => known.workspace.routes.get(route)?.timing !== undefined),
    active: counts.active,
    attempts: counted?.attempts ?? {},
    failures: counted?.failures,
    dead: routes.reduce((sum, route) => sum + (known.ends.get(route)?.["failed"] ?? 0), 0),
    run,
    usual: usual && sizeOf(usual) >= USUAL_LEAST ? quantilesOf(usual) : undefined,
    timeoutSeconds: file.timeoutSeconds,
    limit: file.limit,
    isFull: isFull(counts.flow, loaded.flow, known.now),
    open,
    asked,
    lastMinute: attemptsOf(known.one.get(name)?.attempts),
  });
  const begun = pause?.at ?? flow.breaker?.since;
  return {
    target: name,
    verdict,
    reason,
    from: begun === undefined ? known.now : Date.parse(begun),
    loaded,
    routes,
    counts,
    flow,
    pause,
    counted,
    run,
    fiveMinutes: attemptsOf(known.five.get(name)?.attempts),
  };
}

function routesByTarget({ routes }: Workspace): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { name, target } of routes.values()) {
    const names = found.get(target.name);
    if (names === undefined) found.set(target.name, [name]);
    else names.push(name);
  }
  return found;
}
