/** When a silence is unusual, and when it is none. */
import { describe, expect, it } from "vitest";
import { cadenceOf, expectedIn, isUnusual } from "../../src/core/cadence.ts";

const HOUR = 3_600_000;
/** Four weeks from an hour of the epoch that begins a week. */
const FROM = 168 * 2_900;
const weeks = (count: number, perHour: (hourOfWeek: number) => number): number[] =>
  Array.from({ length: 168 * count }, (_, at) => perHour(at % 168));
const at = (hours: number): number => (FROM + hours) * HOUR;

describe("a silence", () => {
  it("is unusual after as many missing events as chance does not bring", () => {
    const cadence = cadenceOf(
      weeks(4, () => 30),
      FROM,
    );
    expect(isUnusual(cadence, at(672), at(672.3))).toBe(false);
    expect(isUnusual(cadence, at(672), at(672.4))).toBe(true);
  });
  it("at hours that are always silent is usual", () => {
    const office = (hour: number): number => (hour % 24 >= 8 && hour % 24 < 18 && hour < 120 ? 20 : 0);
    const cadence = cadenceOf(weeks(4, office), FROM);
    expect(isUnusual(cadence, at(672 + 18), at(672 + 32))).toBe(false);
    expect(isUnusual(cadence, at(672 + 114), at(672 + 168 + 8))).toBe(false);
    expect(isUnusual(cadence, at(672 + 9), at(672 + 10))).toBe(true);
  });
  it("of a source that comes in bursts is unusual only beyond those that were", () => {
    const bursts = weeks(4, () => 10).map((count, hour) => (Math.floor(hour / 10) % 3 === 0 ? 3 * count : 0));
    const cadence = cadenceOf(bursts, FROM);
    expect(isUnusual(cadence, at(671), at(671 + 20))).toBe(false);
    expect(isUnusual(cadence, at(671), at(671 + 60))).toBe(true);
  });
  it("is none while a week has not passed, nor of a source that hardly calls", () => {
    expect(isUnusual(cadenceOf(weeks(1, () => 30).slice(1), FROM), at(168), at(336))).toBe(false);
    const rare = cadenceOf(
      weeks(4, (hour) => (hour === 40 ? 1 : 0)),
      FROM,
    );
    expect(isUnusual(rare, at(672), at(672 + 168 * 8))).toBe(false);
  });
});

it("what is to be expected follows the hours of the week, by parts of them", () => {
  const cadence = cadenceOf(
    weeks(2, (hour) => hour % 24),
    FROM,
  );
  expect(expectedIn(cadence, at(336 + 1.5), at(336 + 3.5))).toBeCloseTo(0.5 + 2 + 1.5);
});
