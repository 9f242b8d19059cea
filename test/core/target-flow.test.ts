/** What a target's keys come to, and what an attempt says of it. */
import { describe, expect, test } from "vitest";
import { signOf } from "../../src/core/flow-sign.ts";
import { flowOf, type FlowKeys } from "../../src/core/target-flow.ts";
import type { Attempt } from "../../src/core/delivery.ts";

const BREAKER = {
  failureRate: 0.5,
  slowRate: 0.8,
  minimum: 20,
  windowSeconds: 60,
  openSeconds: 30,
  probes: 3,
  drain: { count: 50, perSeconds: 1 },
};

describe("a target's flow", () => {
  test.each<[what: string, limit: NonNullable<FlowKeys["limit"]>, intervalMs: number, toleranceMs: number]>([
    ["50 in a second: one each 20 ms, two at once", { count: 50, perSeconds: 1 }, 20, 20],
    ["5 in a second: one each 200 ms, one at once", { count: 5, perSeconds: 1 }, 200, 0],
    ["100 in a minute: three at once", { count: 100, perSeconds: 60 }, 600, 1_200],
    ["a burst of its own", { count: 10, perSeconds: 10, burst: 10 }, 1_000, 9_000],
  ])("%s", (_what, limit, intervalMs, toleranceMs) => {
    expect(flowOf({ concurrency: 10, limit }).limit).toEqual({ intervalMs, toleranceMs });
  });

  test("adapts between bounds, and heeds headers for an hour unless it is said otherwise", () => {
    expect(flowOf({ concurrency: 7 })).toEqual({ most: 7, heed: true, heedMs: 3_600_000 });
    expect(flowOf({ concurrency: { min: 2, max: 9 } })).toMatchObject({ most: 9, least: 2 });
    const advice = { heed: false, maxSeconds: 5 };
    expect(flowOf({ concurrency: 7, advice })).toMatchObject({ heed: false, heedMs: 5_000 });
  });
});

const attempt = (parts: Partial<Attempt>): Attempt => ({
  ...{ number: 1, trigger: "initial", startedAt: 7, durationMs: 900 },
  timings: { waitMs: 0, ruleMs: 0, headMs: 800 },
  ...parts,
});

describe("an attempt", () => {
  const plain = flowOf({ concurrency: 10 });
  const guarded = flowOf({ concurrency: 10, breaker: { ...BREAKER, slowSeconds: 0.8 } });

  test("says nothing of a target without a breaker, whatever came of it, but that it was told to wait", () => {
    for (const status of [200, 404, 500, 503])
      expect(signOf(attempt({ status }), plain, undefined)).toBeUndefined();
    const advice = { waitMs: 1_000, header: "Retry-After" };
    expect(signOf(attempt({ status: 200 }), plain, advice)).toMatchObject({ advice, bare: false });
    expect(signOf(attempt({ status: 429 }), plain, undefined)).toMatchObject({ bare: true });
    const deaf = flowOf({ concurrency: 10, advice: { heed: false, maxSeconds: 1 } });
    expect(signOf(attempt({ status: 429 }), deaf, advice)).toBeUndefined();
  });

  const error = (code: string) => ({ error: { code, detail: "" } });
  test.each<[what: string, parts: Partial<Attempt>, said: object]>([
    [
      "answered 500",
      { status: 500, ...error("FORWARD_STATUS_RETRYABLE") },
      { called: true, failed: true, pressed: false },
    ],
    ["answered 503", { status: 503, ...error("FORWARD_STATUS_RETRYABLE") }, { failed: true, pressed: true }],
    ["answered 429", { status: 429, ...error("FORWARD_STATUS_RETRYABLE") }, { failed: false, pressed: true }],
    ["answered 404, as its route expects", { status: 404 }, { called: true, failed: false }],
    ["answered 404", { status: 404, ...error("FORWARD_STATUS_REFUSED") }, { called: true, failed: false }],
    ["was not answered in time", error("FORWARD_TIMEOUT"), { failed: true, pressed: true }],
    ["found nobody", error("FORWARD_CONNECTION_FAILED"), { failed: true, pressed: false }],
    [
      "came to no call, since the rule failed",
      error("TRANSFORM_RULE_FAILED"),
      { called: false, failed: false, slow: false },
    ],
    ["was slow", { status: 200 }, { called: true, failed: false, slow: true }],
    ["was fast", { status: 200, timings: { waitMs: 0, ruleMs: 0, headMs: 799 } }, { slow: false }],
  ])("%s", (_what, parts, said) => {
    expect(signOf(attempt(parts), guarded, undefined)).toMatchObject(said);
  });
});
