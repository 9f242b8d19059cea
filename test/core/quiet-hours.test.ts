import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isAlwaysQuiet, isTimeZone, quietHours } from "../../src/core/quiet-hours.ts";

const at = (iso: string): number => Date.parse(iso);
const until = (hours: Parameters<typeof quietHours>[0], iso: string): string | undefined => {
  const end = quietHours(hours).until(at(iso));
  return end === undefined ? undefined : new Date(end).toISOString();
};
const NIGHT = { from: "22:00", to: "07:00", timeZone: "Europe/Berlin" };

describe("quiet hours", () => {
  it.each([
    ["2026-11-25T20:59:59.999Z", undefined],
    ["2026-11-25T21:00:00.000Z", "2026-11-26T06:00:00.000Z"],
    ["2026-11-26T03:00:00.000Z", "2026-11-26T06:00:00.000Z"],
    ["2026-11-26T05:59:59.999Z", "2026-11-26T06:00:00.000Z"],
    ["2026-11-26T06:00:00.000Z", undefined],
    ["2026-07-01T20:00:00.000Z", "2026-07-02T05:00:00.000Z"],
  ])("over midnight, at %s, last until %s", (moment, end) => expect(until(NIGHT, moment)).toBe(end));

  it("end by the clock on the wall in the nights in which it is changed", () => {
    // 2026-03-29, 02:00 becomes 03:00; 2026-10-25, 03:00 becomes 02:00.
    expect(until(NIGHT, "2026-03-28T22:00:00Z")).toBe("2026-03-29T05:00:00.000Z");
    expect(until(NIGHT, "2026-10-24T22:00:00Z")).toBe("2026-10-25T06:00:00.000Z");
  });

  it("that would end at a time that the clock leaps over end when it leaps", () => {
    const hours = { from: "01:00", to: "02:30", timeZone: "Europe/Berlin" };
    expect(until(hours, "2026-03-29T00:30:00Z")).toBe("2026-03-29T01:00:00.000Z");
  });

  it("that begin or end at a time which is twice begin at its first and end at its last", () => {
    const ending = { from: "01:00", to: "02:30", timeZone: "Europe/Berlin" };
    expect(until(ending, "2026-10-25T00:00:00Z")).toBe("2026-10-25T01:30:00.000Z");
    const beginning = { from: "02:30", to: "04:00", timeZone: "Europe/Berlin" };
    expect(until(beginning, "2026-10-25T00:29:59Z")).toBeUndefined();
    expect(until(beginning, "2026-10-25T00:30:00Z")).toBe("2026-10-25T03:00:00.000Z");
  });

  it("of some days begin on those days and may end on the next one", () => {
    const friday = { ...NIGHT, days: ["fri" as const] };
    expect(until(friday, "2026-11-27T22:00:00Z")).toBe("2026-11-28T06:00:00.000Z");
    expect(until(friday, "2026-11-28T02:00:00Z")).toBe("2026-11-28T06:00:00.000Z");
    expect(until(friday, "2026-11-28T22:00:00Z")).toBeUndefined();
    expect(until(friday, "2026-11-27T02:00:00Z")).toBeUndefined();
  });

  it("that follow one another at once are one: a weekend ends on Monday", () => {
    const weekend = {
      from: "00:00",
      to: "24:00",
      timeZone: "America/New_York",
      days: ["sat", "sun"] as ("sat" | "sun")[],
    };
    expect(until(weekend, "2026-11-28T12:00:00Z")).toBe("2026-11-30T05:00:00.000Z");
    expect(until(weekend, "2026-11-28T04:59:00Z")).toBeUndefined();
  });

  it("are those of the zone's own offset, half hours included", () => {
    const hours = { from: "09:00", to: "10:00", timeZone: "Asia/Kolkata" };
    expect(until(hours, "2026-11-25T03:30:00Z")).toBe("2026-11-25T04:30:00.000Z");
    expect(until(hours, "2026-11-25T03:29:59Z")).toBeUndefined();
  });

  it("of all days and all hours are known to leave nothing", () => {
    expect(isAlwaysQuiet({ from: "00:00", to: "24:00", timeZone: "UTC" })).toBe(true);
    expect(isAlwaysQuiet({ from: "00:00", to: "24:00", timeZone: "UTC", days: ["mon"] })).toBe(false);
    expect(isAlwaysQuiet(NIGHT)).toBe(false);
  });

  it("end after the moment that they hold, and their end is not quiet, at any moment in any zone", () => {
    const zones = [
      "UTC",
      "Europe/Berlin",
      "America/Sao_Paulo",
      "Australia/Lord_Howe",
      "Pacific/Apia",
      "Asia/Kathmandu",
    ];
    const time = fc.tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }));
    const text = ([hour, minute]: [number, number]): string =>
      `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`;
    fc.assert(
      fc.property(
        ...([
          fc.constantFrom(...zones),
          time,
          time,
          fc.integer({ min: at("2000-01-01Z"), max: at("2038-01-01Z") }),
        ] as const),
        (timeZone, from, to, moment) => {
          fc.pre(text(from) !== text(to));
          const hours = quietHours({ from: text(from), to: text(to), timeZone });
          const end = hours.until(moment);
          if (end === undefined) return;
          expect(end).toBeGreaterThan(moment);
          expect(hours.until(end)).toBeUndefined();
          expect(hours.until(end - 1)).toBe(end);
        },
      ),
      { numRuns: 300 },
    );
  });
});

it("time zones are known by their names", () => {
  expect(["UTC", "Europe/Berlin", "Mars/Olympus", ""].map(isTimeZone)).toEqual([true, true, false, false]);
});
