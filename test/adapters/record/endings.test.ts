/** A delivery's end in the record and in its queue: one script, and neither holds the other up. */
import { afterEach, beforeEach, expect, it } from "vitest";
import { createQueues, type Queues } from "../../../src/adapters/queues/bullmq.ts";
import { createRecord } from "../../../src/adapters/record/record.ts";
import {
  connectBlocking,
  connectIngest,
  connectWorker,
  whenReady,
  type StoreConnection,
} from "../../../src/adapters/store/redis.ts";
import type { Store } from "../../../src/ports.ts";
import { OK, anAttempt, anEvent, deliveriesOf } from "../../helpers/history.ts";
import { aLog } from "../../helpers/log.ts";
import { aRedis, type TestRedis } from "../../helpers/redis.ts";
import { describeWithRedis } from "../../helpers/require.ts";
import { until } from "../../helpers/until.ts";

describeWithRedis("a delivery that ends", () => {
  let redis: TestRedis;
  let ingest: StoreConnection;
  let commands: StoreConnection;
  let queues: Queues;
  let store: Store;
  let meanwhile: () => void = () => undefined;
  let together: () => Promise<void> | undefined = () => undefined;
  const failed: string[] = [];

  beforeEach(async () => {
    redis = await aRedis();
    const at = { url: redis.url };
    ingest = connectIngest(at, aLog());
    commands = connectWorker(at, aLog());
    await whenReady(ingest, 10_000);
    const parts = { commands, blocking: connectBlocking(at, aLog()), clock: Date, log: aLog() };
    queues = createQueues({
      ...parts,
      perform: async (id, { fresh }) => {
        const recorded = (await store.load(id, fresh))!;
        meanwhile();
        await together();
        store
          .settle(recorded, anAttempt(recorded, Date.now(), OK), OK)
          .catch((error: unknown) => failed.push(String(error)));
        return { again: false };
      },
    });
    const thaw = () => Promise.resolve(false);
    store = createRecord({
      ingest,
      commands,
      queues,
      clock: Date,
      ledgerSeconds: 60,
      thaw,
      standing: () => Promise.resolve([]),
      isLong: () => false,
    });
  });
  afterEach(async () => {
    await queues.close(1_000);
    ingest.disconnect();
    commands.disconnect();
    await redis.close();
  });

  const commit = async () => {
    const event = anEvent(Date.now());
    const [delivery] = deliveriesOf(event.context.id, { all: "api" });
    await store.commit(event, [delivery!]);
    return {
      delivery: delivery!,
      key: `{sb}:e:${event.context.id.slice(4)}`,
      job: `{sb}:q:api:${delivery!.id}`,
    };
  };

  it("is in the record and out of its queue at once, by one script", async () => {
    const many = await Promise.all(Array.from({ length: 20 }, commit));
    for (const { job } of many) expect(redis.cli("exists", job)).toBe("1");
    redis.cli("config", "resetstat");
    queues.work("api", { concurrency: 3 });
    await until("all have ended", () => many.every(({ job }) => redis.cli("exists", job) === "0"));
    for (const { key, delivery } of many)
      expect(redis.cli("hget", key, `d:${delivery.id.slice(30)}`)).toContain('"s":"delivered"');
    expect((await queues.counts(["api"])).get("api")).toMatchObject({ waiting: 0, active: 0, delayed: 0 });
    // Each script runs once an event; a few more begin and end the queue's work.
    const stats = redis.cli("info", "commandstats");
    const ran = ["eval", "evalsha"].map(
      (name) => new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(stats)?.[1],
    );
    expect(ran.reduce((sum, count) => sum + Number(count ?? 0), 0)).toBeLessThan(2 * many.length);
  });

  it("shares its script with those that end in the same turn, and alone fails where its own record is broken", async () => {
    const many = await Promise.all(Array.from({ length: 8 }, commit));
    const [broken, ...others] = many;
    let open = many.length;
    let go = (): void => undefined;
    const all = new Promise<void>((resolve) => (go = resolve));
    together = () => {
      open -= 1;
      if (open > 0) return all;
      redis.cli("del", broken!.key);
      redis.cli("set", broken!.key, "no hash");
      redis.cli("config", "resetstat");
      go();
      return all;
    };
    queues.work("api", { concurrency: many.length });
    await until("the others have ended", () => others.every(({ job }) => redis.cli("exists", job) === "0"));
    together = () => undefined;
    for (const { key, delivery } of others)
      expect(redis.cli("hget", key, `d:${delivery.id.slice(30)}`)).toContain('"s":"delivered"');
    await until("the broken one has failed", () => failed.length > 0);
    expect(failed).toEqual([expect.stringContaining("WRONGTYPE")]);
    const ran = /cmdstat_evalsha:calls=(\d+)/.exec(redis.cli("info", "commandstats"))?.[1] ?? 0;
    expect(Number(ran)).toBeLessThan(many.length);
  });

  it("leaves its queue though its record is gone", async () => {
    const { key, job } = await commit();
    meanwhile = () => void redis.cli("del", key);
    queues.work("api", { concurrency: 1 });
    await until("it has left", () => redis.cli("exists", job) === "0");
    expect(redis.cli("exists", key)).toBe("0");
    meanwhile = () => undefined;
  });
});
