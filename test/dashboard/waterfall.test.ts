import { expect, test } from "vitest";
import { axisOf, phasesOf } from "../../src/dashboard/waterfall.ts";

test("bars that follow each other share the axis by their length", () => {
  const { place, cuts } = axisOf([
    { start: 1000, end: 1010 },
    { start: 1010, end: 1040 },
  ]);
  expect(cuts).toEqual([]);
  expect([1000, 1010, 1040].map(place)).toEqual([0, 0.25, 1]);
});

test("an hour's wait between two attempts of 100 ms is cut, and says so", () => {
  const hour = 3_600_000;
  const axis = axisOf([
    { start: 0, end: 100 },
    { start: hour, end: hour + 100 },
  ]);
  expect(axis.cuts).toEqual([{ at: expect.closeTo(0.5, 5) as number, skippedMs: hour - 100 }]);
  expect(axis.place(100)).toBeCloseTo(0.48);
  expect(axis.place(hour)).toBeCloseTo(0.52);
});

test("places never run backwards and stay on the axis", () => {
  const spans = [3, 900, 40_000, 41_000, 9_000_000].map((start) => ({ start, end: start + 50 }));
  const axis = axisOf(spans);
  let before = 0;
  for (let time = -100; time < 9_100_000; time += 977) {
    const at = axis.place(time);
    expect(at).toBeGreaterThanOrEqual(before);
    expect(at).toBeLessThanOrEqual(1);
    before = at;
  }
});

test("twenty retries leave room for the attempts themselves", () => {
  const spans = Array.from({ length: 20 }, (_, at) => ({ start: at * 1e6, end: at * 1e6 + 10 }));
  const { place } = axisOf(spans);
  const widths = spans.reduce((sum, { start, end }) => sum + place(end) - place(start), 0);
  expect(widths).toBeGreaterThan(0.55);
});

test("an attempt of 90 ms can be seen beside a time-out of 15 s", () => {
  const { place } = axisOf([
    { start: 0, end: 90 },
    { start: 60_000, end: 75_000 },
  ]);
  expect(place(90)).toBeGreaterThan(0.05);
  expect(place(75_000) - place(60_000)).toBeGreaterThan(0.5);
});

test("labels never stand closer than a label is wide", () => {
  const starts = [0, 30_000, 200_000, 900_000, 4_000_000, 9_000_000, 40_000_000, 90_000_000];
  const { ticks } = axisOf(starts.map((start) => ({ start, end: start + 90 })));
  expect(ticks.length).toBeGreaterThan(4);
  for (const [index, { at }] of ticks.entries())
    if (index > 0) expect(at - ticks[index - 1]!.at).toBeGreaterThanOrEqual(0.12);
});

test("ticks are round, ascending, and do not crowd", () => {
  const { ticks } = axisOf([{ start: 5000, end: 5437 }]);
  // The label of 400 would stand before its place, and on that of 300.
  expect(ticks.map(({ ms }) => ms)).toEqual([0, 100, 200, 300]);
});

test("a label at the end stands before its place, and never on the one before it", () => {
  for (let span = 3; span < 2_000; span += 7) {
    const { ticks } = axisOf([{ start: 0, end: span }]);
    const begins = ticks.map(({ at, before }) => (before ? at - 0.12 : at));
    for (const [index, begin] of begins.entries())
      if (index > 0) expect(begin - begins[index - 1]!, `${span} ms`).toBeGreaterThanOrEqual(0.12);
    expect(begins.at(-1)! + 0.12).toBeLessThanOrEqual(1);
  }
});

test("nothing, or a moment, is an axis too", () => {
  expect(axisOf([]).place(5)).toBe(0);
  expect(axisOf([{ start: 5, end: 5 }]).place(5)).toBe(0);
});

test("an attempt's wait lies before its start; head and body follow the rule, both counted from the call", () => {
  const phases = phasesOf({
    startedAt: "2026-11-11T10:00:00.000Z",
    durationMs: 60,
    timings: { waitMs: 20, ruleMs: 5, headMs: 40, bodyMs: 55 },
  });
  const start = Date.parse("2026-11-11T10:00:00.000Z");
  expect(phases.map(({ phase, start: from, end }) => [phase, from - start, end - start])).toEqual([
    ["wait", -20, 0],
    ["rule", 0, 5],
    ["head", 5, 45],
    ["body", 45, 60],
  ]);
});

test("a call that was never answered is shown as silence up to its end", () => {
  const [, rule, silence] = phasesOf({
    startedAt: "2026-11-11T10:00:00.000Z",
    durationMs: 15_000,
    timings: { waitMs: 1, ruleMs: 2 },
  });
  expect(rule?.phase).toBe("rule");
  expect(silence?.phase).toBe("silence");
  expect(silence!.end - silence!.start).toBe(14_998);
});
