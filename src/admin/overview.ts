/** Is anything wrong, since when, whose fault: the router at a glance, computed at most once in 2 s for all who look. */
import type { Queues } from "../adapters/bullmq.ts";
import type { Beat } from "../adapters/heartbeat.ts";
import type { Held } from "../adapters/held.ts";
import type { Pause } from "../adapters/pauses.ts";
import type { StoreFacts } from "../adapters/store-state.ts";
import type { Step, TallySteps } from "../adapters/tally-steps.ts";
import type { Judged } from "../adapters/verdicts.ts";
import { quantilesOf, sizeOf, type Histogram } from "../core/histogram.ts";
import type { Clock } from "../ports.ts";
import type { Target, Workspace } from "../rules/workspace.ts";
import { balanceOf } from "./balance.ts";
import { attemptsOf, endsIn, pointsOf, requestsIn, targetsIn, type OfTarget } from "./counted.ts";
import type { BalanceHour, DeadCause, History } from "./history.ts";
import type { Balance, Overview, RouteState, SourceState, TargetState } from "./shapes/state.ts";
import { verdictOf } from "./verdict.ts";

/** What the overview is made of. */
export interface Sights {
  readonly workspace: () => Workspace;
  readonly clock: Clock;
  readonly steps: TallySteps;
  readonly queues: Pick<Queues, "counts" | "due">;
  readonly history: Pick<History, "oldest" | "deadCauses" | "balance" | "usage">;
  readonly pauses: () => Promise<ReadonlyMap<string, Pause>>;
  readonly workers: () => Promise<readonly Beat[]>;
  readonly since: (judged: readonly Judged[]) => Promise<ReadonlyMap<string, number>>;
  readonly held: (
    targets: readonly { target: string; routes: readonly string[] }[],
    hours: { from: number; to: number },
  ) => Promise<readonly Held[]>;
  readonly store: { readonly kind: string; readonly describe: string; readonly warnings: readonly string[] };
  readonly facts: () => Promise<StoreFacts>;
  readonly version: string;
}

/** The overview and its parts; each is shared by all who ask within 2 s. */
export interface Glance {
  overview(): Promise<Overview>;
  targets(): Promise<readonly TargetState[]>;
  sources(): Promise<readonly SourceState[]>;
  routes(): Promise<readonly RouteState[]>;
  balance(hours: number): Promise<Balance>;
}

const SHARED_MS = 2_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Fewer attempts than this in a day make nothing usual. */
const USUAL_LEAST = 100;
const BALANCE_HOURS = 24;
/** Waiting retries are told by when they fire: within so many ms. */
const DUE_MS = [10_000, MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS, HOUR_MS, 6 * HOUR_MS, DAY_MS];

/** Reads everything when it is asked for. */
export function createGlance(sights: Sights): Glance {
  const { clock, workspace, steps } = sights;
  const minutes = shared(async () => steps.read("minute", clock.now() - HOUR_MS, clock.now()));
  const causes = shared(() => sights.history.deadCauses());
  const targets = shared(async () => targetsOf(sights, await minutes(), await causes()));
  const balances = new Map<number, () => Promise<Balance>>();
  const balance = (hours: number): Promise<Balance> => {
    let read = balances.get(hours);
    if (read === undefined) balances.set(hours, (read = shared(() => readBalance(sights, hours))));
    return read();
  };
  const sources = async (): Promise<readonly SourceState[]> => sourcesOf(workspace(), await minutes());
  const overview = shared(async (): Promise<Overview> => {
    const [states, beats, facts, usage, dead, points, due, balanced] = await Promise.all([
      targets(),
      sights.workers(),
      sights.facts(),
      sights.history.usage(),
      causes(),
      minutes(),
      retriesDue(sights),
      balance(BALANCE_HOURS),
    ]);
    const { kind, describe, warnings } = sights.store;
    return {
      at: isoOf(clock.now()),
      version: sights.version,
      revision: workspace().revision,
      targets: [...states],
      sources: [...(await sources())],
      workers: beats.map((beat) => ({ ...beat })),
      store: {
        kind,
        describe,
        reachable: true,
        durability: facts.durability,
        ...(facts.usedBytes !== undefined && { usedBytes: facts.usedBytes }),
        ...(facts.maxBytes !== undefined && { maxBytes: facts.maxBytes }),
        warnings: [...new Set([...warnings, ...facts.warnings])],
        history: {
          events: usage.events,
          bytes: usage.bytes,
          segments: usage.segments,
          ...(usage.oldestAt !== undefined && { oldestAt: isoOf(usage.oldestAt) }),
        },
      },
      points: pointsOf(points.slice(-60), MINUTE_MS),
      retriesDue: due,
      deadLetters: dead.reduce((sum, { count }) => sum + count, 0),
      balance: balanced,
    };
  });
  const routes = async (): Promise<readonly RouteState[]> => routesOf(workspace(), await minutes());
  return { overview, targets, sources, routes, balance };
}

/** One computation at a time, its result for all who ask within 2 s of its beginning. A failure is nobody else's. */
export function shared<T>(compute: () => Promise<T>): () => Promise<T> {
  let begun = -Infinity;
  let result: Promise<T> | undefined;
  return () => {
    const now = performance.now();
    if (result !== undefined && now - begun < SHARED_MS) return result;
    begun = now;
    const mine = compute();
    result = mine;
    mine.catch(() => {
      if (result === mine) result = undefined;
    });
    return mine;
  };
}

async function targetsOf(
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
    const count = counts.get(name) ?? { waiting: 0, delayed: 0, active: 0, taken: 0 };
    const of = windows.quarter.get(name);
    const own = [...routes.values()].filter((route) => route.target.name === name).map((route) => route.name);
    const pause = paused.get(name);
    const usual = windows.usual.get(name)?.run;
    const run = quantilesOf(of?.run ?? new Map());
    const usually = usual && sizeOf(usual) >= USUAL_LEAST ? quantilesOf(usual) : undefined;
    const fiveMinutes = attemptsOf(windows.five.get(name)?.attempts);
    const judged = verdictOf({
      ...(pause && { paused: pause }),
      workers,
      waiting: count.waiting,
      retrying: count.delayed,
      active: count.active,
      attempts: of?.attempts ?? {},
      failures: of?.failures ?? new Map<string, number>(),
      dead: own.reduce((sum, route) => sum + (windows.ends.get(route)?.["failed"] ?? 0), 0),
      ...(run && { run }),
      ...(usually && { usual: usually }),
      timeoutSeconds: file.timeoutSeconds,
      ...(file.limit && { limit: file.limit }),
      taken: count.taken,
      lastMinute: attemptsOf(windows.one.get(name)?.attempts),
    });
    const open = oldest.get(name);
    const state = {
      ...stateOf(target, own, of, run),
      ...judged,
      ...(pause && { paused: { ...pause } }),
      waiting: count.waiting,
      retrying: count.delayed,
      active: count.active,
      open: open?.count ?? 0,
      dead: causes.reduce((sum, cause) => sum + (cause.target === name ? cause.count : 0), 0),
      ...(open?.oldestAt !== undefined && { oldestAt: isoOf(open.oldestAt) }),
      perMinute: Math.round((fiveMinutes / 5) * 10) / 10,
      ...drainOf(count.waiting, fiveMinutes / 300, pause !== undefined),
    };
    return { state, from: pause === undefined ? now : Date.parse(pause.at) };
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
): Pick<TargetState, "name" | "attempts" | "url" | "file" | "concurrency" | "timeoutSeconds" | "retry" | "routes"> &
  Partial<TargetState> {
  const wait = quantilesOf(of?.wait ?? (new Map() as Histogram));
  return {
    name,
    attempts: { ...of?.attempts },
    ...(wait && { wait }),
    ...(run && { run }),
    url: shownUrl(file),
    file: `targets/${name}.yaml`,
    concurrency: file.concurrency,
    ...(file.limit && { limit: { ...file.limit } }),
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

function sourcesOf({ sources, routesOf }: Workspace, minutes: readonly Step[]): SourceState[] {
  const counted = requestsIn(minutes);
  return [...sources.values()].map(({ name, provider, scheme }) => {
    const { accepted = 0, duplicates = 0, refused = {}, lastAt } = counted.get(name) ?? {};
    return {
      name,
      ...(provider && { provider: provider.id }),
      scheme: scheme.kind,
      file: `sources/${name}.yaml`,
      path: `/hooks/${name}`,
      routes: routesOf(name).map((route) => route.name),
      accepted,
      duplicates,
      refused,
      ...(lastAt !== undefined && { lastAt: isoOf(lastAt) }),
    };
  });
}

function routesOf({ routes }: Workspace, minutes: readonly Step[]): RouteState[] {
  const ends = endsIn(minutes);
  const attempts = new Map<string, number>();
  for (const step of minutes.slice(-6))
    for (const { route, count } of step.attempts) attempts.set(route, (attempts.get(route) ?? 0) + count);
  return [...routes.values()].map(({ name, file, transform, target }) => {
    const { delivered = 0, failed = 0, filtered = 0 } = ends.get(name) ?? {};
    return {
      name,
      source: file.source,
      on: [...file.on],
      ...(file.when !== undefined && { when: file.when }),
      ...(transform && { transform: transform.name, revision: transform.revision }),
      target: target.name,
      file: `routes/${name}.yaml`,
      perMinute: Math.round(((attempts.get(name) ?? 0) / 5) * 10) / 10,
      delivered,
      failed,
      filtered,
    };
  });
}

async function retriesDue({ clock, workspace, queues }: Sights): Promise<{ at: string; count: number }[]> {
  const now = clock.now();
  const counts = await queues.counts([...workspace().targets.keys()]);
  const waiting = [...counts].filter(([, { delayed }]) => delayed > 0);
  if (waiting.length === 0) return [];
  const names = waiting.map(([name]) => name);
  const upTo = await queues.due(names, DUE_MS.map((ms) => now + ms));
  const all = waiting.reduce((sum, [, { delayed }]) => sum + delayed, 0);
  const buckets = upTo.map((count, at) => ({
    at: isoOf(now + DUE_MS[at]!),
    count: count - (upTo[at - 1] ?? 0),
  }));
  const later = all - (upTo.at(-1) ?? 0);
  return [...buckets, { at: isoOf(now + 30 * DAY_MS), count: later }].filter(({ count }) => count > 0);
}

async function readBalance(sights: Sights, hours: number): Promise<Balance> {
  const { workspace, history, pauses, held, clock } = sights;
  const [rows, paused] = await Promise.all([history.balance(hours), pauses()]);
  const { routes } = workspace();
  const targets = [...paused.keys()].map((target) => ({
    target,
    routes: [...routes.values()].filter((route) => route.target.name === target).map(({ name }) => name),
  }));
  const to = Math.floor(clock.now() / HOUR_MS);
  const holds = targets.length === 0 ? [] : await held(targets, { from: to - hours, to });
  return balanceOf(rows satisfies readonly BalanceHour[], holds, (route) => routes.get(route)?.file.source);
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
