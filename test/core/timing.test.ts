import { describe, expect, it } from "vitest";
import { timeOf } from "../../src/core/timing.ts";

const NOW = Date.UTC(2026, 10, 25, 12);

describe("a time that `notBefore` yields", () => {
  it.each([
    ["2026-11-25T13:00:00Z", NOW + 3_600_000],
    ["2026-11-25T14:00:00+01:00", NOW + 3_600_000],
    ["2026-11-25T14:00:00+0100", NOW + 3_600_000],
    ["2026-11-25 13:00:00.123456Z", NOW + 3_600_123],
    ["2026-11-25T13:00Z", NOW + 3_600_000],
    ["2026-11-26", NOW + 43_200_000],
    [NOW + 5_000, NOW + 5_000],
    [NOW + 0.5, NOW + 1],
    [0, 0],
    ["1999-01-01T00:00:00Z", Date.UTC(1999, 0, 1)],
  ])("%s is read", (value, expected) => expect(timeOf(value, NOW)).toBe(expected));

  it.each([
    [undefined, "got nothing"],
    [null, "got nothing"],
    ["tomorrow", "got other text"],
    ["", "got other text"],
    ["2026-11-25T13:00:00", "without an offset"],
    ["2026-13-45T13:00:00Z", "one that there is not"],
    [true, "got a value (boolean)"],
    [[1], "got a list"],
    [NaN, "got a value (number)"],
    [1_764_075_600, "looks like seconds"],
    [NOW + 367 * 86_400_000, "within 366 days"],
    [8.64e15, "within 366 days"],
  ])("%s is refused with what was expected", (value, said) => expect(timeOf(value, NOW)).toContain(said));
});
