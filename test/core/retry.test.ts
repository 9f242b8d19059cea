import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseRetryAfter, retryDelayMs, retryWaitMs, verdictOfStatus } from "../../src/core/retry.ts";

const NOW = Date.UTC(2026, 10, 6, 8, 49, 37);
const policy = { firstDelaySeconds: 5, maxDelaySeconds: 86_400 };

describe("the delay before the next attempt", () => {
  test.each([
    [1, 0, 500],
    [1, 1, 5_000],
    [2, 1, 10_000],
    [3, 0.5, 11_000],
    [10, 1, 2_560_000],
    [16, 1, 86_400_000],
    [5_000, 1, 86_400_000],
    [0, 1, 5_000],
  ])("after attempt %i with %d drawn is %i ms", (attempt, random, expected) =>
    expect(retryDelayMs(attempt, policy, random)).toBe(expected),
  );

  test("is a whole number between a tenth and all of the span, whatever is drawn", () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.double({ min: 0.001, max: 86_400, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (attempt, firstDelaySeconds, random) => {
          const span = Math.min(86_400, firstDelaySeconds * 2 ** (attempt - 1)) * 1000;
          const delay = retryDelayMs(attempt, { firstDelaySeconds, maxDelaySeconds: 86_400 }, random);
          expect(Number.isInteger(delay)).toBe(true);
          expect(delay).toBeGreaterThanOrEqual(Math.max(1, Math.floor(span * 0.1)));
          expect(delay).toBeLessThanOrEqual(Math.ceil(span));
        },
      ),
    ));
});

describe("Retry-After", () => {
  test.each([
    ["120", 120_000],
    [" 2 ", 2_000],
    ["0", 0],
    ["1.5", 1_500],
    ["0.0001", 1],
    ["007", 7_000],
    ["86400", 86_400_000],
    ["86401", 86_400_000],
    ["1000000000000000", 86_400_000],
    ["9".repeat(400), 86_400_000],
    // the three forms of RFC 9110 § 5.6.7, two minutes ahead
    ["Fri, 06 Nov 2026 08:51:37 GMT", 120_000],
    ["Friday, 06-Nov-26 08:51:37 GMT", 120_000],
    ["Fri Nov  6 08:51:37 2026", 120_000],
    ["Fri Nov 13 08:49:37 2026", 86_400_000],
    ["Fri, 06 Nov 2026 08:49:60 GMT", 23_000],
    ["Sun, 06 Nov 1994 08:49:37 GMT", 0],
    ["Sunday, 06-Nov-94 08:49:37 GMT", 0],
    ["Sun Nov  6 08:49:37 1994", 0],
  ])("%j is %i ms", (header, expected) => expect(parseRetryAfter(header, NOW)).toBe(expected));

  test.each([
    undefined,
    "",
    " ",
    "-1",
    "+5",
    "1e3",
    "1e15",
    "0x10",
    "NaN",
    "Infinity",
    "soon",
    "60, 60",
    "60s",
    "1.",
    ".5",
    "٣",
    "2026-11-06T08:51:37Z",
    "Fri, 06 Nov 2026 08:51:37 PST",
    "Fri, 06 Nov 2026 25:51:37 GMT",
    "Fri, 31 Feb 2026 08:51:37 GMT",
    "Fri, 00 Nov 2026 08:51:37 GMT",
    "Fri, 06 Foo 2026 08:51:37 GMT",
    "Fri, 6 Nov 2026 08:51:37 GMT",
  ])("%j says nothing", (header) => expect(parseRetryAfter(header, NOW)).toBeUndefined());

  test("is a whole number within the cap or nothing, whatever was sent", () => {
    const header = fc.oneof(
      fc.string({ unit: "binary", maxLength: 40 }),
      fc.double().map(String),
      fc.bigInt().map(String),
      fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
      fc.stringMatching(/^[A-Z][a-z]{2}, \d\d (Jan|Feb|Nov|Xyz) \d{4} \d\d:\d\d:\d\d GMT$/),
      fc.stringMatching(/^[A-Z][a-z]{5,8}, \d\d-(Jan|Feb|Nov)-\d\d \d\d:\d\d:\d\d GMT$/),
    );
    fc.assert(
      fc.property(
        header,
        fc.integer({ min: 0, max: 4e12 }),
        fc.integer({ min: 0, max: 1e9 }),
        (text, now, cap) => {
          const ms = parseRetryAfter(text, now, cap);
          if (ms === undefined) return;
          expect(Number.isInteger(ms) && ms >= 0 && ms <= cap).toBe(true);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test("every date of the next year comes back as it was, to the second", () =>
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 366 * 86_400 }), (seconds) => {
        const header = new Date(NOW + seconds * 1000).toUTCString();
        expect(parseRetryAfter(header, NOW, Number.MAX_SAFE_INTEGER)).toBe(seconds * 1000);
      }),
    ));
});

describe("a status", () => {
  test.each([200, 201, 202, 204, 207, 299])("%i is delivered", (status) =>
    expect(verdictOfStatus(status)).toBe("delivered"),
  );
  test.each([408, 425, 429, 500, 501, 502, 503, 504, 520, 599])("%i is tried again", (status) =>
    expect(verdictOfStatus(status)).toBe("retry"),
  );
  test.each([301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 409, 410, 413, 422, 451])(
    "%i is dead",
    (status) => expect(verdictOfStatus(status)).toBe("dead"),
  );
});

describe("the wait after a failed attempt", () => {
  test("is the backoff where the target asks for nothing", () =>
    expect(retryWaitMs(3, policy, undefined, NOW, 0.5)).toBe(retryDelayMs(3, policy, 0.5)));

  test("is at least as long as the target asks, and at most a tenth longer", () => {
    expect(retryWaitMs(1, policy, "60", NOW, 0)).toBe(60_000);
    expect(retryWaitMs(1, policy, "60", NOW, 1)).toBe(66_000);
  });

  test("is not shortened by a Retry-After below the backoff", () =>
    expect(retryWaitMs(1, policy, "1", NOW, 1)).toBe(5_000));

  test("is never longer than the cap and its tenth", () =>
    expect(retryWaitMs(1, policy, "1000000000000000", NOW, 1)).toBe(95_040_000));

  test.each(["garbage", "-5", "NaN", ""])("takes Retry-After %j for none", (retryAfter) =>
    expect(retryWaitMs(2, policy, retryAfter, NOW, 0.5)).toBe(retryDelayMs(2, policy, 0.5)),
  );

  test("is a whole number, whatever was sent and drawn", () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.string(),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (attempt, header, random) => {
          expect(Number.isInteger(retryWaitMs(attempt, policy, header, NOW, random))).toBe(true);
        },
      ),
    ));
});
