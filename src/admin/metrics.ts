/** Counts over time: which steps a plot is made of, and its points. */
import type { TallySteps } from "../adapters/watching/tally-steps.ts";
import { SignalboxError } from "../core/errors.ts";
import type { Clock } from "../ports.ts";
import { pointsOf, type Narrowed } from "./counted.ts";
import type { Endpoint } from "./endpoint.ts";
import { metrics, type Metrics } from "./shapes/state.ts";
import { time } from "./shapes/shape.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const KEPT_MS = 30 * DAY_MS;
const MAX_POINTS = 1_500;

/** What is asked for; times in epoch ms. */
export interface Span extends Narrowed {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly stepSeconds?: number | undefined;
}

/** Minutes within the last day, hours within the last 30. Throws ADMIN_INPUT_INVALID. */
async function metricsOf(
  { from, to, stepSeconds, ...narrowed }: Span,
  steps: TallySteps,
  clock: Clock,
): Promise<Metrics> {
  const now = clock.now();
  const end = Math.min(to ?? now, now);
  const begin = Math.max(from ?? end - HOUR_MS, now - KEPT_MS);
  if (begin >= end) throw invalid("`from` must be before `to`, and `to` within the last 30 days.");
  const fine = end - begin <= DAY_MS && begin >= now - DAY_MS && (stepSeconds ?? 60) < 3_600;
  const kind = fine ? "minute" : "hour";
  const baseMs = fine ? 60_000 : HOUR_MS;
  const stepMs = stepSeconds === undefined ? baseMs : stepSeconds * 1000;
  if (stepMs % baseMs !== 0) {
    const unit = fine ? "60 (minutes)" : "3600 (hours): minutes are kept for a day";
    throw invalid(`\`step\` must be a multiple of ${unit}.`);
  }
  if ((end - begin) / stepMs > MAX_POINTS)
    throw invalid(`That would be more than ${MAX_POINTS} points; take a larger \`step\`.`);
  const first = Math.floor(begin / stepMs) * stepMs;
  const points = pointsOf(await steps.read(kind, first, end), stepMs, narrowed);
  return { stepSeconds: stepMs / 1000, points };
}

function invalid(detail: string): SignalboxError {
  return new SignalboxError("ADMIN_INPUT_INVALID", detail);
}

/** GET /metrics. */
export function metricsEndpoints(steps: TallySteps, clock: Clock): readonly Endpoint[] {
  return [
    {
      method: "GET",
      path: "/api/v1/metrics",
      tag: "State",
      summary: "Requests, attempts and times over time: minutes of the last day, hours of the last 30",
      scope: "read",
      query: {
        from: time,
        to: time,
        step: { type: "integer", minimum: 60, maximum: 2_592_000, description: "Seconds." },
        source: { type: "string" },
        target: { type: "string" },
        route: { type: "string" },
      },
      reply: metrics,
      answer: ({ query }) =>
        metricsOf(
          {
            from: msOf(query["from"]),
            to: msOf(query["to"]),
            stepSeconds: query["step"] as number | undefined,
            source: query["source"] as string | undefined,
            target: query["target"] as string | undefined,
            route: query["route"] as string | undefined,
          },
          steps,
          clock,
        ),
    },
  ];
}

function msOf(text: string | number | undefined): number | undefined {
  return text === undefined ? undefined : Date.parse(String(text));
}
