/** The plots of a stretch of time: attempts by what came of them, requests, and how long waiting and running took. */
import type { ComponentChildren } from "preact";
import type { Point } from "../../admin/shapes/state.ts";
import { classSeries, quantileSeries, requestSeries } from "../parts/classes.ts";
import { grouped, millis, span } from "../parts/moment.tsx";
import { Panel } from "../parts/page.tsx";
import { Plot } from "../parts/plot.tsx";
import type { Moment } from "../parts/plotted.ts";
import { Empty } from "../parts/problem.tsx";

interface Plotted {
  readonly points: readonly Point[];
  readonly moments?: readonly Moment[];
}

export function AttemptsPlot({ points, moments }: Plotted) {
  return (
    <Panel title="Attempts by outcome" aside={<Step points={points} />}>
      <Drawn points={points}>
        <Plot
          label="Attempts by outcome over time"
          kind="stack"
          times={points.map(({ at }) => at)}
          series={classSeries(points)}
          written={grouped}
          {...(moments && { moments })}
        />
      </Drawn>
    </Panel>
  );
}

export function RequestsPlot({ points }: Plotted) {
  return (
    <Panel title="Requests" aside={<Step points={points} />}>
      <Drawn points={points}>
        <Plot
          label="Requests over time"
          kind="stack"
          times={points.map(({ at }) => at)}
          series={requestSeries(points)}
          written={grouped}
        />
      </Drawn>
    </Panel>
  );
}

export function QuantilePlot({ points, of, moments }: Plotted & { readonly of: "wait" | "run" }) {
  const title = of === "wait" ? "Wait: from due to begun" : "Run: rule, request and answer";
  return (
    <Panel title={title} aside={<span class="dim small">log axis</span>}>
      <Drawn points={points}>
        <Plot
          label={`${of === "wait" ? "Wait" : "Run"} time: p50, p95 and p99`}
          kind="lines"
          log
          times={points.map(({ at }) => at)}
          series={quantileSeries(points, of)}
          written={millis}
          {...(moments && { moments })}
        />
      </Drawn>
    </Panel>
  );
}

/** How long one bar is. */
function Step({ points }: Plotted) {
  const [first, second] = points;
  if (first === undefined || second === undefined) return null;
  const seconds = (Date.parse(second.at) - Date.parse(first.at)) / 1000;
  return <span class="dim small">a bar is {span(seconds)}</span>;
}

/** The same height with and without numbers, so that nothing jumps when they come. */
function Drawn({ points, children }: Plotted & { readonly children: ComponentChildren }) {
  return (
    <div class="plot-place">{points.length < 2 ? <Empty title="Nothing was counted yet" /> : children}</div>
  );
}
