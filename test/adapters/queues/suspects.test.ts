/** Deliveries over which workers die, on a real store: one at a time, counted although the counter dies, and the rule that made them. */
import { afterEach, expect, it } from "vitest";
import { connectWorker, type StoreConnection } from "../../../src/adapters/store/redis.ts";
import { createSuspects } from "../../../src/adapters/queues/suspects.ts";
import type { DeliveryId } from "../../../src/core/delivery.ts";
import { aLog } from "../../helpers/log.ts";
import { aRedis, type TestRedis } from "../../helpers/redis.ts";
import { describeWithRedis } from "../../helpers/require.ts";
import { until } from "../../helpers/until.ts";

const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function aStore(): Promise<TestRedis> {
  const redis = await aRedis();
  closing.push(() => redis.close());
  return redis;
}

function aProcess({ url }: TestRedis): ReturnType<typeof createSuspects> {
  const commands: StoreConnection = connectWorker({ url }, aLog());
  const suspects = createSuspects(commands, aLog());
  closing.push(async () => {
    await suspects.stop();
    commands.disconnect();
  });
  return suspects;
}

const dlv = (nth: number): DeliveryId => `dlv_${String(nth).padStart(34, "0")}`;
const never = (): Promise<never> => new Promise(() => undefined);

describeWithRedis("suspects", () => {
  it("are attempted one after the other, and forgotten when their attempt ends", async () => {
    const redis = await aStore();
    const suspects = aProcess(redis);
    const order: string[] = [];
    let release = (): void => undefined;
    const first = suspects.alone(dlv(1), async (deaths) => {
      order.push(`first, ${deaths}`);
      await new Promise<void>((resolve) => (release = resolve));
      order.push("first ended");
    });
    const second = suspects.alone(dlv(2), (deaths) => Promise.resolve(order.push(`second, ${deaths}`)));
    await until("the first has begun", () => order.length === 1);
    expect(redis.cli("hgetall", "{sb}:suspects")).toBe(`${dlv(1)}\n1`);
    release();
    await Promise.all([first, second]);
    expect(order).toEqual(["first, 0", "first ended", "second, 0"]);
    await until("nothing is kept", () => redis.cli("exists", "{sb}:suspects") === "0");
  });

  it("are known by the next process when one dies over them, and not when it was told to stop", async () => {
    const redis = await aStore();
    const [died, told, next] = [aProcess(redis), aProcess(redis), aProcess(redis)];
    void died.alone(dlv(1), never);
    void told.alone(dlv(2), never);
    await until("both are in hand", () => redis.cli("hlen", "{sb}:suspects") === "2");
    await told.stop();
    const seen: number[] = [];
    await next.alone(dlv(1), (deaths) => Promise.resolve(seen.push(deaths)));
    await next.alone(dlv(2), (deaths) => Promise.resolve(seen.push(deaths)));
    expect(seen).toEqual([1, 0]);
  });

  it("have a rule's version quarantined in every process when three different ones were made by it", async () => {
    const redis = await aStore();
    const [here, there] = [aProcess(redis), aProcess(redis)];
    expect(await here.blame("r1", dlv(1))).toBe(false);
    expect(await here.blame("r1", dlv(1))).toBe(false);
    expect(await here.blame("r2", dlv(4))).toBe(false);
    expect(await there.blame("r1", dlv(2))).toBe(false);
    expect(here.isQuarantined("r1")).toBe(false);
    expect(await there.blame("r1", dlv(3))).toBe(true);
    expect([there.isQuarantined("r1"), there.isQuarantined("r2")]).toEqual([true, false]);
    await until("the other one knows", () => here.isQuarantined("r1"));
    expect(Number(redis.cli("ttl", "{sb}:quarantined"))).toBeGreaterThan(80_000);
  }, 20_000);
});
