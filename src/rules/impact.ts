/** What a change of rules would change, over events that have come: each route's events by class, with the smallest examples. */
import { collectExamples, isSame, sizeOf, IMPACT_CLASSES } from "./impact-examples.ts";
import type { Candidate, ImpactClass, ImpactExample } from "./impact-examples.ts";
import { judged, takes, type Judge, type Judgeable, type Judged } from "./judge.ts";

export type ImpactCounts = Readonly<Record<ImpactClass, number>>;

export interface ImpactRoute {
  readonly route: string;
  /** Versions; absent where there is no such route. */
  readonly before?: string;
  readonly after?: string;
  readonly counts: ImpactCounts;
  /** Looked at by neither, since the route looks things up. */
  readonly unjudged: number;
  /** Mean time of an evaluation in ms; absent where nothing was evaluated, since the version is the same. */
  readonly milliseconds?: { readonly before: number; readonly after: number };
}

export interface ImpactReport {
  readonly events: number;
  /** When the oldest and the newest came; absent without events. */
  readonly from?: string;
  readonly to?: string;
  /** By names; those that took none of the events and are the same are left out. */
  readonly routes: readonly ImpactRoute[];
  readonly counts: ImpactCounts;
  readonly unjudged: number;
  /** At most three of each class, the smallest of different ways first. */
  readonly examples: readonly ImpactExample[];
}

/** Takes events one after the other; `report` may be asked at any time. */
export interface Impact {
  take(event: Judgeable): Promise<void>;
  report(): ImpactReport;
}

/** An evaluation is slower where it takes so many times as long, and so many ms more, and does so again. */
const SLOWER = { times: 2, ms: 0.5 };

interface Tallied {
  readonly before: Judge | undefined;
  readonly after: Judge | undefined;
  readonly counts: Record<ImpactClass, number>;
  unjudged: number;
  evaluated: number;
  beforeMs: number;
  afterMs: number;
}

/** Compares two sets of routes; `redact` are JSON Pointers of what else is to be taken out of results. */
export function createImpact(
  before: ReadonlyMap<string, Judge>,
  after: ReadonlyMap<string, Judge>,
  redact: readonly string[] = [],
): Impact {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  const routes = new Map(names.map((name) => [name, talliedOf(before.get(name), after.get(name))]));
  const bySource = new Map<string, [string, Tallied][]>();
  for (const one of routes)
    for (const source of new Set([one[1].before?.source, one[1].after?.source]))
      if (source !== undefined) bySource.set(source, [...(bySource.get(source) ?? []), one]);
  const examples = collectExamples(redact);
  let events = 0;
  let from: string | undefined;
  let to: string | undefined;

  const note = (kind: ImpactClass, route: string, candidate: Candidate): void => {
    routes.get(route)!.counts[kind]++;
    if (kind !== "unchanged") examples.note(kind, route, candidate);
  };

  const takeOn = async (route: string, of: Tallied, event: Judgeable): Promise<void> => {
    const isTaken = (judge: Judge | undefined): boolean => judge !== undefined && takes(judge, event);
    if (!isTaken(of.before) && !isTaken(of.after)) return;
    if (of.before?.version === of.after?.version) {
      of.counts.unchanged++;
      return;
    }
    if (of.before?.looksUp === true || of.after?.looksUp === true) {
      of.unjudged++;
      return;
    }
    const first = await timed(of.before, event);
    const second = await timed(of.after, event);
    of.evaluated++;
    of.beforeMs += first.ms;
    of.afterMs += second.ms;
    const pair = { event, before: first.judged, after: second.judged };
    const kind = classOf(first.judged, second.judged);
    note(kind, route, { ...pair, size: sizeOf(first.judged, second.judged) });
    if (!isSlower(first.ms, second.ms) || first.judged.kind === "unmatched") return;
    // Once may be chance: a collection of garbage, a rule that has not run before.
    const [again, once] = [await timed(of.before, event), await timed(of.after, event)];
    const milliseconds = { before: Math.min(first.ms, again.ms), after: Math.min(second.ms, once.ms) };
    if (isSlower(milliseconds.before, milliseconds.after))
      note("slower", route, { ...pair, size: milliseconds.before / milliseconds.after, milliseconds });
  };

  return {
    async take(event) {
      const { receivedAt } = event.context;
      events++;
      if (from === undefined || receivedAt < from) from = receivedAt;
      if (to === undefined || receivedAt > to) to = receivedAt;
      for (const [route, of] of bySource.get(event.context.source) ?? []) await takeOn(route, of, event);
    },
    report() {
      const all = [...routes].map(([route, of]) => routeOf(route, of));
      return {
        events,
        ...(from !== undefined && to !== undefined && { from, to }),
        routes: all.filter(
          ({ before: was, after: is, counts, unjudged }) => was !== is || sum(counts) + unjudged > 0,
        ),
        counts: summed(all.map(({ counts }) => counts)),
        unjudged: all.reduce((total, { unjudged }) => total + unjudged, 0),
        examples: examples.smallest(),
      };
    },
  };
}

function talliedOf(before: Judge | undefined, after: Judge | undefined): Tallied {
  return { before, after, counts: { ...ZERO }, unjudged: 0, evaluated: 0, beforeMs: 0, afterMs: 0 };
}

const ZERO: ImpactCounts = Object.fromEntries(
  IMPACT_CLASSES.map((name) => [name, 0]),
) as unknown as ImpactCounts;

/** `slower` comes on top of the others. */
function sum({ slower: _slower, ...counts }: ImpactCounts): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

function summed(all: readonly ImpactCounts[]): ImpactCounts {
  const total: Record<ImpactClass, number> = { ...ZERO };
  for (const counts of all) for (const name of IMPACT_CLASSES) total[name] += counts[name];
  return total;
}

async function timed(
  judge: Judge | undefined,
  event: Judgeable,
): Promise<{ readonly judged: Judged; readonly ms: number }> {
  const begun = performance.now();
  const told = await judged(judge, event);
  return { judged: told, ms: performance.now() - begun };
}

function isSlower(before: number, after: number): boolean {
  return after > before * SLOWER.times && after - before > SLOWER.ms;
}

function classOf(before: Judged, after: Judged): ImpactClass {
  if (before.kind === "unmatched") {
    if (after.kind === "unmatched") return "unchanged";
    return after.kind === "failed" ? "nowFailing" : "newlyMatched";
  }
  if (after.kind === "unmatched") return "noLongerMatched";
  if (before.kind === "failed")
    return after.kind === "made" ? "mended" : isSame(before.fault, after.fault) ? "unchanged" : "changed";
  if (after.kind === "failed") return "nowFailing";
  return isSame(before.result, after.result) ? "unchanged" : "changed";
}

function routeOf(route: string, of: Tallied): ImpactRoute {
  const { before, after, counts, unjudged, evaluated, beforeMs, afterMs } = of;
  const mean = (ms: number): number => Math.round((ms / evaluated) * 10_000) / 10_000;
  return {
    route,
    ...(before && { before: before.version }),
    ...(after && { after: after.version }),
    ...{ counts: { ...counts }, unjudged },
    ...(evaluated > 0 && { milliseconds: { before: mean(beforeMs), after: mean(afterMs) } }),
  };
}
