/** Times counted in buckets that grow by a tenth: quantiles within 5 % of the true ones, whatever the spread. */

/** Buckets of 0.1 ms to a bit more than an hour. */
export const BUCKETS = 184;
/** Everything up to it falls into the first bucket, ms. */
const SMALLEST_MS = 0.1;
const GROWTH = 1.1;
const PER_LOG = 1 / Math.log(GROWTH);
/** Between a bucket's two ends: as far from the one as from the other, in proportion. */
const MIDDLE = 2 / (1 + GROWTH);

/** Counts by bucket. */
export type Histogram = Map<number, number>;

export interface Quantiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** The bucket of a time in ms. */
export function bucketOf(ms: number): number {
  if (!(ms > SMALLEST_MS)) return 0;
  const bucket = Math.ceil(Math.log(ms / SMALLEST_MS) * PER_LOG);
  return bucket < BUCKETS ? bucket : BUCKETS - 1;
}

/** Adds one histogram to another. */
export function addTo(sum: Histogram, more: Histogram): void {
  for (const [bucket, count] of more) sum.set(bucket, (sum.get(bucket) ?? 0) + count);
}

/** How many times were counted. */
export function sizeOf(histogram: Histogram): number {
  let size = 0;
  for (const count of histogram.values()) size += count;
  return size;
}

/** Quantiles in ms, rounded to what is known; undefined where nothing was counted. */
export function quantilesOf(histogram: Histogram): Quantiles | undefined {
  const size = sizeOf(histogram);
  if (size === 0) return undefined;
  const buckets = [...histogram].sort(([a], [b]) => a - b);
  const at = (share: number): number => {
    let left = Math.max(1, Math.ceil(size * share));
    for (const [bucket, count] of buckets) if ((left -= count) <= 0) return middleOf(bucket);
    return middleOf(buckets.at(-1)![0]);
  };
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

function middleOf(bucket: number): number {
  return Number((SMALLEST_MS * GROWTH ** bucket * MIDDLE).toPrecision(4));
}
