/** What was counted, added up: points of a plot, and windows of a target, a source or a route. */
import type { Step } from "../adapters/watching/tally-steps.ts";
import { ATTEMPT_CLASSES } from "../core/attempt-class.ts";
import { addTo, quantilesOf, type Histogram } from "../core/histogram.ts";
import type { Point } from "./shapes/state.ts";

/** What is looked at; everything where nothing is named. */
export interface Narrowed {
  readonly source?: string | undefined;
  readonly target?: string | undefined;
  readonly route?: string | undefined;
}

/** Steps as points of `stepMs` each, beginning at multiples of it. Times are known by target alone, not by route. */
export function pointsOf(steps: readonly Step[], stepMs: number, narrowed: Narrowed = {}): Point[] {
  const groups = new Map<number, Step[]>();
  for (const step of steps) {
    const at = Math.floor(step.at / stepMs) * stepMs;
    const group = groups.get(at);
    if (group === undefined) groups.set(at, [step]);
    else group.push(step);
  }
  return [...groups].map(([at, group]) => pointOf(at, group, narrowed));
}

function pointOf(at: number, steps: readonly Step[], { source, target, route }: Narrowed): Point {
  let accepted = 0;
  let duplicates = 0;
  let refused = 0;
  const attempts: Record<string, number> = {};
  const wait: Histogram = new Map();
  const run: Histogram = new Map();
  for (const step of steps) {
    for (const request of step.requests) {
      if (source !== undefined && request.source !== source) continue;
      if (request.verdict === "accepted") accepted += request.count;
      else if (request.verdict === "duplicate") duplicates += request.count;
      else refused += request.count;
    }
    for (const attempt of step.attempts) {
      if ((target ?? attempt.target) !== attempt.target || (route ?? attempt.route) !== attempt.route)
        continue;
      attempts[attempt.what] = (attempts[attempt.what] ?? 0) + attempt.count;
    }
    if (route !== undefined) continue;
    for (const [name, histogram] of step.wait) if ((target ?? name) === name) addTo(wait, histogram);
    for (const [name, histogram] of step.run) if ((target ?? name) === name) addTo(run, histogram);
  }
  const waited = quantilesOf(wait);
  const ran = quantilesOf(run);
  return {
    at: new Date(at).toISOString(),
    accepted,
    duplicates,
    refused,
    attempts,
    ...(waited && { wait: waited }),
    ...(ran && { run: ran }),
  };
}

/** A target over some steps. */
export interface OfTarget {
  readonly attempts: Record<string, number>;
  readonly failures: Map<string, number>;
  readonly wait: Histogram;
  readonly run: Histogram;
}

/** Every target that something was counted of. */
export function targetsIn(steps: readonly Step[]): Map<string, OfTarget> {
  const found = new Map<string, OfTarget>();
  const of = (name: string): OfTarget => {
    let target = found.get(name);
    if (target === undefined) {
      target = { attempts: {}, failures: new Map(), wait: new Map(), run: new Map() };
      found.set(name, target);
    }
    return target;
  };
  for (const { attempts, failures, wait, run } of steps) {
    for (const { target, what, count } of attempts) {
      const counts = of(target).attempts;
      counts[what] = (counts[what] ?? 0) + count;
    }
    for (const { target, said, count } of failures) {
      const counts = of(target).failures;
      counts.set(said, (counts.get(said) ?? 0) + count);
    }
    for (const [target, histogram] of wait) addTo(of(target).wait, histogram);
    for (const [target, histogram] of run) addTo(of(target).run, histogram);
  }
  return found;
}

/** Ends of deliveries by route: `delivered`, `filtered`, `deviated`, `failed`. */
export function endsIn(steps: readonly Step[]): Map<string, Record<string, number>> {
  const found = new Map<string, Record<string, number>>();
  for (const { ends } of steps)
    for (const { route, how, count } of ends) {
      const counts = found.get(route) ?? {};
      counts[how] = (counts[how] ?? 0) + count;
      found.set(route, counts);
    }
  return found;
}

/** Requests by source. `lastAt` is the beginning of the last step in which something was accepted, epoch ms. */
export function requestsIn(
  steps: readonly Step[],
): Map<string, { accepted: number; duplicates: number; refused: Record<string, number>; lastAt?: number }> {
  const found: ReturnType<typeof requestsIn> = new Map();
  for (const { at, requests } of steps)
    for (const { source, verdict, count } of requests) {
      const counts = found.get(source) ?? { accepted: 0, duplicates: 0, refused: {} };
      if (verdict === "accepted") {
        counts.accepted += count;
        counts.lastAt = at;
      } else if (verdict === "duplicate") counts.duplicates += count;
      else counts.refused[verdict] = (counts.refused[verdict] ?? 0) + count;
      found.set(source, counts);
    }
  return found;
}

/** All attempts, or those of some classes. */
export function attemptsOf(
  counts: Readonly<Record<string, number>> | undefined,
  classes: readonly string[] = ATTEMPT_CLASSES,
): number {
  return classes.reduce((total, name) => total + (counts?.[name] ?? 0), 0);
}
