/** Draws a plot with uPlot; loaded when the first plot is shown. */
// Before uPlot, which asks for the language when it is loaded.
import "./plot-language.ts";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { zone } from "../shell/choices.ts";
import type { Moment, PlotProps } from "./plotted.ts";

export interface Drawing {
  readonly update: (props: PlotProps) => void;
  readonly end: () => void;
}

/** Draws into `place` and follows its width; `hover` hears which step the pointer is over. */
export function draw(
  place: HTMLElement,
  first: PlotProps,
  hover: (index: number | undefined) => void,
): Drawing {
  let props = first;
  let plot = make();
  const size = (): { width: number; height: number } => ({
    width: Math.max(120, place.clientWidth),
    height: place.clientHeight,
  });
  function make(): uPlot {
    return new uPlot(
      optionsOf(props, place, hover, () => props.moments ?? []),
      dataOf(props),
      place,
    );
  }
  const again = (): void => {
    plot.destroy();
    plot = make();
  };
  const watch = new ResizeObserver(() => plot.setSize(size()));
  watch.observe(place);
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  scheme.addEventListener("change", again);
  return {
    update(next) {
      props = next;
      plot.setData(dataOf(next));
    },
    end() {
      watch.disconnect();
      scheme.removeEventListener("change", again);
      plot.destroy();
    },
  };
}

function optionsOf(
  props: PlotProps,
  place: HTMLElement,
  hover: (index: number | undefined) => void,
  moments: () => readonly Moment[],
): uPlot.Options {
  const colour = (name: string): string => resolved(place, name);
  const axis = {
    stroke: colour("--dim"),
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
  };
  const font = `11px ${getComputedStyle(place).fontFamily}`;
  return {
    width: Math.max(120, place.clientWidth),
    height: place.clientHeight,
    tzDate: (seconds) =>
      zone.value === "UTC" ? uPlot.tzDate(new Date(seconds * 1000), "UTC") : new Date(seconds * 1000),
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { show: props.kind === "lines", size: 6 } },
    scales: {
      // Bars begin at their step's begin, so the last one needs a step of room behind it.
      x: {
        time: true,
        range: (plot, low, high) => [low, props.kind === "stack" ? high + stepOf(plot) : high],
      },
      y:
        props.log === true
          ? { distr: 3, log: 10 }
          : { range: (_plot, _low, high) => [0, Math.max(high * 1.08, 1)] },
    },
    axes: [
      { ...axis, font, grid: { show: false }, values: "{HH}:{mm}", space: 60, size: 26 },
      {
        ...axis,
        font,
        size: 58,
        space: 34,
        ...(props.kind === "stack" && { incrs: WHOLE_STEPS }),
        values: (_plot, splits) =>
          splits.map((value) =>
            value === null || (props.log === true && !isDecade(value)) ? "" : props.written(value),
          ),
      },
    ],
    series: [{}, ...(props.kind === "stack" ? stackSeries(props, colour) : lineSeries(props, colour))],
    hooks: {
      setCursor: [(plot) => hover(plot.cursor.idx ?? undefined)],
      draw: [
        (plot: uPlot) => {
          if (props.kind === "stack") dashLast(plot, colour("--panel"), colour("--dim"));
          markMoments(plot, moments(), colour("--accent"), font);
        },
      ],
    },
  };
}

function isDecade(value: number): boolean {
  const exponent = Math.log10(value);
  return Math.abs(exponent - Math.round(exponent)) < 1e-6;
}

/** The sums are drawn from the tallest down, so that each covers the part below its own. */
function stackSeries({ series }: PlotProps, colour: (name: string) => string): uPlot.Series[] {
  const bars = uPlot.paths.bars?.({ size: [0.82, 24], align: 1 });
  return [...series].reverse().map(({ colour: name }) => ({
    fill: colour(name),
    stroke: "transparent",
    width: 0,
    points: { show: false },
    ...(bars && { paths: bars }),
  }));
}

/** Each line twice: what is certain, and dashed the step that is still under way. A value that stands alone is a dot. */
function lineSeries({ series }: PlotProps, colour: (name: string) => string): uPlot.Series[] {
  return series.flatMap(({ colour: name }) => {
    const stroke = colour(name);
    const points = { show: true, size: 5, fill: stroke, filter: alone };
    return [
      { stroke, width: 1.6, points, spanGaps: false },
      { stroke, width: 1.6, dash: [3, 3], points },
    ];
  });
}

/** Which values of a series have no neighbour to draw a line to. */
function alone(plot: uPlot, series: number): number[] {
  const values = plot.data[series] ?? [];
  const empty = (index: number): boolean => typeof values[index] !== "number";
  return [...values.keys()].filter((index) => !empty(index) && empty(index - 1) && empty(index + 1));
}

/** Steps of an axis of counts: there is no half an attempt. */
const WHOLE_STEPS = [1, 2, 5]
  .flatMap((one) => [1, 10, 100, 1e3, 1e4, 1e5, 1e6].map((ten) => one * ten))
  .sort((a, b) => a - b);

function dataOf({ times, series, kind, log }: PlotProps): uPlot.AlignedData {
  const x = times.map((time) => Date.parse(time) / 1000);
  const last = times.length - 1;
  const positive = (value: number | null): number | null =>
    log === true && value !== null ? Math.max(value, 0.1) : value;
  if (kind === "lines") {
    const lines = series.flatMap(({ values }) => [
      values.map((value, index) => (index === last ? null : positive(value))),
      values.map((value, index) => (index >= last - 1 ? positive(value) : null)),
    ]);
    return [x, ...lines];
  }
  const sums: (number | null)[][] = [];
  let below = times.map(() => 0);
  for (const { values } of series) {
    below = below.map((sum, index) => sum + (values[index] ?? 0));
    sums.push(below);
  }
  return [x, ...sums.reverse()];
}

function stepOf(plot: uPlot): number {
  const x = plot.data[0];
  return x.length < 2 ? 0 : (x[1] ?? 0) - (x[0] ?? 0);
}

/** The last step is not at its end: it is paled, and outlined dashed. */
function dashLast(plot: uPlot, pale: string, line: string): void {
  const x = plot.data[0];
  const [before, last] = [x.at(-2), x.at(-1)];
  const top = plot.data[1]?.at(-1);
  if (before === undefined || last === undefined || typeof top !== "number" || top === 0) return;
  const left = plot.valToPos(last, "x", true);
  const width = (left - plot.valToPos(before, "x", true)) * 0.82;
  const y = plot.valToPos(top, "y", true);
  const height = plot.valToPos(0, "y", true) - y;
  const { ctx } = plot;
  ctx.save();
  ctx.globalAlpha = 0.55;
  ctx.fillStyle = pale;
  ctx.fillRect(left, y, width, height);
  ctx.globalAlpha = 1;
  ctx.strokeStyle = line;
  ctx.setLineDash([4, 3]);
  ctx.strokeRect(left + 0.5, y + 0.5, width - 1, height - 1);
  ctx.restore();
}

/** A line down and a word beside it, for each moment within the stretch; words that would lie on each other are left out. */
function markMoments(plot: uPlot, moments: readonly Moment[], colour: string, font: string): void {
  const { min, max } = plot.scales["x"] ?? {};
  if (typeof min !== "number" || typeof max !== "number") return;
  const { ctx, bbox } = plot;
  const ratio = window.devicePixelRatio;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.fillStyle = colour;
  ctx.lineWidth = ratio;
  ctx.font = font.replace("11px", `${10 * ratio}px`);
  ctx.textBaseline = "top";
  let free = -Infinity;
  for (const { at, label } of [...moments].sort((a, b) => (a.at < b.at ? -1 : 1))) {
    const seconds = Date.parse(at) / 1000;
    // Lines end where the last step begins: what is within it stands at the edge.
    if (seconds < min || seconds > max + stepOf(plot)) continue;
    const x = Math.round(plot.valToPos(Math.min(seconds, max), "x", true)) + 0.5;
    ctx.setLineDash([2 * ratio, 3 * ratio]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    const { width } = ctx.measureText(label);
    const left = Math.min(x + 3 * ratio, bbox.left + bbox.width - width);
    if (left < free) continue;
    ctx.fillText(label, left, bbox.top + ratio);
    free = left + width + 6 * ratio;
  }
  ctx.restore();
}

/** What a custom property is worth here and now, in the theme in force. */
function resolved(place: HTMLElement, name: string): string {
  const probe = document.createElement("i");
  probe.style.color = `var(${name})`;
  place.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
