import { describe, expect, it } from "vitest";
import { seeded } from "../../src/language/seeded.ts";

/** Drawn by an independent implementation of xoshiro128** in Python. */
const PINNED = [
  "63ee03c6-1a4b-445f-a4be-a9cbead64dc1",
  0.693901545994674,
  "d594189d-19dd-4ff9-a518-9e7e5a2f3746",
];

describe("seeded chance", () => {
  it("is the same for a seed, on every machine and in every version: these draws must never change", () => {
    const chance = seeded("evt_01jd3v0000000000000000000a");
    expect([chance.uuid(), chance.number(), chance.uuid()]).toEqual(PINNED);
  });

  it("spreads evenly from 0 up to 1", () => {
    const chance = seeded("even");
    const tenths = new Array<number>(10).fill(0);
    for (let n = 0; n < 20_000; n++) tenths[Math.floor(chance.number() * 10)]! += 1;
    for (const count of tenths) expect(Math.abs(count - 2000)).toBeLessThan(200);
  });

  it("repeats no UUID in 100,000, and each is a version 4 one", () => {
    const chance = seeded("ids");
    const ids = new Set(Array.from({ length: 100_000 }, () => chance.uuid()));
    expect(ids.size).toBe(100_000);
    for (const id of ids)
      if (!/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/.test(id)) expect.fail(id);
  });
});
