/** The store's time, on a machine whose clock is set while the router runs. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { storeClock, type StoreClock } from "../../../src/adapters/store/clock.ts";
import { connectWorker, type StoreConnection } from "../../../src/adapters/store/redis.ts";
import { aLog } from "../../helpers/log.ts";
import { aRedis, type TestRedis } from "../../helpers/redis.ts";
import { describeWithRedis } from "../../helpers/require.ts";

let redis: TestRedis;
let connection: StoreConnection;
let clock: StoreClock;

beforeEach(async () => {
  redis = await aRedis();
  connection = connectWorker({ url: redis.url }, aLog());
  clock = await storeClock(connection, aLog());
});
afterEach(async () => {
  vi.restoreAllMocks();
  clock.stop();
  connection.disconnect();
  await redis.close();
});

describeWithRedis("the store's clock", () => {
  it.each([
    ["forward", 3_600_000],
    ["back", -3_600_000],
  ])("goes on as before when this machine's is set an hour %s", (_way, by) => {
    const before = clock.now();
    const now = Date.now.bind(Date);
    vi.spyOn(Date, "now").mockImplementation(() => now() + by);
    expect(clock.now() - before).toBeGreaterThanOrEqual(0);
    expect(clock.now() - before).toBeLessThan(5_000);
  });

  it("is whole milliseconds of the store's time", async () => {
    const [seconds = 0, micros = 0] = (await connection.time()).map(Number);
    expect(Number.isInteger(clock.now())).toBe(true);
    expect(Math.abs(clock.now() - (seconds * 1_000 + micros / 1_000))).toBeLessThan(1_000);
  });
});
