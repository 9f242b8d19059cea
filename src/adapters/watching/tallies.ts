/** Counts of what happens: kept in this process, added to the store's minutes and hours every 2 s in one pipeline. */
import { ATTEMPT_CLASSES, type AttemptClass } from "../../core/attempt-class.ts";
import { BUCKETS, bucketOf } from "../../core/histogram.ts";
import type { Clock, Log, Tally } from "../../ports.ts";
import type { Pipeline, StoreConnection } from "../store/redis.ts";

const FLUSH_MS = 2_000;
const LAST_MS = 500;

/** How long and how finely it is kept. A step's counts stand in a hash, its times in two more for each target. */
export const STEPS = {
  minute: { ms: 60_000, keptMs: 24 * 3_600_000 },
  hour: { ms: 3_600_000, keptMs: 30 * 24 * 3_600_000 },
} as const;
export type StepKind = keyof typeof STEPS;

/** `q|<source>|<verdict>`, `a|<target>|<route>|<class>`, `e|<target>|<status or code>`, `d|<route>|<end>` → count. */
export function countsKey(kind: StepKind, step: number): string {
  return `{sb}:t:${kind[0]!}:${step}`;
}

/** Bucket → count: of waiting (`w`) or of running (`r`). */
export function timesKey(kind: StepKind, step: number, what: "w" | "r", target: string): string {
  return `{sb}:t:${kind[0]!}:${step}:${what}:${target}`;
}

interface OfTarget {
  /** Attempts by route, in the order of ATTEMPT_CLASSES. */
  readonly routes: Map<string, number[]>;
  /** Failures by status, or by code where nothing was answered. */
  readonly failures: Map<string, number>;
  readonly wait: Uint32Array;
  readonly run: Uint32Array;
}

/** Names are the workspace's, so that what is kept is bounded by it. */
interface Counts {
  readonly requests: Map<string, Map<string, number>>;
  readonly targets: Map<string, OfTarget>;
  readonly ends: Map<string, Map<string, number>>;
}

const CLASS_AT: Readonly<Record<string, number>> = Object.fromEntries(
  ATTEMPT_CLASSES.map((name, at) => [name, at]),
);

/** A tally that is written down; `stop` writes what is left. */
export interface Tallies extends Tally {
  /** Writes what was counted since the last time. */
  flush(): Promise<void>;
  stop(): Promise<void>;
}

/** Counts, and adds to the store in time with its minutes: what is counted is never more than 2 s from its step. */
export function createTallies(commands: StoreConnection, clock: Clock, log: Log): Tallies {
  let counts = empty();
  let since = clock.now();
  let timer: NodeJS.Timeout;
  let writing: Promise<void> = Promise.resolve();

  const flush = (): Promise<void> => {
    const full = counts;
    const at = since;
    since = clock.now();
    if (full.requests.size === 0 && full.targets.size === 0 && full.ends.size === 0) return writing;
    counts = empty();
    const pipeline = commands.pipeline();
    add(pipeline, full, at);
    writing = pipeline.exec().then(
      () => undefined,
      (error: unknown) => log.debug({ error: String(error) }, "tallies.lost"),
    );
    return writing;
  };
  const schedule = (): void => {
    const toMinute = STEPS.minute.ms - (clock.now() % STEPS.minute.ms);
    timer = setTimeout(
      () => {
        void flush();
        schedule();
      },
      Math.min(FLUSH_MS, Math.max(1, toMinute)),
    );
    timer.unref();
  };
  schedule();

  return {
    request(source, verdict) {
      let of = counts.requests.get(source);
      if (of === undefined) counts.requests.set(source, (of = new Map()));
      of.set(verdict, (of.get(verdict) ?? 0) + 1);
    },
    attempt({ target, route }, what, { request, status, error, durationMs, timings }) {
      let of = counts.targets.get(target);
      if (of === undefined) counts.targets.set(target, (of = emptyTarget()));
      let classes = of.routes.get(route);
      if (classes === undefined) of.routes.set(route, (classes = ATTEMPT_CLASSES.map(() => 0)));
      classes[CLASS_AT[what]!]!++;
      of.wait[bucketOf(timings.waitMs)]!++;
      if (request !== undefined) of.run[bucketOf(durationMs)]!++;
      if (error === undefined) return;
      const isStatus = status !== undefined && error.code !== "FORWARD_ANSWER_DEVIATED";
      const said = isStatus ? String(status) : error.code;
      of.failures.set(said, (of.failures.get(said) ?? 0) + 1);
    },
    ended({ route }, how) {
      let of = counts.ends.get(route);
      if (of === undefined) counts.ends.set(route, (of = new Map()));
      of.set(how, (of.get(how) ?? 0) + 1);
    },
    flush,
    async stop() {
      clearTimeout(timer);
      // A store that is away is not waited for.
      await Promise.race([flush(), new Promise((resolve) => setTimeout(resolve, LAST_MS).unref())]);
    },
  };
}

function empty(): Counts {
  return { requests: new Map(), targets: new Map(), ends: new Map() };
}

function emptyTarget(): OfTarget {
  const wait = new Uint32Array(BUCKETS);
  return { routes: new Map(), failures: new Map(), wait, run: new Uint32Array(BUCKETS) };
}

function add(pipeline: Pipeline, counts: Counts, at: number): void {
  for (const kind of ["minute", "hour"] as const) {
    const { ms, keptMs } = STEPS[kind];
    const step = Math.floor(at / ms);
    const seconds = Math.round((keptMs + ms) / 1000);
    const key = countsKey(kind, step);
    for (const [source, verdicts] of counts.requests)
      for (const [verdict, count] of verdicts) pipeline.hincrby(key, `q|${source}|${verdict}`, count);
    for (const [route, ends] of counts.ends)
      for (const [how, count] of ends) pipeline.hincrby(key, `d|${route}|${how}`, count);
    for (const [target, { routes, failures, wait, run }] of counts.targets) {
      for (const [said, count] of failures) pipeline.hincrby(key, `e|${target}|${said}`, count);
      for (const [route, classes] of routes)
        classes.forEach((count, index) => {
          if (count > 0) pipeline.hincrby(key, `a|${target}|${route}|${nameOf(index)}`, count);
        });
      addTimes(pipeline, timesKey(kind, step, "w", target), wait, seconds);
      addTimes(pipeline, timesKey(kind, step, "r", target), run, seconds);
    }
    pipeline.expire(key, seconds);
  }
}

function nameOf(index: number): AttemptClass {
  return ATTEMPT_CLASSES[index]!;
}

function addTimes(pipeline: Pipeline, key: string, times: Uint32Array, seconds: number): void {
  let any = false;
  for (let bucket = 0; bucket < times.length; bucket++) {
    if (times[bucket] === 0) continue;
    pipeline.hincrby(key, String(bucket), times[bucket]!);
    any = true;
  }
  if (any) pipeline.expire(key, seconds);
}

/** One tally of several. */
export function allOf(...tallies: readonly Tally[]): Tally {
  return {
    request: (...what) => tallies.forEach((one) => one.request(...what)),
    attempt: (...what) => tallies.forEach((one) => one.attempt(...what)),
    ended: (...what) => tallies.forEach((one) => one.ended(...what)),
  };
}
