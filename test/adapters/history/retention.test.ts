import { afterEach, beforeEach, expect, it } from "vitest";
import type { Delivery } from "../../../src/core/delivery.ts";
import { aHistory, DEAD, OK, type HistoryBench } from "../../helpers/history.ts";
import { aRedis, type TestRedis } from "../../helpers/redis.ts";
import { describeWithRedis } from "../../helpers/require.ts";

let redis: TestRedis;
let bench: HistoryBench;

beforeEach(async () => {
  redis = await aRedis();
  bench = await aHistory({ url: redis.url }, { events: 20 });
});
afterEach(async () => {
  bench.close();
  await redis.close();
});

const MINUTES = 60_000;

/** So many events, a second apart; every tenth dies, every twentieth stays open. */
async function events(count: number): Promise<Delivery[]> {
  const made: Delivery[] = [];
  for (let at = 0; at < count; at++) {
    bench.pass(1_000);
    const { deliveries } = await bench.accept({
      event: { tags: { at } },
      body: { text: "x".repeat(200) + Math.random() },
    });
    if (at % 20 !== 19) await bench.attempt(deliveries[0]!.id, at % 10 === 0 ? DEAD : OK);
    made.push(deliveries[0]!);
  }
  return made;
}

describeWithRedis("retention", () => {
  it("by age drops whole segments and all that leads to them, and keeps what is open", async () => {
    const old = await events(60);
    bench.pass(60 * MINUTES);
    await bench.history.seal();
    await events(40);
    bench.pass(MINUTES);
    await bench.history.seal();
    expect(await bench.history.deadCauses()).toMatchObject([{ count: 10 }]);
    expect(await bench.history.forget(50 * MINUTES, 1e9)).toBe(57);
    expect(await bench.history.deadCauses()).toMatchObject([{ count: 4 }]);
    expect(await bench.commands.zcard("{sb}:dead")).toBe(4);
    expect(await bench.history.event(old[0]!.event)).toBeUndefined();
    const left = (await bench.history.events({ limit: 100 })).items;
    expect(left.filter(({ state }) => state === "open")).toHaveLength(5);
    expect(left).toHaveLength(43);
    expect((await bench.history.events({ limit: 9, tag: { name: "at", value: "19" } })).items).toHaveLength(
      2,
    );
    // One that was open, and has no segment of its time any more, is sealed again when it ends, and leaves in its turn.
    await bench.attempt(old[19]!.id, OK);
    await bench.history.seal();
    bench.pass(6 * MINUTES);
    await bench.history.seal();
    expect(await bench.history.event(old[19]!.event)).toMatchObject({ state: "settled" });
    expect((await bench.history.events({ limit: 100 })).items).toHaveLength(43);
    expect(await bench.commands.exists(`{sb}:e:${old[19]!.event.slice(4)}`)).toBe(0);
    expect(await bench.history.forget(50 * MINUTES, 1e9)).toBe(1);
    expect(await bench.history.event(old[19]!.event)).toBeUndefined();
    bench.pass(120 * MINUTES);
    await bench.history.seal();
    await bench.history.forget(50 * MINUTES, 1e9);
    expect((await bench.history.events({ limit: 100 })).items.map(({ state }) => state)).toEqual(
      Array(4).fill("open"),
    );
    expect(await bench.history.deadCauses()).toEqual([]);
  });

  it("by bytes drops the oldest until the rest fits, and the sum is right to the byte", async () => {
    await events(100);
    bench.pass(11 * MINUTES);
    await bench.history.seal();
    const before = await bench.history.usage();
    expect(before.segments).toBe(5);
    const limit = Math.floor(before.bytes / 2);
    const forgotten = await bench.history.forget(1e9, limit);
    const after = await bench.history.usage();
    expect(after.bytes).toBeLessThanOrEqual(limit);
    expect(after.events).toBe(before.events - forgotten);
    expect(forgotten % 19).toBe(0);
    const entries = Object.values(await bench.commands.hgetall("{sb}:dir")).map(
      (text) => JSON.parse(text) as { bytes: number },
    );
    expect(Number(await bench.commands.get("{sb}:sealed-bytes"))).toBe(
      entries.reduce((sum, { bytes }) => sum + bytes, 0),
    );
    await bench.history.forget(1e9, 0);
    expect((await bench.history.usage()).segments).toBe(0);
    expect(await bench.commands.get("{sb}:sealed-bytes")).toBe("0");
    expect((await bench.history.usage()).hot).toBe(5);
  });

  it("forgets hot events where nothing is sealed yet, and their tags and causes with them", async () => {
    await events(40);
    expect(await bench.history.forget(1e9, 0)).toBe(38);
    expect(await bench.commands.zcard("{sb}:x")).toBe(4);
    expect(await bench.history.deadCauses()).toEqual([]);
    expect(await bench.commands.zcard("{sb}:settled")).toBe(0);
  });

  it("leaves nothing behind of events that are all gone", async () => {
    for (const { id } of await events(50)) await bench.history.discard(id, { by: "ada", reason: "x" });
    bench.pass(11 * MINUTES);
    await bench.history.seal();
    await bench.history.forget(0, 0);
    const keys = (await bench.commands.keys("{sb}:*")).filter(
      (key) =>
        !/^\W?sb\W?:(k|l|q):|^\W?sb\W?:ready$|^\W?sb\W?:(sealer|dirv|floor|bytes|sealed-bytes)$/.test(key),
    );
    expect(keys).toEqual([]);
    expect(await bench.commands.get("{sb}:bytes")).toBe("0");
  });
});
