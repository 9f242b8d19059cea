/** Is anything wrong, since when, whose fault: the router at a glance, computed at most once in 2 s for all who look. */
import type { Step } from "../adapters/watching/tally-steps.ts";
import { SignalboxError } from "../core/errors.ts";
import { OWN_SOURCE } from "../core/happening.ts";
import type { Workspace } from "../rules/workspace.ts";
import { balanceOf } from "./balance.ts";
import { endsIn, pointsOf, requestsIn } from "./counted.ts";
import { judge } from "./judging.ts";
import type { Balance, Overview, RouteState, SourceState, TargetState } from "./shapes/state.ts";
import { shownCauses, shownEvent } from "./shown.ts";
import type { Sights } from "./sights.ts";
import { targetsOf } from "./target-states.ts";

/** The overview and its parts; each is shared by all who ask within 2 s. */
export interface Glance {
  overview(): Promise<Overview>;
  targets(): Promise<readonly TargetState[]>;
  /** Looks at the verdicts though nobody asks; those that have changed are written down and told. */
  judge(): Promise<void>;
  sources(): Promise<readonly SourceState[]>;
  routes(): Promise<readonly RouteState[]>;
  balance(hours: number): Promise<Balance>;
  /** Somebody has changed something here: whoever looks next sees it. */
  changed(): void;
}

const SHARED_MS = 2_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const BALANCE_HOURS = 24;
const LATEST_EVENTS = 8;
const LATEST_CAUSES = 5;
/** Waiting retries are told by when they fire: within so many ms. */
const DUE_MS = [10_000, MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS, HOUR_MS, 6 * HOUR_MS, DAY_MS];

/** Reads everything when it is asked for. */
export function createGlance(sights: Sights): Glance {
  const { clock, workspace, steps } = sights;
  const minutes = shared(async () => steps.read("minute", clock.now() - HOUR_MS, clock.now()));
  const causes = shared(() => sights.history.deadCauses());
  const judgement = shared(async () => judge(sights, await minutes()));
  const targets = shared(async () => {
    const names = [...workspace().targets.keys()];
    const [judged, oldest, dead] = await Promise.all([judgement(), sights.history.oldest(names), causes()]);
    return targetsOf(judged, oldest, dead);
  });
  const balances = new Map<number, () => Promise<Balance>>();
  const balance = (hours: number): Promise<Balance> => {
    let read = balances.get(hours);
    if (read === undefined) balances.set(hours, (read = shared(() => readBalance(sights, hours))));
    return read();
  };
  const sources = async (): Promise<readonly SourceState[]> =>
    sourcesOf(workspace(), await minutes(), sights.clock.now());
  const overview = shared(async (): Promise<Overview> => {
    const [states, beats, facts, usage, dead, points, due, balanced, newest, stoppedLines] =
      await Promise.all([
        targets(),
        sights.workers(),
        sights.facts(),
        sights.history.usage(),
        causes(),
        minutes(),
        retriesDue(sights),
        balance(BALANCE_HOURS),
        sights.history.events({ limit: LATEST_EVENTS }),
        sights.stoppedLines(),
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
      stoppedLines,
      latestEvents: newest.items.map((event) => shownEvent(event, sights.paused)),
      latestCauses: shownCauses(dead).slice(0, LATEST_CAUSES),
      balance: balanced,
    };
  });
  const routes = async (): Promise<readonly RouteState[]> => routesOf(workspace(), await minutes());
  const changed = (): void => {
    for (const read of [judgement, targets, overview]) read.forget();
    balances.clear();
  };
  return {
    overview,
    targets,
    judge: async () => void (await judgement()),
    sources,
    routes,
    balance,
    changed,
  };
}

/** A store that is away is not waited for longer than this. */
const PATIENCE_MS = 4_000;

/** Reads what is shared; `forget` has the next one compute it anew. */
export interface Shared<T> {
  (): Promise<T>;
  forget(): void;
}

/** One computation at a time, its result for all who ask within 2 s of its beginning. Throws ADMIN_STORE_UNAVAILABLE. */
export function shared<T>(compute: () => Promise<T>): Shared<T> {
  let begun = -Infinity;
  let result: Promise<T> | undefined;
  const read = (): Promise<T> => {
    const now = performance.now();
    if (result !== undefined && now - begun < SHARED_MS) return result;
    begun = now;
    const mine = inTime(compute());
    result = mine;
    mine.catch(() => {
      if (result === mine) result = undefined;
    });
    return mine;
  };
  return Object.assign(read, { forget: () => void (result = undefined) });
}

function inTime<T>(promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = new SignalboxError("ADMIN_STORE_UNAVAILABLE", "The store does not answer in time.");
    const timer = setTimeout(() => reject(late), PATIENCE_MS);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function sourcesOf({ sources, routesOf }: Workspace, minutes: readonly Step[], now: number): SourceState[] {
  const counted = requestsIn(minutes);
  const own =
    routesOf(OWN_SOURCE).length > 0
      ? [{ name: OWN_SOURCE, provider: undefined, scheme: undefined, schedule: undefined }]
      : [];
  return [...sources.values(), ...own].map(({ name, provider, scheme, schedule }) => {
    const { accepted = 0, duplicates = 0, refused = {}, lastAt } = counted.get(name) ?? {};
    return {
      name,
      ...(provider && { provider: provider.id }),
      scheme: schedule === undefined ? (scheme?.kind ?? "own") : "schedule",
      ...(scheme && { file: `sources/${name}.yaml`, path: `/hooks/${name}` }),
      ...(schedule && { schedule: schedule.words, ...nextOf(schedule.next(now)) }),
      routes: routesOf(name).map((route) => route.name),
      accepted,
      duplicates,
      refused,
      ...(lastAt !== undefined && { lastAt: isoOf(lastAt) }),
    };
  });
}

function nextOf(at: number | undefined): { nextAt?: string } {
  return at === undefined ? {} : { nextAt: isoOf(at) };
}

function routesOf({ routes }: Workspace, minutes: readonly Step[]): RouteState[] {
  const ends = endsIn(minutes);
  const attempts = new Map<string, number>();
  for (const step of minutes.slice(-6))
    for (const { route, count } of step.attempts) attempts.set(route, (attempts.get(route) ?? 0) + count);
  return [...routes.values()].map(({ name, version, file, transform, target, shadow, canary }) => {
    const { delivered = 0, failed = 0, filtered = 0, deviated = 0 } = ends.get(name) ?? {};
    return {
      name,
      version,
      source: file.source,
      on: [...file.on],
      ...(file.when !== undefined && { when: file.when }),
      ...(transform && { transform: transform.name, revision: transform.revision }),
      ...(shadow && { shadow: shadow.transform.name }),
      ...(canary && { canary: canary.transform.name }),
      target: target.name,
      file: `routes/${name}.yaml`,
      perMinute: Math.round(((attempts.get(name) ?? 0) / 5) * 10) / 10,
      delivered,
      failed,
      filtered,
      deviated,
    };
  });
}

async function retriesDue({ clock, workspace, queues }: Sights): Promise<{ at: string; count: number }[]> {
  const now = clock.now();
  const counts = await queues.counts([...workspace().targets.keys()]);
  const waiting = [...counts].filter(([, { delayed }]) => delayed > 0);
  if (waiting.length === 0) return [];
  const names = waiting.map(([name]) => name);
  const upTo = await queues.due(
    names,
    DUE_MS.map((ms) => now + ms),
  );
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
  const targets = [...new Set([...paused.keys(), ...sights.open()])].map((target) => ({
    target,
    routes: [...routes.values()].filter((route) => route.target.name === target).map(({ name }) => name),
  }));
  const to = Math.floor(clock.now() / HOUR_MS);
  const holds = targets.length === 0 ? [] : await held(targets, { from: to - hours, to });
  return balanceOf(rows, holds, (route) => routes.get(route)?.file.source);
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
