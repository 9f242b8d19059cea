/** When a target may be called again, in every form in which they say it; nonsense says nothing. */
import { describe, expect, test } from "vitest";
import { adviceOf, retryAfterOf } from "../../src/core/advice.ts";

const NOW = Date.parse("2026-11-25T12:00:00.000Z");
const HOUR_MS = 3_600_000;
const epoch = (seconds: number): string => String(NOW / 1000 + seconds);
const date = (seconds: number): string => new Date(NOW + seconds * 1000).toUTCString();

type Case = [what: string, status: number, headers: Record<string, string>, waitMs: number | undefined];

const cases: readonly Case[] = [
  ["seconds", 429, { "retry-after": "7" }, 7_000],
  ["seconds of a 503", 503, { "retry-after": "7" }, 7_000],
  ["part of a second", 429, { "retry-after": "0.25" }, 250],
  ["a date", 429, { "retry-after": date(30) }, 30_000],
  [
    "a date of a target whose clock is an hour ahead",
    429,
    { "retry-after": date(3630), date: date(3600) },
    30_000,
  ],
  [
    "a date of a target whose clock is an hour behind",
    429,
    { "retry-after": date(-3570), date: date(-3600) },
    30_000,
  ],
  ["a date beside one that nobody can believe", 429, { "retry-after": date(30), date: date(-1e8) }, 30_000],
  ["a date that is over", 429, { "retry-after": date(-30) }, undefined],
  ["no seconds", 429, { "retry-after": "0" }, undefined],
  ["fewer than none", 429, { "retry-after": "-5" }, undefined],
  ["absurdly many", 429, { "retry-after": "1e15" }, undefined],
  ["absurdly many, written out", 429, { "retry-after": "99999999999999999999" }, HOUR_MS],
  ["a word", 429, { "retry-after": "soon" }, undefined],
  ["nothing", 429, { "retry-after": "" }, undefined],
  ["seconds of a 500, which is about that request alone", 500, { "retry-after": "7" }, undefined],
  ["seconds of a 202", 202, { "retry-after": "7" }, undefined],
  ["the IETF's present form", 200, { ratelimit: '"default";r=0;t=12' }, 12_000],
  [
    "several policies, of which one is used up",
    200,
    { ratelimit: '"minute";r=3;t=5, "day";r=0;t=90' },
    90_000,
  ],
  ["several policies, none used up", 200, { ratelimit: '"minute";r=3;t=5, "day";r=1;t=90' }, undefined],
  ["the IETF's former form", 200, { ratelimit: "limit=10, remaining=0, reset=4" }, 4_000],
  ["its former form with some left", 200, { ratelimit: "limit=10, remaining=1, reset=4" }, undefined],
  [
    "three headers",
    200,
    { "ratelimit-limit": "9", "ratelimit-remaining": "0", "ratelimit-reset": "3" },
    3_000,
  ],
  ["GitHub's epoch seconds", 403, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": epoch(60) }, 60_000],
  [
    "GitHub's, with its own clock five minutes ahead",
    200,
    { "x-ratelimit-remaining": "0", "x-ratelimit-reset": epoch(360), date: date(300) },
    60_000,
  ],
  ["others' seconds from now", 200, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "60" }, 60_000],
  [
    "others' epoch ms",
    200,
    { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(NOW + 1_500) },
    1_500,
  ],
  ["an ISO time", 200, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "2026-11-25T12:00:10Z" }, 10_000],
  [
    "Discord's parts of a second, before its epoch",
    429,
    { "x-ratelimit-remaining": "0", "x-ratelimit-reset": epoch(99), "x-ratelimit-reset-after": "1.337" },
    1_337,
  ],
  ["Twitter's spelling", 200, { "x-rate-limit-remaining": "0", "x-rate-limit-reset": epoch(5) }, 5_000],
  [
    "OpenAI's spans",
    200,
    { "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1m30.5s" },
    90_500,
  ],
  ["OpenAI's ms", 200, { "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "120ms" }, 120],
  ["some left", 200, { "x-ratelimit-remaining": "1", "x-ratelimit-reset": epoch(60) }, undefined],
  ["none left and no word of when", 200, { "x-ratelimit-remaining": "0" }, undefined],
  [
    "none left and a reset that is over",
    200,
    { "x-ratelimit-remaining": "0", "x-ratelimit-reset": epoch(-9) },
    undefined,
  ],
  [
    "none left and a reset that is no time",
    200,
    { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "later" },
    undefined,
  ],
  [
    "none left until next year",
    200,
    { "x-ratelimit-remaining": "0", "x-ratelimit-reset": epoch(3e7) },
    HOUR_MS,
  ],
  [
    "the longer of two",
    429,
    { "retry-after": "2", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "9" },
    9_000,
  ],
  ["no such header", 429, { "content-type": "application/json" }, undefined],
];

describe("a target's wish", () => {
  test.each(cases)("%s", (_what, status, headers, waitMs) => {
    expect(adviceOf(status, headers, NOW, HOUR_MS)?.waitMs).toBe(waitMs);
  });

  test("names the header that says so", () => {
    expect(adviceOf(429, { "retry-after": "3" }, NOW, HOUR_MS)?.header).toBe("Retry-After");
    const github = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": epoch(60) };
    expect(adviceOf(200, github, NOW, HOUR_MS)?.header).toBe("x-ratelimit-remaining");
  });

  test("is nothing where nothing is to be heeded for any time", () => {
    expect(adviceOf(429, { "retry-after": "3" }, NOW, 0)).toBeUndefined();
  });
});

describe("the Retry-After of one delivery", () => {
  test("is made of a date by the target's own clock, and stays as it came else", () => {
    expect(retryAfterOf({ "retry-after": date(3630), date: date(3600) }, NOW)).toBe("30");
    expect(retryAfterOf({ "retry-after": date(-5) }, NOW)).toBe("0");
    expect(retryAfterOf({ "retry-after": "12" }, NOW)).toBe("12");
    expect(retryAfterOf({ "retry-after": "soon" }, NOW)).toBe("soon");
    expect(retryAfterOf({}, NOW)).toBeUndefined();
  });
});
