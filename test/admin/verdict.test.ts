/** The rules of the verdict as a table: what is seen, the verdict, and what its reason must say. */
import { expect, test } from "vitest";
import { verdictOf, type Seen } from "../../src/admin/verdict.ts";

const quiet: Seen = {
  workers: 1,
  waiting: 0,
  retrying: 0,
  active: 0,
  attempts: {},
  failures: new Map(),
  dead: 0,
  timeoutSeconds: 15,
  isFull: false,
  lastMinute: 0,
};
const times = (p95: number) => ({ p50: p95 / 2, p95, p99: p95 });
const failing = (said: string, count: number) => new Map([[said, count]]);

const table: readonly [string, Partial<Seen>, string, RegExp][] = [
  ["nothing happens", {}, "idle", /15 minutes/],
  ["attempts succeed", { attempts: { "2xx": 40 } }, "fine", /40 attempts/],
  ["something is under way", { active: 1 }, "fine", /0 attempts/],
  [
    "it is paused",
    { paused: { by: "ada", reason: "migration" }, attempts: { "5xx": 9 }, workers: 0 },
    "paused",
    /ada: migration/,
  ],
  ["it is paused without a word", { paused: { by: "ada", reason: "" } }, "paused", /no reason given/],
  ["nobody delivers", { workers: 0, waiting: 3, retrying: 2 }, "no-workers", /5 deliveries wait/],
  [
    "a quarter fails",
    { attempts: { "2xx": 9, "5xx": 3 }, failures: failing("503", 3) },
    "failing",
    /3 of 12 attempts failed.*answers 503 \(3\)/,
  ],
  [
    "less than a quarter fails",
    { attempts: { "2xx": 10, "5xx": 3 }, failures: failing("503", 3) },
    "fine",
    /13/,
  ],
  [
    "three attempts are too few to judge",
    { attempts: { "5xx": 3 }, failures: failing("500", 3), retrying: 3 },
    "fine",
    /3/,
  ],
  [
    "retries are exhausted and nothing gets through",
    { attempts: { timeout: 1 }, failures: failing("FORWARD_TIMEOUT", 1), dead: 1 },
    "failing",
    /no answer in time.*1 became a dead letter/,
  ],
  ["one dead letter among many delivered", { attempts: { "2xx": 99, "4xx": 1 }, dead: 1 }, "fine", /100/],
  [
    "the rule fails, not the target",
    { attempts: { rule: 6 }, failures: failing("TRANSFORM_OUTPUT_INVALID", 6), dead: 6 },
    "failing",
    /the rule, not the target \(TRANSFORM_OUTPUT_INVALID\)/,
  ],
  [
    "what is filtered is no attempt at the target",
    { attempts: { filtered: 96, "5xx": 4 }, failures: failing("500", 4) },
    "failing",
    /4 of 4/,
  ],
  ["only long retries are left", { retrying: 7 }, "failing", /7 deliveries wait to be tried again/],
  [
    "its own limit holds things back",
    { attempts: { "2xx": 50 }, waiting: 9, limit: { count: 5, perSeconds: 1 }, isFull: true },
    "limited",
    /9 deliveries wait for its own limit of 5 in 1 s/,
  ],
  [
    "its limit was all used in the last minute",
    { attempts: { "2xx": 50 }, waiting: 1, limit: { count: 60, perSeconds: 60 }, lastMinute: 48 },
    "limited",
    /1 delivery waits/,
  ],
  [
    "a limit that nothing waits for",
    { attempts: { "2xx": 50 }, limit: { count: 5, perSeconds: 1 }, isFull: true },
    "fine",
    /50/,
  ],
  [
    "a limit that is not reached",
    { attempts: { "2xx": 5 }, waiting: 2, limit: { count: 50, perSeconds: 1 } },
    "fine",
    /5/,
  ],
  [
    "its breaker is open",
    {
      attempts: { "5xx": 9 },
      open: { reason: "of 9 attempts in 60 s 9 failed", nextProbeAt: "2026-11-25T12:00:00.000Z" },
    },
    "breaker-open",
    /^Its breaker is open: of 9 attempts in 60 s 9 failed\. Next probe at 2026-11-25T12:00:00.000Z\.$/,
  ],
  [
    "its breaker could have been probed, and nothing came",
    {
      open: {
        ...{ reason: "of 9 attempts in 60 s 9 failed", nextProbeAt: "2026-11-25T12:00:00.000Z" },
        isDue: true,
      },
    },
    "breaker-open",
    /^Its breaker is open: of 9 attempts in 60 s 9 failed\. The next delivery is its probe\.$/,
  ],
  [
    "its breaker is probed",
    { open: { reason: "of 9 attempts in 60 s 9 failed" } },
    "breaker-open",
    /It is being probed/,
  ],
  [
    "it asked to be left alone, which goes before that it fails",
    { attempts: { "429": 9 }, asked: { until: "2026-11-25T12:00:00.000Z", by: "Retry-After" } },
    "limited",
    /left alone until 2026-11-25T12:00:00.000Z \(Retry-After\)/,
  ],
  [
    "somebody paused it though its breaker is open",
    { paused: { by: "ada", reason: "migration" }, open: { reason: "of 9 attempts in 60 s 9 failed" } },
    "paused",
    /ada/,
  ],
  [
    "three times as slow as usual",
    { attempts: { "2xx": 9 }, run: times(900), usual: times(300) },
    "slow",
    /900 ms.*300 ms is usual/,
  ],
  ["not three times as slow", { attempts: { "2xx": 9 }, run: times(890), usual: times(300) }, "fine", /9/],
  ["fast all the same", { attempts: { "2xx": 9 }, run: times(30), usual: times(3) }, "fine", /9/],
  ["nothing is known to be usual", { attempts: { "2xx": 9 }, run: times(9_000) }, "fine", /9/],
  [
    "near its deadline",
    { attempts: { "2xx": 9 }, run: times(12_000) },
    "slow",
    /12 s or longer, and 15 s is its deadline/,
  ],
  [
    "failing goes before slow",
    { attempts: { timeout: 9 }, failures: failing("FORWARD_TIMEOUT", 9), run: times(15_000) },
    "failing",
    /FORWARD_TIMEOUT/,
  ],
];

test.each(table)("%s", (_what, seen, verdict, reason) => {
  const found = verdictOf({ ...quiet, ...seen });
  expect(found.verdict).toBe(verdict);
  expect(found.reason).toMatch(reason);
});
