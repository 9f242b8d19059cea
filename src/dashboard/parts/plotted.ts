/** What a plot shows. */

export interface Series {
  readonly name: string;
  /** A custom property of the design: `--good`. */
  readonly colour: string;
  /** One for each time; null where nothing is known. */
  readonly values: readonly (number | null)[];
}

/** A moment that is marked across a plot. */
export interface Moment {
  /** ISO time. */
  readonly at: string;
  readonly label: string;
}

export interface PlotProps {
  readonly label: string;
  /** ISO times, one step apart. The last step is still under way and is drawn dashed. */
  readonly times: readonly string[];
  readonly series: readonly Series[];
  /** Bars that stand on each other, or lines. */
  readonly kind: "stack" | "lines";
  /** Lines on a logarithmic axis. */
  readonly log?: boolean;
  readonly written: (value: number) => string;
  readonly height?: number;
  readonly moments?: readonly Moment[];
}
