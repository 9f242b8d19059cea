/** What attempts say of their target, as it is stored: on a real Redis where the machine has one, and on the trial store. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { countsOf } from "../../../src/adapters/queues/ready.ts";
import { startTrialStore } from "../../../src/adapters/store/trial-store.ts";
import type { DeliveryId } from "../../../src/core/delivery.ts";
import { signOf } from "../../../src/core/flow-sign.ts";
import { flowOf, type Flow } from "../../../src/core/target-flow.ts";
import build from "../../helpers/build.ts";
import { aHistory, anAttempt, DEAD, OK, type HistoryBench } from "../../helpers/history.ts";
import { aLog } from "../../helpers/log.ts";
import { aQueueProcess, mostWithin } from "../../helpers/queues.ts";
import { aRedis } from "../../helpers/redis.ts";
import { describeWithRedis } from "../../helpers/require.ts";
import { until } from "../../helpers/until.ts";

const BREAKER = {
  failureRate: 0.5,
  slowRate: 0.8,
  minimum: 3,
  windowSeconds: 60,
  openSeconds: 30,
  probes: 1,
};
const flow = flowOf({
  concurrency: { min: 2, max: 8 },
  limit: { count: 20, perSeconds: 1 },
  breaker: { ...BREAKER, drain: { count: 5, perSeconds: 1 } },
  timeoutSeconds: 2,
});

type At = { readonly url: string } | { readonly path: string };

function onStore(open: () => Promise<{ at: At; close: () => Promise<void> }>): void {
  let bench: HistoryBench;
  let store: Awaited<ReturnType<typeof open>>;
  let process: ReturnType<typeof aQueueProcess>;
  const begun: number[] = [];

  beforeAll(async () => {
    store = await open();
    bench = await aHistory(store.at, {}, 0);
    process = aQueueProcess("url" in store.at ? store.at.url : store.at, () => {
      begun.push(Date.now());
      return Promise.resolve({ again: false });
    });
  }, 60_000);
  afterAll(async () => {
    await process.close();
    bench.close();
    await store.close();
  });

  const stored = async (target: string) => (await countsOf(bench.commands, [target])).get(target)!.flow;

  /** An attempt of a new delivery that got this status, settled so many times. */
  async function settle(target: string, status: number, times = 1, of: Flow = flow): Promise<void> {
    const { deliveries } = await bench.accept({ routes: { all: target } });
    const recorded = (await bench.store.load(deliveries[0]!.id as DeliveryId, false))!;
    const outcome = status === 200 ? OK : DEAD;
    const attempt = anAttempt(recorded, bench.now(), outcome, { status });
    for (let turn = 0; turn < times; turn++)
      await bench.store.settle(recorded, attempt, outcome, undefined, signOf(attempt, of, undefined));
  }

  it("one that is sent again counts once", async () => {
    await settle("twice", 500, 5);
    await settle("twice", 500, 5);
    expect((await stored("twice")).breaker).toBeUndefined();
    await settle("twice", 500);
    expect((await stored("twice")).breaker).toMatchObject({
      state: "open",
      because: { failed: 3, slow: 0, all: 3, seconds: 60 },
    });
  });

  it("the breaker opens at the rate and not below it, and forgets what is older than its window", async () => {
    for (const status of [200, 200, 500, 200, 500]) await settle("rate", status);
    expect((await stored("rate")).breaker).toBeUndefined();
    bench.pass(61_000);
    await settle("rate", 500);
    await settle("rate", 200);
    expect((await stored("rate")).breaker).toBeUndefined();
    await settle("rate", 500);
    expect((await stored("rate")).breaker).toMatchObject({ state: "open", because: { failed: 2, all: 3 } });
    expect((await bench.queues.counts(["rate"])).get("rate")!.flow.breaker!.nextAt).toBeCloseTo(
      bench.now() + 30_000,
      -3,
    );
  });

  it("a 429 without a word is waited for a second, then two, and halves what goes at once", async () => {
    const bare = flowOf({ concurrency: { min: 1, max: 8 } });
    await settle("bare", 429, 1, bare);
    const first = (await stored("bare")).until! - bench.now();
    expect(first).toBeGreaterThan(500);
    expect(first).toBeLessThanOrEqual(1_000);
    await settle("bare", 429, 1, bare);
    expect((await stored("bare")).until! - bench.now(), "once while it is waited for").toBeLessThanOrEqual(
      1_000,
    );
    bench.pass(1_001);
    await settle("bare", 429, 1, bare);
    expect((await stored("bare")).until! - bench.now()).toBeGreaterThan(1_500);
  });

  it("attempts of a queue are spread evenly there too", async () => {
    process.queues.work("even", { concurrency: 10, limit: { count: 20, perSeconds: 1 } });
    await process.enqueue("even", 10);
    await until("all are begun", () => begun.length === 10);
    expect(begun.at(-1)! - begun[0]!).toBeGreaterThan(400);
    expect(mostWithin(begun, 1_000)).toBeLessThanOrEqual(22);
  });
}

describeWithRedis("on Redis", () =>
  onStore(async () => {
    const redis = await aRedis();
    return { at: { url: redis.url }, close: () => redis.close() };
  }),
);

describe("on the trial store", () =>
  onStore(async () => {
    build();
    const folder = mkdtempSync(join(tmpdir(), "signalbox-trial-"));
    const paths = { path: folder, sockets: folder } as Parameters<typeof startTrialStore>[0];
    const trial = await startTrialStore(paths, aLog());
    return {
      at: { path: trial.socket },
      async close() {
        await trial.close();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  }));
