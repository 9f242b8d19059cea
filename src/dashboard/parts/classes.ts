/** Attempts by what came of them, as series of a plot: always in this order and in these colours. */
import type { Point } from "../../admin/shapes/state.ts";
import type { Series } from "./plotted.ts";

const CLASSES: readonly (readonly [name: string, colour: string])[] = [
  ["2xx", "--good"],
  ["filtered", "--line-strong"],
  ["3xx", "--note"],
  ["429", "--violet"],
  ["4xx", "--warn"],
  ["rule", "--ochre"],
  ["timeout", "--pink"],
  ["network", "--teal"],
  ["5xx", "--bad"],
];

/** One series for each class that was met at all; the good one always. */
export function classSeries(points: readonly Point[]): Series[] {
  return CLASSES.map(([name, colour]) => ({
    name,
    colour,
    values: points.map(({ attempts }) => attempts[name] ?? 0),
  })).filter(({ name, values }) => name === "2xx" || values.some((value) => value > 0));
}

/** The three quantiles of waiting or of running. */
export function quantileSeries(points: readonly Point[], of: "wait" | "run"): Series[] {
  return (
    [
      ["p50", "--good"],
      ["p95", "--warn"],
      ["p99", "--bad"],
    ] as const
  ).map(([name, colour]) => ({ name, colour, values: points.map((point) => point[of]?.[name] ?? null) }));
}

/** What came in. */
export function requestSeries(points: readonly Point[]): Series[] {
  return [
    { name: "accepted", colour: "--note", values: points.map(({ accepted }) => accepted) },
    { name: "duplicate", colour: "--line-strong", values: points.map(({ duplicates }) => duplicates) },
    { name: "refused", colour: "--bad", values: points.map(({ refused }) => refused) },
  ];
}
