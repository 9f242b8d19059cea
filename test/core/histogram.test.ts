/** Quantiles from buckets, held against the exact ones. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { addTo, bucketOf, quantilesOf, sizeOf, type Histogram } from "../../src/core/histogram.ts";

function histogramOf(times: readonly number[]): Histogram {
  const histogram: Histogram = new Map();
  for (const ms of times) histogram.set(bucketOf(ms), (histogram.get(bucketOf(ms)) ?? 0) + 1);
  return histogram;
}

const exact = (times: readonly number[], share: number): number =>
  [...times].sort((a, b) => a - b)[Math.max(0, Math.ceil(times.length * share) - 1)]!;

test("any quantile of any times is within 5 % of the exact one", () => {
  const time = fc.double({ min: 0.1, max: 3_000_000, noNaN: true });
  fc.assert(
    fc.property(fc.array(time, { minLength: 1, maxLength: 300 }), (times) => {
      const found = quantilesOf(histogramOf(times))!;
      for (const [name, share] of [
        ["p50", 0.5],
        ["p95", 0.95],
        ["p99", 0.99],
      ] as const) {
        const wanted = exact(times, share);
        expect(Math.abs(found[name] - wanted) / wanted).toBeLessThanOrEqual(0.0501);
      }
    }),
  );
});

test("the rounding of what is shown stays within these 5 %, too", () => {
  // 9.7017 ms is a hair above its bucket's end, and the next one's middle, to three digits, was 5.1 % away.
  expect(Math.abs(quantilesOf(histogramOf([9.701723378487257, 0.1]))!.p95 - 9.7017) / 9.7017).toBeLessThan(
    0.05,
  );
});

test("a histogram of two processes is that of all their times", () => {
  const one = [1, 5, 9, 200];
  const two = [3, 3, 4_000];
  const sum = histogramOf(one);
  addTo(sum, histogramOf(two));
  expect(sum).toEqual(histogramOf([...one, ...two]));
  expect(sizeOf(sum)).toBe(7);
});

test("odd times count as the least or the most, and nothing has no quantiles", () => {
  expect(bucketOf(Number.NaN)).toBe(0);
  expect(bucketOf(-5)).toBe(0);
  expect(bucketOf(Infinity)).toBe(bucketOf(1e12));
  expect(quantilesOf(new Map())).toBeUndefined();
});
