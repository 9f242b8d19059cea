/** Counts and durations over time. The drawing is loaded after the page; the same numbers stand in a table for those who do not see it. */
import { useEffect, useRef, useState } from "preact/hooks";
import { theme } from "../shell/choices.ts";
import { exact } from "./moment.tsx";
import type { Drawing } from "./plot-canvas.ts";
import type { Moment, PlotProps } from "./plotted.ts";

export function Plot(props: PlotProps) {
  const { label, times, series, written, height = 180 } = props;
  const place = useRef<HTMLDivElement>(null);
  const drawing = useRef<Drawing | undefined>(undefined);
  const [at, setAt] = useState<number | undefined>();
  const chosen = theme.value;
  const shape = `${props.kind} ${props.log ?? ""} ${chosen} ${series.map(({ name }) => name).join(",")}`;
  const latest = useRef(props);
  latest.current = props;
  useEffect(() => {
    let gone = false;
    void import("./plot-canvas.ts").then(({ draw }) => {
      if (gone || place.current === null) return;
      drawing.current = draw(place.current, latest.current, setAt);
    });
    return () => {
      gone = true;
      drawing.current?.end();
      drawing.current = undefined;
    };
  }, [shape]);
  useEffect(() => drawing.current?.update(props), [times, series, props.moments]);
  const moments = momentsWithin(props);
  // Without a pointer: the last step that is at its end.
  const index = at === undefined || at >= times.length ? times.length - 2 : at;
  return (
    <figure class="plot" aria-label={label}>
      <div class="legend">
        {series.map(({ name, colour, values }) => (
          <span key={name}>
            <i style={{ background: `var(${colour})` }} />
            {name} <span class="tabular">{shown(values[index], written)}</span>
          </span>
        ))}
        {moments.length > 0 && (
          <span>
            <i style={{ background: "var(--accent)" }} />
            {moments.map(({ label }) => label).join(", ")}
          </span>
        )}
      </div>
      <div ref={place} style={{ height: `${height}px` }} aria-hidden="true" />
      <details class="small dim">
        <summary>
          {at === undefined
            ? "As a table"
            : `As a table; at ${exact(Date.parse(times[index] ?? "")).slice(0, 16)}`}
        </summary>
        <Numbers {...props} />
      </details>
    </figure>
  );
}

/** What begins within the last step is within the plot. */
function momentsWithin({ times, moments = [] }: PlotProps): readonly Moment[] {
  const ms = times.map((time) => Date.parse(time));
  const [first = 0, second = first] = ms;
  const end = (ms.at(-1) ?? 0) + (second - first);
  return moments.filter(({ at }) => Date.parse(at) >= first && Date.parse(at) <= end);
}

function shown(value: number | null | undefined, written: (value: number) => string): string {
  return value === null || value === undefined ? "–" : written(value);
}

function Numbers({ label, times, series, written }: PlotProps) {
  return (
    <div
      style={{ maxHeight: "260px", overflow: "auto" }}
      tabIndex={0}
      role="region"
      aria-label={`${label}, as a table`}
    >
      <table>
        <thead>
          <tr>
            <th scope="col">from</th>
            {series.map(({ name }) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {times.map((time, index) => (
            <tr key={time}>
              <th scope="row">{exact(Date.parse(time)).slice(0, 16)}</th>
              {series.map(({ name, values }) => (
                <td key={name}>{shown(values[index], written)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
