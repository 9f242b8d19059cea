import { afterEach, beforeEach, expect, it } from "vitest";
import { recounting } from "../../src/admin/recounting.ts";
import { aHistory, OK, type HistoryBench } from "../helpers/history.ts";
import { aRedis, type TestRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";

describeWithRedis("the balance of the overview", () => {
  let redis: TestRedis;
  let bench: HistoryBench;

  beforeEach(async () => {
    redis = await aRedis();
    bench = await aHistory({ url: redis.url });
  });

  afterEach(async () => {
    await bench.close();
    await redis.close();
  });

  it("is counted anew once a minute, and says so as long as nothing has changed since", async () => {
    const clock = { now: () => bench.now() };
    const checked = recounting(bench.history, clock);
    const { deliveries } = await bench.accept();
    expect(await checked.balance(2)).toMatchObject([{ made: 1, recounted: 1, balanced: true }]);
    expect(await checked.balance(2)).toMatchObject([{ made: 1, recounted: 1 }]);
    await bench.attempt(deliveries[0]!.id, OK);
    const [moved] = await checked.balance(2);
    expect(moved).toMatchObject({ delivered: 1, balanced: true });
    expect(moved).not.toHaveProperty("recounted");
    bench.pass(61_000);
    expect(await checked.balance(2)).toMatchObject([{ delivered: 1, recounted: 1, balanced: true }]);
  });

  it("shows an event that was lost although the ledger adds up", async () => {
    const { event } = await bench.accept();
    await bench.accept();
    redis.cli("del", `{sb}:e:${event.context.id.slice(4)}`);
    const clock = { now: () => bench.now() };
    expect(await recounting(bench.history, clock).balance(2)).toMatchObject([
      { made: 2, difference: 0, recounted: 1, balanced: false },
    ]);
  });
});
