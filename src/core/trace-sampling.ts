/** Which traces are recorded, as `OTEL_TRACES_SAMPLER` says: decided by the trace alone, so that all processes agree. Pure. */
import { wishOf, type TraceContext } from "./trace-context.ts";

/** True for a trace that is recorded. */
export type Sampler = (trace: TraceContext) => boolean;

/** The standard's names; those that ask a server of their own are not among them. */
export const SAMPLERS = [
  "always_on",
  "always_off",
  "traceidratio",
  "parentbased_always_on",
  "parentbased_always_off",
  "parentbased_traceidratio",
] as const;
export type SamplerName = (typeof SAMPLERS)[number];

/** The standard's default. */
export const USUAL_SAMPLER: SamplerName = "parentbased_always_on";

const RANDOM_DIGITS = 14;
const RANDOM_RANGE = 16 ** RANDOM_DIGITS;

/** `ratio` from 0 to 1 counts for those that have it in their name. `parentbased_`: what the sender says goes first. */
export function samplerOf(name: SamplerName, ratio: number): Sampler {
  const own = name.replace("parentbased_", "");
  const root: Sampler =
    own === "always_on" ? () => true : own === "always_off" ? () => false : ratioSampler(ratio);
  if (own === name) return root;
  return (trace) => wishOf(trace) ?? root(trace);
}

/** By the last 56 bits of the id, as the others on the way of a trace do it (OpenTelemetry, "TraceID ratio", R ≥ T). */
function ratioSampler(ratio: number): Sampler {
  if (ratio >= 1) return () => true;
  if (ratio <= 0) return () => false;
  const threshold = (1 - ratio) * RANDOM_RANGE;
  return ({ traceId }) => Number.parseInt(traceId.slice(-RANDOM_DIGITS), 16) >= threshold;
}
