/**
 * What Prometheus scrapes: counts and times of this process, and what the store says of all. Names and units are those of
 * Prometheus' own conventions; labels hold names of the workspace, codes of the table and classes, so they are bounded by them.
 */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "prom-client";
import { idTime } from "../../core/ids.ts";
import type { Tally } from "../../ports.ts";
import { atMost, inTime } from "../store/looking.ts";
import {
  BREAKER_STATES,
  type OwnGauges,
  type Scraped,
  type TargetGauges,
  type WholeGauges,
} from "./scraped.ts";

export interface Prometheus {
  readonly tally: Tally;
  /** The page; never rejects: where the store does not answer, `signalbox_store_up` is 0 and what it would say is left out. */
  page(): Promise<{ readonly contentType: string; readonly body: string }>;
}

/** Seconds; from what an attempt on the same machine takes to what waits for hours. */
const WAITS = [0.005, 0.02, 0.1, 0.5, 2, 10, 60, 300, 1_800, 7_200, 43_200];
const RUNS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const RULES = [0.000_01, 0.000_05, 0.000_2, 0.001, 0.005, 0.02, 0.1];
/** Parts of a budget. */
const PARTS = [0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 1];

/** Longest wait for what the store says, ms. */
const PATIENCE_MS = 2_000;
/** The store is asked so often at most, however often somebody scrapes. */
const LOOK_MS = 1_000;
const WHOLE_MS = 5_000;
const WIDER_MS = 500;
/** A store that did not answer is waited for no longer than this the next time. */
const AWAY_MS = 200;
/** Verdicts and classes by which alerts are made. */
const VERDICTS = [
  "accepted",
  "duplicate",
  "ACCEPT_OVERLOADED",
  "ACCEPT_SHARE_EXCEEDED",
  "ACCEPT_SIGNATURE_INVALID",
  "ACCEPT_STORE_UNAVAILABLE",
] as const;
const ENDS = ["delivered", "filtered", "failed"] as const;
const CLASSES = ["2xx", "rule"] as const;

/** Metrics of one router; `stop` is not needed: nothing runs by itself but Node's own sampling. */
export function createPrometheus(scraped: Scraped): Prometheus {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const counter = <const Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Counter({ name, help, labelNames, registers });
  /** Those without labels would say 0 where nothing is known. */
  const bare = new Set<object>();
  const clear = (one: { reset(): void; remove(): void }): void =>
    bare.has(one) ? one.remove() : one.reset();
  const gauge = <const Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[] = [],
  ) => {
    const made = new Gauge({ name, help, labelNames, registers });
    if (labelNames.length === 0) bare.add(made);
    clear(made);
    return made;
  };
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
  const ends = counter("signalbox_deliveries_total", "Deliveries that came to an end by an attempt.", [
    "target",
    "route",
    "state",
  ]);
  const accepts = histogram(
    "signalbox_accept_duration_seconds",
    "From the arrival of a request until its event was stored.",
    ["source"],
    RUNS,
  );
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

  const budgets = histogram(
    "signalbox_rule_budget_ratio",
    "The greatest part of any of its budgets that a rule used in an attempt.",
    ["route"],
    PARTS,
  );
  const spans = counter("signalbox_spans_total", "Spans of traces, by what became of them.", ["state"]);

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

  const breakers = gauge("signalbox_breaker_state", "1 for the state that a target's breaker has.", [
    "target",
    "state",
  ]);
  const ofTargets = [...Object.values(byTarget), oldest, verdict, breakers];
  const whole = {
    processes: gauge("signalbox_processes", "Processes of the router that were heard of.", ["role"]),
    due: gauge("signalbox_retries_due", "Deliveries whose time comes within so long.", ["within"]),
    holds: gauge("signalbox_holds_waiting", "Deliveries that wait for people."),
    lines: gauge("signalbox_lines_stopped", "Ordered lines that a dead letter stops."),
    warnings: gauge("signalbox_store_warnings", "What is wrong with how the store is set or does."),
    events: gauge("signalbox_history_events", "Events in the searchable history."),
    bytes: gauge("signalbox_history_bytes", "What the history takes of the store's memory."),
    unaccounted: gauge(
      "signalbox_deliveries_unaccounted",
      "Deliveries of the last day that the balance misses, or has too many.",
    ),
  };
  const refused = gauge(
    "signalbox_rules_refused",
    "1 where the files were refused since the rules were read.",
  );
  const durability = gauge("signalbox_durability_info", "Always 1; when a sender is answered.", [
    "mode",
    "by",
  ]);
  const spool = {
    events: gauge("signalbox_spool_events", "Events on this process's disk that wait for the store."),
    bytes: gauge("signalbox_spool_bytes", "What they take."),
    limit: gauge("signalbox_spool_limit_bytes", "What they may take."),
    usable: gauge("signalbox_spool_usable", "1 where this process's disk takes events."),
  };

  const tellTargets = (targets: readonly TargetGauges[]): void => {
    ofTargets.forEach(clear);
    for (const { name: target, oldestAt, verdict: said, breaker, ...counts } of targets) {
      for (const [name, one] of Object.entries(byTarget))
        one.set({ target }, counts[name as keyof typeof byTarget]);
      const since = oldestAt === undefined ? 0 : (scraped.now() - Date.parse(oldestAt)) / 1_000;
      oldest.set({ target }, Math.max(0, since));
      verdict.set({ target, verdict: said }, 1);
      if (breaker === undefined) continue;
      for (const state of BREAKER_STATES) breakers.set({ target, state }, state === breaker ? 1 : 0);
    }
  };
  const tellWhole = (known: WholeGauges): void => {
    for (const one of [whole.processes, whole.due]) one.reset();
    for (const [role, count] of Object.entries(known.processes)) whole.processes.set({ role }, count);
    for (const [within, count] of Object.entries(known.retriesDue)) whole.due.set({ within }, count);
    whole.holds.set(known.holds);
    whole.lines.set(known.stoppedLines);
    whole.warnings.set(known.storeWarnings);
    whole.events.set(known.history.events);
    whole.bytes.set(known.history.bytes);
    whole.unaccounted.set(known.unaccounted);
  };
  const tellOwn = (own: OwnGauges): void => {
    refused.set(own.rulesRefused ? 1 : 0);
    durability.reset();
    if (own.durability) durability.set({ mode: own.durability.mode, by: own.durability.by ?? "" }, 1);
    Object.values(spool).forEach(clear);
    if (own.spool !== undefined) {
      spool.events.set(own.spool.events);
      spool.bytes.set(own.spool.bytes);
      spool.limit.set(own.spool.maxBytes);
      spool.usable.set(own.spool.usable ? 1 : 0);
    }
    spans.reset();
    for (const [state, count] of Object.entries(own.spans ?? {})) spans.inc({ state }, count);
  };

  let begun: string | undefined;
  const tellRules = (): void => {
    const { revision, sources, routes } = scraped.rules();
    build.reset();
    build.set({ version: scraped.version, role: scraped.role, rules: revision }, 1);
    if (begun === revision) return;
    begun = revision;
    for (const source of sources) for (const said of VERDICTS) requests.inc({ source, verdict: said }, 0);
    for (const { name: route, target } of routes) {
      for (const state of ENDS) ends.inc({ target, route, state }, 0);
      for (const what of CLASSES) attempts.inc({ target, route, class: what }, 0);
    }
  };

  let isUp = true;
  const look = atMost(LOOK_MS, async () => {
    const looking = Promise.all([scraped.targets(), scraped.store()]);
    const [targets, store] = await inTime(looking, isUp ? PATIENCE_MS : AWAY_MS);
    tellTargets(targets);
    if (store.usedBytes !== undefined) used.set(store.usedBytes);
    if (store.maxBytes !== undefined) limit.set(store.maxBytes);
    else clear(limit);
  });
  const lookWider = atMost(WHOLE_MS, async () => tellWhole(await scraped.whole()));
  const forget = (): void => {
    [...ofTargets, ...Object.values(whole), used, limit].forEach(clear);
  };

  return {
    tally: {
      request(source, said, tookMs) {
        requests.inc({ source, verdict: said });
        if (tookMs !== undefined) accepts.observe({ source }, tookMs / 1_000);
      },
      attempt({ id, target, route }, what, { trigger, request, startedAt, durationMs, timings }, budget) {
        attempts.inc({ target, route, class: what });
        waits.observe({ target }, timings.waitMs / 1_000);
        rules.observe({ route }, timings.ruleMs / 1_000);
        if (budget !== undefined) budgets.observe({ route }, budget);
        if (request !== undefined) runs.observe({ target }, durationMs / 1_000);
        if (what !== "2xx" || trigger === "replay") return;
        through.observe({ target }, Math.max(0, startedAt + durationMs - idTime(id.slice(4, 30))) / 1_000);
      },
      ended: ({ target, route }, state) => ends.inc({ target, route, state }),
    },
    async page() {
      tellRules();
      tellOwn(scraped.own());
      isUp = await look().then(
        () => true,
        () => false,
      );
      up.set(isUp ? 1 : 0);
      if (!isUp) forget();
      // What takes longer than the others is told as it was, or next time.
      else await inTime(lookWider(), WIDER_MS).catch(() => undefined);
      // The library has a spelling of its own: the loop's lag is not a number where nothing was measured since the last look.
      const body = (await registry.metrics()).replaceAll(/ Nan$/gm, " NaN");
      return { contentType: registry.contentType, body };
    },
  };
}
