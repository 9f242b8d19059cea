/** The waterfall's arithmetic: bars on one axis of time, on which long waits are cut short and marked as cut. */

import type { Attempt } from "../admin/shapes/deliveries.ts";

/** A stretch of time, epoch ms. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A place where time was left out. */
export interface Cut {
  /** 0…1, where it stands on the axis. */
  readonly at: number;
  readonly skippedMs: number;
}

export interface Axis {
  /** Epoch ms to 0…1; what lies outside is put on the edge. */
  readonly place: (time: number) => number;
  readonly cuts: readonly Cut[];
  readonly start: number;
  readonly end: number;
  /** Places with a label each, in ms since the start; `before`: the label stands before its place, not behind it. */
  readonly ticks: readonly { readonly at: number; readonly ms: number; readonly before: boolean }[];
}

/** How wide a cut is drawn. */
const CUT_WIDTH = 0.04;

/** An axis on which each of the spans can be seen: what lies idle longer than all spans together is cut. */
export function axisOf(spans: readonly Span[]): Axis {
  const busy = merged(spans);
  const first = busy[0]?.start ?? 0;
  const last = busy.at(-1)?.end ?? first;
  const active = busy.reduce((sum, { start, end }) => sum + end - start, 0);
  const limit = Math.max(active, 1);
  const stretches: { start: number; end: number; cut: boolean }[] = [];
  busy.forEach((span, index) => {
    const gap = index === 0 ? 0 : span.start - busy[index - 1]!.end;
    if (index > 0 && gap > limit)
      stretches.push({ start: busy[index - 1]!.end, end: span.start, cut: true }, { ...span, cut: false });
    else if (index > 0) stretches.at(-1)!.end = span.end;
    else stretches.push({ ...span, cut: false });
  });
  return drawn(stretches, first, Math.max(last, first + 1));
}

function drawn(
  stretches: readonly { start: number; end: number; cut: boolean }[],
  start: number,
  end: number,
): Axis {
  const cutCount = stretches.filter(({ cut }) => cut).length;
  const cutWidth = Math.min(CUT_WIDTH, cutCount === 0 ? CUT_WIDTH : 0.4 / cutCount);
  // Between cuts each stretch has a scale of its own, or 80 ms beside a time-out of 15 s could not be seen.
  const weights = stretches.map((part) => (part.cut ? 0 : Math.sqrt(Math.max(part.end - part.start, 1))));
  const weight = weights.reduce((sum, one) => sum + one, 0);
  const left = 1 - cutCount * cutWidth;
  let from = 0;
  const parts = stretches.map((part, index) => {
    const width = part.cut ? cutWidth : (weights[index]! / weight) * left;
    const placed = { ...part, from, width };
    from += width;
    return placed;
  });
  const place = (time: number): number => {
    const part = parts.find(({ end: partEnd }) => time <= partEnd);
    if (part === undefined) return parts.length === 0 ? 0 : 1;
    const share = part.end === part.start ? 0 : (time - part.start) / (part.end - part.start);
    return Math.max(0, Math.min(1, part.from + share * part.width));
  };
  return {
    place,
    start,
    end,
    cuts: parts
      .filter(({ cut }) => cut)
      .map((part) => ({ at: part.from + part.width / 2, skippedMs: part.end - part.start })),
    ticks: spaced(parts.filter(({ cut }) => !cut).flatMap((part) => ticksOf(part, start))),
  };
}

interface Tick {
  readonly at: number;
  readonly ms: number;
  /** At the beginning of a stretch: kept rather than a round one. */
  readonly first: boolean;
}

/** A label is at most so wide. */
const LABEL_WIDTH = 0.12;
/** From here on a label would not fit behind its place. */
const LAST_BEHIND = 0.85;

/** The beginnings of stretches, and round times where there is room between their labels. */
function spaced(ticks: readonly Tick[]): Axis["ticks"] {
  const kept: Tick[] = [];
  for (const tick of [...ticks].sort((one, other) => Number(other.first) - Number(one.first)))
    if (kept.every((other) => Math.abs(labelAt(other) - labelAt(tick)) >= LABEL_WIDTH)) kept.push(tick);
  return kept
    .sort((one, other) => one.at - other.at)
    .map(({ at, ms }) => ({ at, ms, before: at > LAST_BEHIND }));
}

/** Where the label begins. */
function labelAt({ at }: Tick): number {
  return at > LAST_BEHIND ? at - LABEL_WIDTH : at;
}

/** The beginning of a stretch, and round steps within it. */
function ticksOf(part: { start: number; end: number; from: number; width: number }, start: number): Tick[] {
  const ticks: Tick[] = [{ at: part.from, ms: part.start - start, first: true }];
  const span = part.end - part.start;
  const step = roundStep(span / Math.max(1, Math.floor(part.width * 8)));
  for (let ms = Math.ceil((part.start - start) / step) * step; ms < part.end - start; ms += step) {
    ticks.push({ at: part.from + ((start + ms - part.start) / span) * part.width, ms, first: false });
  }
  return ticks;
}

function roundStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(rough, 1)));
  return [1, 2, 5, 10].map((times) => times * power).find((step) => step >= rough) ?? 10 * power;
}

function merged(spans: readonly Span[]): Span[] {
  const sorted = spans
    .filter(({ start, end }) => Number.isFinite(start) && Number.isFinite(end))
    .map(({ start, end }) => ({ start, end: Math.max(start, end) }))
    .sort((one, other) => one.start - other.start);
  const found: { start: number; end: number }[] = [];
  for (const span of sorted) {
    const last = found.at(-1);
    if (last && span.start <= last.end) last.end = Math.max(last.end, span.end);
    else found.push({ ...span });
  }
  return found;
}

/** The parts of an attempt, in the order in which they happen; `silence`: called, and never answered. */
export type Phase = "wait" | "rule" | "head" | "body" | "silence";

/** An attempt's phases as spans: the wait lies before its start, the rest fills its duration. */
export function phasesOf(
  attempt: Pick<Attempt, "startedAt" | "durationMs" | "timings">,
): (Span & { readonly phase: Phase })[] {
  const { waitMs, ruleMs, headMs = 0, bodyMs = headMs } = attempt.timings;
  const silence = attempt.timings.headMs === undefined ? Math.max(0, attempt.durationMs - ruleMs) : 0;
  // Both are counted from the call's start: to the answer's head, and to its end.
  const lasting = { wait: waitMs, rule: ruleMs, head: headMs, body: Math.max(0, bodyMs - headMs), silence };
  let at = Date.parse(attempt.startedAt) - waitMs;
  const phases = (["wait", "rule", "head", "body", "silence"] as const).map((phase) => ({
    phase,
    start: at,
    end: (at += lasting[phase]),
  }));
  return phases.filter(({ start, end }) => end > start);
}
