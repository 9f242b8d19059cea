import fc from "fast-check";
import { expect, it } from "vitest";
import { isoMillis } from "../../src/language/functions/iso-time.ts";

const two = (least: number, most: number): fc.Arbitrary<string> =>
  fc.integer({ min: least, max: most }).map((number) => String(number).padStart(2, "0"));
const zone = fc.oneof(
  fc.constant("Z"),
  fc.tuple(fc.constantFrom("+", "-", "x"), two(0, 25), two(0, 61)).map(([sign, h, m]) => `${sign}${h}:${m}`),
);
const time = fc
  .tuple(two(0, 99), two(0, 99), two(0, 13), two(0, 32), two(0, 25), two(0, 61), two(0, 61), zone)
  .map(([a, b, month, day, h, m, s, where]) => `${a}${b}-${month}-${day}T${h}:${m}:${s}${where}`);

it("reads what Date.parse reads, and leaves the rest to it", () => {
  let read = 0;
  fc.assert(
    fc.property(time, (text) => {
      const millis = isoMillis(text);
      if (millis === undefined) return;
      read++;
      expect(millis).toBe(Date.parse(text));
    }),
    { numRuns: 5_000 },
  );
  expect(read).toBeGreaterThan(1_000);
});

it.each([
  "2026-11-23",
  "2026-11-23T10:20:30",
  "2026-11-23T10:2x:30Z",
  "2026/11/23T10:20:30Z",
  "",
  "2026-11-29T10:20:30Z",
])("leaves %j to Date.parse", (text) => {
  expect(isoMillis(text)).toBeUndefined();
});
