/** An event that follows from a delivery's end, in a real store: stored with that end, and once. */
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Outcome } from "../../../src/core/delivery.ts";
import { ownCommit } from "../../../src/pipeline/chain.ts";
import type { Commit, Recorded } from "../../../src/ports.ts";
import type { Route } from "../../../src/rules/workspace.ts";
import { OK, aHistory, anAttempt, type HistoryBench } from "../../helpers/history.ts";
import { aRedis, type TestRedis } from "../../helpers/redis.ts";
import { describeWithRedis } from "../../helpers/require.ts";

describeWithRedis("an event that follows from an end", () => {
  let redis: TestRedis;
  let bench: HistoryBench;

  beforeEach(async () => {
    redis = await aRedis();
    bench = await aHistory({ url: redis.url });
  });
  afterEach(async () => {
    bench.close();
    await redis.close();
  });

  const next = { name: "then", target: { name: "status" }, tags: [] } as unknown as Route;
  const follows = (once: string): Promise<Commit> =>
    ownCommit(
      {
        type: "delivery.delivered",
        subject: "s",
        at: bench.now(),
        once,
        hops: 1,
        trail: ["to-api"],
        data: {},
      },
      [next],
      bench,
    );
  const settle = async (recorded: Recorded, once: string, outcome: Outcome = OK): Promise<Commit> => {
    const commit = await follows(once);
    await bench.store.settle(
      recorded,
      anAttempt(recorded, bench.now(), outcome),
      outcome,
      undefined,
      undefined,
      commit,
    );
    return commit;
  };

  it("is there with its delivery, queued and awake, when the end is", async () => {
    const { deliveries } = await bench.accept();
    const recorded = (await bench.store.load(deliveries[0]!.id, false))!;
    const { event, deliveries: next } = await settle(recorded, "a.0.delivered");
    expect((await bench.history.delivery(deliveries[0]!.id))!.state).toBe("delivered");
    expect(await bench.history.event(event.context.id)).toMatchObject({ source: "signalbox", state: "open" });
    expect(await bench.queues.has(next)).toEqual([true]);
    expect(redis.cli("zscore", "{sb}:ready", "status")).toBe("0");
  });

  it("is made once by two workers that end a run the same way, and once more by another run", async () => {
    const { deliveries } = await bench.accept();
    const recorded = (await bench.store.load(deliveries[0]!.id, false))!;
    const first = await settle(recorded, "a.0.delivered");
    bench.pass(5);
    const second = await settle(recorded, "a.0.delivered");
    expect(second.event.context.id).not.toBe(first.event.context.id);
    expect(await bench.history.event(second.event.context.id)).toBeUndefined();
    expect(redis.cli("zcard", "{sb}:events")).toBe("2");
    await settle(recorded, "a.1.delivered");
    expect(redis.cli("zcard", "{sb}:events")).toBe("3");
  });

  it("has an id that follows from its time and from what it follows from", async () => {
    const [a, again, b] = await Promise.all(["a.0.delivered", "a.0.delivered", "b.0.delivered"].map(follows));
    const rest = (commit: Commit | undefined): string => commit!.event.context.id.slice(14);
    expect(rest(a)).toBe(rest(again));
    expect(rest(a)).not.toBe(rest(b));
  });

  it("is made although the delivery's event was sealed meanwhile", async () => {
    const { event, deliveries } = await bench.accept();
    const recorded = (await bench.store.load(deliveries[0]!.id, false))!;
    await bench.attempt(deliveries[0]!.id, OK);
    bench.pass(3_600_000);
    expect(await bench.history.seal()).toBeGreaterThan(0);
    expect(redis.cli("exists", `{sb}:e:${event.context.id.slice(4)}`)).toBe("0");
    const { event: following } = await settle(recorded, "a.0.delivered");
    expect(await bench.history.event(following.context.id)).toMatchObject({ source: "signalbox" });
  });
});
