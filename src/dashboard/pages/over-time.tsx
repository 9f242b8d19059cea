/** The stretch of time below a route or a target: what is counted of it, the choice of the stretch, and plots. */
import type { ComponentChildren } from "preact";
import type { Metrics } from "../../admin/shapes/state.ts";
import { useReading, type Reading } from "../api/reading.ts";
import type { Moment } from "../parts/plotted.ts";
import { ProblemBox } from "../parts/problem.tsx";
import { RangeChoice, useRange } from "../parts/range.tsx";
import { AttemptsPlot, QuantilePlot } from "./overview-plots.tsx";

/** What is counted of the chosen stretch, read anew as time goes on. */
export interface Counted {
  readonly range: string;
  readonly metrics: Reading<Metrics>;
}

/** Of one route, or one target. Begins at once, beside what else the page reads. */
export function useCounted(of: { readonly route: string } | { readonly target: string }): Counted {
  const range = useRange();
  const metrics = useReading<Metrics>("metrics", { query: { ...of, ...range.query }, everySeconds: 15 });
  return { range: range.name, metrics };
}

/** Plots of it: attempts, and the `times` of waiting and running, which are known by target; `children` stand beside them. */
export function OverTime(props: {
  readonly of: Counted;
  readonly times?: boolean;
  /** Marked across the plots. */
  readonly moments?: readonly Moment[];
  readonly children?: ComponentChildren;
}) {
  const { range, metrics } = props.of;
  const points = metrics.value?.points ?? [];
  const marked = props.moments && { moments: props.moments };
  return (
    <>
      <div class="spread">
        <h2>Over time</h2>
        <RangeChoice chosen={range} />
      </div>
      {metrics.problem && <ProblemBox problem={metrics.problem} again={metrics.again} />}
      <div class="columns">
        <AttemptsPlot points={points} {...marked} />
        {props.times === true && <QuantilePlot points={points} of="wait" {...marked} />}
        {props.times === true && <QuantilePlot points={points} of="run" {...marked} />}
        {props.children}
      </div>
    </>
  );
}
