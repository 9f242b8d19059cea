/** What Prometheus is told of the whole router: the same glance that people look at, and what it does not hold. */
import type { Queues } from "../adapters/queues/bullmq.ts";
import type { HoldStore } from "../adapters/waiting/holds.ts";
import type { OwnGauges, Scraped, TargetGauges, WholeGauges } from "../adapters/watching/scraped.ts";
import type { SpoolState } from "../adapters/spool/open.ts";
import type { Clock } from "../ports.ts";
import type { Workspace } from "../rules/workspace.ts";
import type { Glance } from "./overview.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Deliveries are told by when their time comes: within so long, each with the ones before it. `now`: it has come. */
const WITHIN: Readonly<Record<string, number>> = {
  now: 0,
  "1m": MINUTE_MS,
  "10m": 10 * MINUTE_MS,
  "1h": HOUR_MS,
  "24h": 24 * HOUR_MS,
};

/** The gauges of the targets and of the whole. */
export function gaugesOf(parts: {
  readonly glance: Pick<Glance, "targets" | "overview">;
  readonly queues: Pick<Queues, "due">;
  readonly holds: Pick<HoldStore, "waiting">;
  readonly workspace: () => Workspace;
  readonly clock: Clock;
}): { readonly targets: () => Promise<readonly TargetGauges[]>; readonly whole: () => Promise<WholeGauges> } {
  const { glance, queues, holds, workspace, clock } = parts;
  return {
    async targets() {
      const { targets } = workspace();
      return (await glance.targets()).map(({ breaker, ...state }) => ({
        ...state,
        ...(targets.get(state.name)?.flow.breaker && { breaker: breaker?.state ?? "closed" }),
      }));
    },
    async whole() {
      const [{ targets, workers, store, stoppedLines, balance }, waiting] = await Promise.all([
        glance.overview(),
        holds.waiting(),
      ]);
      const delayed = targets.filter(({ retrying }) => retrying > 0).map(({ name }) => name);
      const times = Object.values(WITHIN).map((ms) => clock.now() + ms);
      const due = delayed.length === 0 ? times.map(() => 0) : await queues.due(delayed, times);
      const processes: Record<string, number> = { all: 0, ingest: 0, worker: 0 };
      for (const { role } of workers) processes[role] = (processes[role] ?? 0) + 1;
      return {
        processes,
        retriesDue: Object.fromEntries(Object.keys(WITHIN).map((within, at) => [within, due[at] ?? 0])),
        holds: waiting,
        stoppedLines,
        storeWarnings: store.warnings.length,
        history: { events: store.history.events, bytes: store.history.bytes },
        unaccounted: balance.hours.reduce((sum, { difference }) => sum + Math.abs(difference), 0),
      };
    },
  };
}

/** The names by which things are counted. */
export function countedRules({ revision, sources, routes }: Workspace): ReturnType<Scraped["rules"]> {
  const counted = [...routes.values()].map(({ name, target }) => ({ name, target: target.name }));
  return { revision, sources: sources.keys(), routes: counted };
}

/** This process's spool; undefined where it has none, or does without. */
export function spoolGauges(spool: SpoolState | undefined): OwnGauges["spool"] {
  if (spool === undefined || spool === "off") return undefined;
  if ("failed" in spool) return { events: 0, bytes: 0, maxBytes: 0, usable: false };
  const { events, bytes, maxBytes, fault } = spool;
  return { events, bytes, maxBytes, usable: fault === undefined };
}
