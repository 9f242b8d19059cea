/** What lookups have brought, in a real store: kept within its bound, and only for those who have the key. */
import { afterEach, beforeEach, expect, it } from "vitest";
import { createLookups } from "../../src/adapters/lookups.ts";
import { connectWorker, type StoreConnection } from "../../src/adapters/store/redis.ts";
import { createSealer } from "../../src/adapters/secret-key.ts";
import type { Lookups, Question } from "../../src/core/lookup.ts";
import { aLog } from "../helpers/log.ts";
import { aRedis, type TestRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { until } from "../helpers/until.ts";

describeWithRedis("what is looked up", () => {
  let redis: TestRedis;
  let commands: StoreConnection;

  beforeEach(async () => {
    redis = await aRedis();
    commands = connectWorker({ url: redis.url }, aLog());
  });
  afterEach(async () => {
    commands.disconnect();
    await redis.close();
  });

  const lookups = (mostBytes = 1_000_000, key = "a key of a test"): Lookups =>
    createLookups({
      commands,
      sealer: createSealer(key, "/nowhere"),
      clock: { now: () => Date.now() },
      log: aLog(),
      mostBytes,
    });
  const question = (key: string, more: Partial<Question> = {}): Question => ({
    ...{ key, target: "people", cacheMs: 60_000, budgetMs: 2_000, concurrency: 10 },
    ...more,
  });
  const text = (length: number): string => "x".repeat(length);

  it("takes no more than its bound: what lapses first leaves first, and all is counted", async () => {
    const ours = lookups(10_000);
    for (let n = 0; n < 20; n++)
      await ours.take(question(`k${n}`, { cacheMs: 60_000 + n }), () => Promise.resolve(text(1_000)));
    await until("the last is kept", () => redis.cli("exists", "{sb}:looked:k19") === "1");
    const kept = redis.cli("keys", "{sb}:looked:*").split("\n");
    const sizes = kept.map((key) => Number(redis.cli("strlen", key)));
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    expect(bytes).toBeLessThanOrEqual(10_000);
    expect(kept.length).toBeGreaterThan(5);
    expect(redis.cli("get", "{sb}:looks:bytes")).toBe(String(bytes));
    expect(redis.cli("zcard", "{sb}:looks")).toBe(String(kept.length));
    expect(kept).toContain("{sb}:looked:k19");
    expect(kept).not.toContain("{sb}:looked:k0");
  });

  it("that has lapsed is counted out, and what is too large is not kept", async () => {
    const ours = lookups(10_000);
    await ours.take(question("short", { cacheMs: 50 }), () => Promise.resolve(text(1_000)));
    await until(
      "it has lapsed",
      () => redis.cli("exists", "{sb}:looked:short") === "0" && redis.cli("zcard", "{sb}:looks") === "1",
    );
    await ours.take(question("large"), () => Promise.resolve(text(20_000)));
    await until("it is counted out", () => redis.cli("zcard", "{sb}:looks") === "0");
    expect(redis.cli("get", "{sb}:looks:bytes")).toBe("0");
    expect(redis.cli("exists", "{sb}:looked:large")).toBe("0");
  });

  it("is asked for again by who has another key, and by nobody else", async () => {
    const brought = (what: string) => () => Promise.resolve(what);
    await lookups().take(question("k"), brought("ours"));
    await until("it is kept", () => redis.cli("exists", "{sb}:looked:k") === "1");
    expect(await lookups().take(question("k"), brought("new"))).toEqual({ text: "ours", kept: true });
    expect(await lookups(1_000_000, "another key").take(question("k"), brought("theirs"))).toEqual({
      text: "theirs",
      kept: false,
    });
  });

  it("is waited for as long as there is time, and an error is not kept", async () => {
    const ours = lookups();
    const never = new Promise<string>(() => undefined);
    await expect(ours.take(question("k", { budgetMs: 100 }), () => never)).rejects.toMatchObject({
      code: "FORWARD_LOOKUP_UNAVAILABLE",
    });
    await expect(ours.take(question("e"), () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await ours.take(question("e"), () => Promise.resolve("yes"))).toEqual({
      text: "yes",
      kept: false,
    });
  });

  it("is asked for at a smooth rate over two processes, and not at all where that would take too long", async () => {
    const limit = { count: 10, perSeconds: 1 };
    const both = [lookups(), lookups()];
    const times: number[] = [];
    const look = (): Promise<string> => {
      times.push(Date.now());
      return Promise.resolve("x");
    };
    await Promise.all(
      Array.from({ length: 12 }, (_, n) =>
        both[n % 2]!.take(question(`k${n}`, { limit, cacheMs: 0, budgetMs: 5_000 }), look),
      ),
    );
    times.sort((a, b) => a - b);
    expect(times.at(-1)! - times[0]!).toBeGreaterThan(1_000);
    // One in 100 ms: in no half second are there more than five and what a timer may be late by.
    for (const from of times)
      expect(times.filter((at) => at >= from && at < from + 500).length).toBeLessThanOrEqual(7);
    const slow = { limit: { count: 1, perSeconds: 60 }, budgetMs: 500, target: "slow" };
    await both[0]!.take(question("s1", slow), look);
    await expect(both[1]!.take(question("s2", slow), look)).rejects.toMatchObject({
      detail: expect.stringContaining("limits leave no time") as string,
    });
  });

  it("is not asked for while its target wants to be left alone, or its breaker is open", async () => {
    const ours = lookups();
    const look = (): Promise<string> => Promise.resolve("x");
    redis.cli("hset", "{sb}:q:people:flow", "until", String(Date.now() + 60_000));
    await expect(ours.take(question("a"), look)).rejects.toMatchObject({
      code: "FORWARD_LOOKUP_UNAVAILABLE",
    });
    redis.cli("hset", "{sb}:q:people:flow", "until", String(Date.now() + 300));
    const begun = Date.now();
    await ours.take(question("b"), look);
    expect(Date.now() - begun).toBeGreaterThan(200);
    redis.cli("hset", "{sb}:q:people:flow", "state", "open");
    await expect(ours.take(question("c"), look)).rejects.toMatchObject({
      detail: "the target's breaker is open",
    });
    expect((await ours.take(question("b"), look)).kept, "what is kept is given all the same").toBe(true);
  });
});
