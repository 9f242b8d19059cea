/** The lane behind the live ones, in a real queue: live deliveries go first, and a retry stays in its lane. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { createQueues, type Next, type Queues } from "../../../src/adapters/queues/bullmq.ts";
import { connectBlocking, connectWorker, type StoreConnection } from "../../../src/adapters/store/redis.ts";
import { deliveryId, eventId } from "../../../src/core/ids.ts";
import type { Delivery } from "../../../src/core/delivery.ts";
import { aLog } from "../../helpers/log.ts";
import { aRedis, type TestRedis } from "../../helpers/redis.ts";
import { describeWithRedis } from "../../helpers/require.ts";
import { until } from "../../helpers/until.ts";

describeWithRedis("the lane of replays", () => {
  let redis: TestRedis;
  let commands: StoreConnection;
  let queues: Queues;
  const done: string[] = [];
  let answer: (id: string) => Next = () => ({ again: false });

  beforeAll(async () => {
    redis = await aRedis();
    commands = connectWorker({ url: redis.url }, aLog());
    const blocking = connectBlocking({ url: redis.url }, aLog());
    const perform = (id: string): Promise<Next> => {
      done.push(id);
      return Promise.resolve(answer(id));
    };
    queues = createQueues({ commands, blocking, clock: Date, log: aLog(), perform });
  });
  afterAll(async () => {
    await queues.close(1_000);
    commands.disconnect();
    await redis.close();
  });

  const aDelivery = (nth: number, priority?: number): Delivery => {
    const event = eventId(Date.now(), new Uint8Array(10).fill(nth));
    const of = { id: deliveryId(event, "all"), event, route: "all", target: "api" };
    return { ...of, ...(priority !== undefined && { priority }) };
  };
  const enqueue = async (deliveries: readonly Delivery[]): Promise<void> => {
    const pipeline = commands.pipeline();
    queues.enqueue(pipeline, deliveries);
    for (const [error] of (await pipeline.exec()) ?? []) expect(error).toBeNull();
  };

  it("is served after everything live, whatever came first, and keeps its order", async () => {
    const replayed = [1, 2, 3].map((nth) => aDelivery(nth, 10));
    const live = [4, 5, 6].map((nth) => aDelivery(nth));
    await enqueue(replayed);
    await enqueue(live);
    expect((await queues.counts(["api"])).get("api")).toMatchObject({ waiting: 6 });
    queues.work("api", { concurrency: 1 });
    await until("all are done", () => done.length === 6);
    expect(done).toEqual([...live, ...replayed].map(({ id }) => id));
  });

  it("keeps a replayed one's retry behind the live ones", async () => {
    const [replayed, live] = [aDelivery(7, 10), aDelivery(8)];
    answer = (id) => {
      answer = () => ({ again: false });
      return id === replayed.id ? { again: true, dueAt: Date.now() + 1_500 } : { again: false };
    };
    done.length = 0;
    await enqueue([replayed]);
    await until(
      "it waits for its retry",
      async () => (await queues.counts(["api"])).get("api")?.delayed === 1,
    );
    expect(redis.cli("hget", `{sb}:q:api:${replayed.id}`, "priority")).toBe("10");
    await queues.queue("api").pause();
    // A worker that looked while the queue was paused leaves what falls due among the delayed until it resumes.
    await until("it is due", async () => {
      const waiting = (await queues.counts(["api"])).get("api")?.waiting ?? 0;
      return waiting + (await queues.due(["api"], [Date.now()]))[0]! === 1;
    });
    await enqueue([live]);
    await queues.queue("api").resume();
    await enqueue([aDelivery(9, 20)]);
    await until(
      "both are done",
      () => done.includes(live.id) && done.filter((id) => id === replayed.id).length === 2,
    );
    expect(done.indexOf(live.id)).toBeLessThan(done.lastIndexOf(replayed.id));
  });
});
