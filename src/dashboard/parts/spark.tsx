/** A small line of bars, for a trend. */

export function Spark({
  values,
  label,
  width = 96,
  height = 22,
}: {
  readonly values: readonly number[];
  /** What the bars say, for those who do not see them. */
  readonly label: string;
  readonly width?: number;
  readonly height?: number;
}) {
  const most = Math.max(1, ...values);
  const step = width / Math.max(1, values.length);
  const bars = values
    .map((value, index) => {
      const tall = value === 0 ? 1 : Math.max(2, (value / most) * height);
      return `M${(index * step).toFixed(1)} ${(height - tall).toFixed(1)}h${Math.max(1, step - 1).toFixed(1)}v${tall.toFixed(1)}h-${Math.max(1, step - 1).toFixed(1)}z`;
    })
    .join("");
  return (
    <svg class="spark" width={width} height={height} role="img" aria-label={label}>
      <path d={bars} fill="currentColor" />
    </svg>
  );
}
