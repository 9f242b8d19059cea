/** Reads what was counted, step by step. A step that is over is read once and kept in this process. */
import type { AttemptClass } from "../../core/attempt-class.ts";
import type { Histogram } from "../../core/histogram.ts";
import type { Clock } from "../../ports.ts";
import { STEPS, countsKey, timesKey, type StepKind } from "./tallies.ts";
import type { StoreConnection } from "../store/redis.ts";

/** What was counted in one minute or hour. */
export interface Step {
  /** Epoch ms of its beginning. */
  readonly at: number;
  readonly requests: readonly { readonly source: string; readonly verdict: string; readonly count: number }[];
  readonly attempts: readonly {
    readonly target: string;
    readonly route: string;
    readonly what: AttemptClass;
    readonly count: number;
  }[];
  /** By status, or by code where nothing was answered. */
  readonly failures: readonly { readonly target: string; readonly said: string; readonly count: number }[];
  readonly ends: readonly { readonly route: string; readonly how: string; readonly count: number }[];
  readonly wait: ReadonlyMap<string, Histogram>;
  readonly run: ReadonlyMap<string, Histogram>;
}

export interface TallySteps {
  /** The steps that begin from `from` up to but not at `to` (epoch ms), one for each, oldest first. */
  read(kind: StepKind, from: number, to: number): Promise<readonly Step[]>;
}

/** After its end a step may still grow for so long: other processes flush late. */
const LATE_MS = 10_000;
const MAX_KEPT = 2_500;

/** Steps over a connection that does not block. */
export function createTallySteps(commands: StoreConnection, clock: Clock): TallySteps {
  const kept = new Map<string, Step>();
  return {
    async read(kind, from, to) {
      const { ms } = STEPS[kind];
      const wanted: number[] = [];
      for (let step = Math.floor(from / ms); step * ms < to; step++) wanted.push(step);
      const missing = wanted.filter((step) => !kept.has(`${kind}${step}`));
      const over = clock.now() - LATE_MS;
      const fresh = new Map<number, Step>();
      for (const [at, step] of (await fetchSteps(commands, kind, missing)).entries()) {
        fresh.set(missing[at]!, step);
        if (step.at + ms < over) kept.set(`${kind}${missing[at]!}`, step);
      }
      const steps = wanted.map((step) => fresh.get(step) ?? kept.get(`${kind}${step}`)!);
      for (const key of kept.keys()) {
        if (kept.size <= MAX_KEPT) break;
        kept.delete(key);
      }
      return steps;
    },
  };
}

async function fetchSteps(
  commands: StoreConnection,
  kind: StepKind,
  steps: readonly number[],
): Promise<Step[]> {
  if (steps.length === 0) return [];
  const counts = commands.pipeline();
  for (const step of steps) counts.hgetall(countsKey(kind, step));
  const replies = ((await counts.exec()) ?? []).map(([, reply]) => (reply ?? {}) as Record<string, string>);
  const begun = steps.map((step, at) => parsed(step * STEPS[kind].ms, replies[at] ?? {}));
  const times = commands.pipeline();
  const asked: { histograms: Map<string, Histogram>; target: string }[] = [];
  begun.forEach(({ attempts, wait, run }, at) => {
    for (const target of new Set(attempts.map((attempt) => attempt.target))) {
      times.hgetall(timesKey(kind, steps[at]!, "w", target));
      times.hgetall(timesKey(kind, steps[at]!, "r", target));
      asked.push({ histograms: wait, target }, { histograms: run, target });
    }
  });
  if (asked.length === 0) return begun;
  ((await times.exec()) ?? []).forEach(([, reply], at) => {
    const { histograms, target } = asked[at]!;
    const buckets = Object.entries((reply ?? {}) as Record<string, string>);
    if (buckets.length > 0)
      histograms.set(target, new Map(buckets.map(([bucket, count]) => [Number(bucket), Number(count)])));
  });
  return begun;
}

function parsed(
  at: number,
  fields: Readonly<Record<string, string>>,
): Step & { wait: Map<string, Histogram>; run: Map<string, Histogram> } {
  const requests: Step["requests"][number][] = [];
  const attempts: Step["attempts"][number][] = [];
  const failures: Step["failures"][number][] = [];
  const ends: Step["ends"][number][] = [];
  for (const [field, text] of Object.entries(fields)) {
    const [kind, one = "", two = "", three = ""] = field.split("|");
    const count = Number(text);
    if (kind === "q") requests.push({ source: one, verdict: two, count });
    else if (kind === "a") attempts.push({ target: one, route: two, what: three as AttemptClass, count });
    else if (kind === "e") failures.push({ target: one, said: two, count });
    else ends.push({ route: one, how: two, count });
  }
  return { at, requests, attempts, failures, ends, wait: new Map(), run: new Map() };
}
