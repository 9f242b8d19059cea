/**
 * What Prometheus scrapes: counts and times of this process, and what the store says of all. Names and units are those of
 * Prometheus' own conventions; labels hold names of the workspace, codes of the table and classes, so they are bounded by them.
 */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "prom-client";
import { idTime } from "../core/ids.ts";
import type { Tally } from "../ports.ts";

/** A target as the store has it: the same in every process. */
export interface TargetGauges {
  readonly name: string;
  readonly verdict: string;
  readonly waiting: number;
  readonly retrying: number;
  readonly active: number;
  readonly open: number;
  readonly dead: number;
  /** ISO 8601. */
  readonly oldestAt?: string;
}

/** What is asked when somebody scrapes. */
export interface Scraped {
  readonly version: string;
  readonly role: string;
  readonly revision: () => string;
  /** Epoch ms of the store's clock. */
  readonly now: () => number;
  readonly targets: () => Promise<readonly TargetGauges[]>;
  readonly store: () => Promise<{ readonly usedBytes?: number; readonly maxBytes?: number }>;
}

export interface Prometheus {
  readonly tally: Tally;
  /** The page; never rejects: where the store does not answer, `signalbox_store_up` is 0 and what it would say is left out. */
  page(): Promise<{ readonly contentType: string; readonly body: string }>;
}

/** Seconds; from what an attempt on the same machine takes to what waits for hours. */
const WAITS = [0.005, 0.02, 0.1, 0.5, 2, 10, 60, 300, 1_800, 7_200, 43_200];
const RUNS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const RULES = [0.000_01, 0.000_05, 0.000_2, 0.001, 0.005, 0.02, 0.1];

/** Longest wait for what the store says, ms. */
const PATIENCE_MS = 2_000;

/** Metrics of one router; `stop` is not needed: nothing runs by itself but Node's own sampling. */
export function createPrometheus(scraped: Scraped): Prometheus {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const counter = <const Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Counter({ name, help, labelNames, registers });
  const gauge = <const Label extends string>(name: string, help: string, labelNames: readonly Label[] = []) =>
    new Gauge({ name, help, labelNames, registers });
  const histogram = <const Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    buckets: number[],
  ) => new Histogram({ name, help, labelNames, buckets, registers });

  const requests = counter("signalbox_requests_total", "Requests to sources, by what became of them.", [
    "source",
    "verdict",
  ]);
  const attempts = counter("signalbox_attempts_total", "Calls to targets that have ended, by class.", [
    "target",
    "route",
    "class",
  ]);
  const ends = counter("signalbox_deliveries_total", "Deliveries that came to an end.", ["route", "state"]);
  const waits = histogram(
    "signalbox_attempt_wait_seconds",
    "From when an attempt was due to its beginning.",
    ["target"],
    WAITS,
  );
  const runs = histogram(
    "signalbox_attempt_duration_seconds",
    "What an attempt took, rule and call.",
    ["target"],
    RUNS,
  );
  const through = histogram(
    "signalbox_delivery_end_to_end_seconds",
    "From the receipt of an event to the end of the attempt that delivered it; replays aside.",
    ["target"],
    WAITS,
  );
  const rules = histogram(
    "signalbox_rule_duration_seconds",
    "What filter, rule and schemas took of an attempt.",
    ["route"],
    RULES,
  );

  const build = gauge("signalbox_build_info", "Always 1; what runs, and by which rules.", [
    "version",
    "role",
    "rules",
  ]);
  const up = gauge("signalbox_store_up", "1 where the store answers.");
  const used = gauge("signalbox_store_memory_bytes", "Memory that the store uses.");
  const limit = gauge("signalbox_store_memory_limit_bytes", "Its limit; absent where there is none.");
  const byTarget = {
    waiting: gauge("signalbox_queue_waiting", "Deliveries to be taken as soon as possible.", ["target"]),
    retrying: gauge("signalbox_queue_retrying", "Deliveries that wait for their time.", ["target"]),
    active: gauge("signalbox_queue_active", "Attempts under way, in all processes.", ["target"]),
    open: gauge("signalbox_deliveries_open", "Deliveries that are not at their end.", ["target"]),
    dead: gauge("signalbox_dead_letters", "Dead letters that nobody has replayed or discarded.", ["target"]),
  };
  const oldest = gauge(
    "signalbox_oldest_waiting_seconds",
    "Since when the oldest open delivery has been there; 0 where there is none.",
    ["target"],
  );
  const verdict = gauge("signalbox_target_verdict", "1 for the verdict that a target has.", [
    "target",
    "verdict",
  ]);

  const look = async (): Promise<void> => {
    const [targets, store] = await Promise.all([scraped.targets(), scraped.store()]);
    for (const one of [...Object.values(byTarget), oldest, verdict]) one.reset();
    for (const { name: target, oldestAt, verdict: said, ...counts } of targets) {
      for (const [name, one] of Object.entries(byTarget))
        one.set({ target }, counts[name as keyof typeof byTarget]);
      const since = oldestAt === undefined ? 0 : (scraped.now() - Date.parse(oldestAt)) / 1_000;
      oldest.set({ target }, Math.max(0, since));
      verdict.set({ target, verdict: said }, 1);
    }
    if (store.usedBytes !== undefined) used.set(store.usedBytes);
    if (store.maxBytes !== undefined) limit.set(store.maxBytes);
    else limit.reset();
  };

  return {
    tally: {
      request: (source, said) => requests.inc({ source, verdict: said }),
      attempt({ id, target, route }, what, { trigger, request, startedAt, durationMs, timings }) {
        attempts.inc({ target, route, class: what });
        waits.observe({ target }, timings.waitMs / 1_000);
        rules.observe({ route }, timings.ruleMs / 1_000);
        if (request !== undefined) runs.observe({ target }, durationMs / 1_000);
        if (what !== "2xx" || trigger === "replay") return;
        through.observe({ target }, Math.max(0, startedAt + durationMs - idTime(id.slice(4, 30))) / 1_000);
      },
      ended: (route, state) => ends.inc({ route, state }),
    },
    async page() {
      build.reset();
      build.set({ version: scraped.version, role: scraped.role, rules: scraped.revision() }, 1);
      const isUp = await inTime(look()).then(
        () => true,
        () => false,
      );
      up.set(isUp ? 1 : 0);
      if (!isUp) for (const one of [...Object.values(byTarget), oldest, verdict, used, limit]) one.reset();
      return { contentType: registry.contentType, body: await registry.metrics() };
    },
  };
}

/** A store that hangs answers nothing, not even that it does not answer: whoever scrapes is told in time. */
function inTime(looking: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("The store does not answer in time.")), PATIENCE_MS);
    looking.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** One tally of several. */
export function allOf(...tallies: readonly Tally[]): Tally {
  return {
    request: (...what) => tallies.forEach((one) => one.request(...what)),
    attempt: (...what) => tallies.forEach((one) => one.attempt(...what)),
    ended: (...what) => tallies.forEach((one) => one.ended(...what)),
  };
}
