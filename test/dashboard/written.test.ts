/** How times, spans, numbers and sizes are written. */
import { expect, test } from "vitest";
import {
  bytes,
  exactIn,
  firstDue,
  grouped,
  millis,
  relative,
  span,
} from "../../src/dashboard/parts/written.ts";

test.each([
  [-3, "0 s"],
  [0.4, "0 s"],
  [59, "59 s"],
  [60, "1 min"],
  [3_599, "59 min"],
  [5_230, "1 h 27 min"],
  [36_000, "10 h"],
  [90_000, "1 d 1 h"],
  [864_000, "10 d"],
])("%f seconds are written %s", (seconds, written) => {
  expect(span(seconds)).toBe(written);
});

test.each([
  [-7_200, "in 2 h"],
  [-7, "in 7 s"],
  [-5, "just now"],
  [0, "just now"],
  [2.9, "just now"],
  [3, "3 s ago"],
  [130, "2 min ago"],
])("what was %f seconds ago is %s", (seconds, written) => {
  expect(relative(seconds)).toBe(written);
});

test.each([
  [0, "0 ms"],
  [0.44, "0.4 ms"],
  [12.4, "12 ms"],
  [999, "999 ms"],
  [1_250, "1.25 s"],
  [15_000, "15 s"],
  [130_000, "2 min"],
])("%f milliseconds are written %s", (ms, written) => {
  expect(millis(ms)).toBe(written);
});

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [4_210, "4.2 KB"],
  [148e6, "148 MB"],
  [2.5e15, "2500 TB"],
])("%f bytes are written %s", (count, written) => {
  expect(bytes(count)).toBe(written);
});

test("numbers are written in groups of three, with one place at most", () => {
  expect(grouped(1_234_567.89)).toBe("1,234,567.9");
});

test("an exact time names its zone", () => {
  const ms = Date.UTC(2026, 2, 1, 23, 30, 5, 123);
  expect(exactIn(ms, 0)).toBe("2026-03-01 23:30:05.123 UTC");
  expect(exactIn(ms, 90)).toBe("2026-03-02 01:00:05.123 +01:30");
  expect(exactIn(ms, -300)).toBe("2026-03-01 18:30:05.123 -05:00");
  expect(exactIn(NaN, 0)).toBe("an unknown time");
});

test("when the first retry fires is said as far as it is known: within what, and nothing beyond a day", () => {
  const now = Date.parse("2026-11-11T12:00:00Z");
  expect(firstDue("2026-11-11T12:05:00Z", now)).toBe("the first within 5 min");
  expect(firstDue("2026-11-12T12:00:00Z", now)).toBe("the first within 1 d");
  expect(firstDue("2026-11-11T11:59:58Z", now)).toBe("the first within 0 s");
  expect(firstDue("2026-12-11T12:00:00Z", now)).toBeUndefined();
});
