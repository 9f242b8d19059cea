import { describe, expect, it } from "vitest";
import { scheduleOf } from "../../src/core/schedule.ts";

const at = (iso: string): number => Date.parse(iso);
const iso = (ms: number | undefined): string | undefined =>
  ms === undefined ? undefined : new Date(ms).toISOString();
const plain = { missed: "once", type: "tick", timeZone: "UTC" } as const;

describe("a schedule", () => {
  it("of cron ticks in its time zone, by the clock on the wall", () => {
    const { next, words } = scheduleOf({ ...plain, cron: "0 7 * * mon-fri", timeZone: "Europe/Berlin" });
    expect(iso(next(at("2026-11-25T05:59:59Z")))).toBe("2026-11-25T06:00:00.000Z");
    expect(iso(next(at("2026-11-25T06:00:00Z")))).toBe("2026-11-26T06:00:00.000Z");
    expect(iso(next(at("2026-11-27T06:00:00Z")))).toBe("2026-11-30T06:00:00.000Z");
    expect(iso(next(at("2026-07-01T00:00:00Z")))).toBe("2026-07-01T05:00:00.000Z");
    expect(words).toBe("`0 7 * * mon-fri` (Europe/Berlin)");
  });

  it("ticks once in the night in which its hour is left out, and at most twice where it is there twice", () => {
    const { next } = scheduleOf({ ...plain, cron: "30 2 * * *", timeZone: "Europe/Berlin" });
    const ticks = (from: string, to: string): string[] => {
      const found: string[] = [];
      for (let tick = next(at(from)); tick !== undefined && tick < at(to); tick = next(tick))
        found.push(iso(tick)!);
      return found;
    };
    expect(ticks("2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z")).toHaveLength(1);
    const twice = ticks("2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z");
    expect(twice.length).toBeGreaterThan(0);
    expect(twice.length).toBeLessThan(3);
  });

  it("of an interval ticks at the same moments whoever counts", () => {
    const { next } = scheduleOf({ ...plain, everySeconds: 60 });
    expect(iso(next(at("2026-11-25T12:00:00.001Z")))).toBe("2026-11-25T12:01:00.000Z");
    expect(iso(next(at("2026-11-25T12:01:00.000Z")))).toBe("2026-11-25T12:02:00.000Z");
  });

  it("knows its latest tick of a time, however long that was", () => {
    const hourly = scheduleOf({ ...plain, cron: "0 * * * *" });
    expect(iso(hourly.latest(at("2025-01-01Z"), at("2026-11-25T12:34:56Z")))).toBe(
      "2026-11-25T12:00:00.000Z",
    );
    expect(hourly.latest(at("2026-11-25T12:00:00Z"), at("2026-11-25T12:34:56Z"))).toBeUndefined();
    expect(iso(hourly.latest(at("2026-11-25T11:59:59Z"), at("2026-11-25T12:00:00Z")))).toBe(
      "2026-11-25T12:00:00.000Z",
    );
    const before = performance.now();
    const secondly = scheduleOf({ ...plain, cron: "* * * * * *" });
    expect(iso(secondly.latest(at("2025-01-01Z"), at("2026-11-25T12:34:56.5Z")))).toBe(
      "2026-11-25T12:34:56.000Z",
    );
    expect(performance.now() - before).toBeLessThan(2_000);
  });

  it("that never comes has no tick, and what is no expression is refused", () => {
    expect(scheduleOf({ ...plain, cron: "0 0 30 2 *" }).next(at("2026-01-01Z"))).toBeUndefined();
    for (const cron of ["every day", "61 * * * *", "* * *", "0 0 * * funday"])
      expect(() => scheduleOf({ ...plain, cron })).toThrow();
  });
});
