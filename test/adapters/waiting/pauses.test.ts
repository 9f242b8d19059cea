/** Pauses in a real Redis: one of two operators is first, BullMQ agrees, and what was paused past us is seen. */
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { createQueues, type Queues } from "../../../src/adapters/queues/bullmq.ts";
import { createPauses, type Pauses } from "../../../src/adapters/waiting/pauses.ts";
import { connectWorker, type StoreConnection } from "../../../src/adapters/store/redis.ts";
import { aLog } from "../../helpers/log.ts";
import { aRedis, type TestRedis } from "../../helpers/redis.ts";
import { describeWithRedis } from "../../helpers/require.ts";
import { until } from "../../helpers/until.ts";

const clock = { now: () => Date.now() };

describeWithRedis("pauses", () => {
  let redis: TestRedis;
  let commands: StoreConnection;
  let queues: Queues;
  let ours: Pauses;
  let theirs: Pauses;

  beforeAll(async () => {
    redis = await aRedis();
    commands = connectWorker({ url: redis.url }, aLog());
    const perform = () => Promise.resolve({ again: false } as const);
    const parts = { commands, blocking: undefined, clock, log: aLog(), perform };
    queues = createQueues(parts);
    const pausing = { commands, clock, log: aLog(), targets: () => ["api"] };
    ours = createPauses(pausing);
    theirs = createPauses(pausing);
  });
  afterAll(async () => {
    await Promise.all([ours.stop(), theirs.stop()]);
    commands.disconnect();
    await redis.close();
  });
  beforeEach(async () => void (await ours.resume("api", "test")));

  it("of two operators at once one pauses, and the other is told who and when", async () => {
    for (let nth = 0; nth < 20; nth++) {
      const both = await Promise.all([ours.pause("api", "ada", "one"), theirs.pause("api", "bob", "two")]);
      expect(both.filter(({ mine }) => mine).length).toBe(1);
      expect(both[0].pause).toEqual(both[1].pause);
      expect(ours.current.get("api")).toEqual(both[0].pause);
      expect(await queues.queue("api").isPaused()).toBe(true);
      const ended = await Promise.all([ours.resume("api", "ada"), theirs.resume("api", "bob")]);
      expect(ended.filter((was) => was !== undefined).length).toBe(1);
      expect(await queues.queue("api").isPaused()).toBe(false);
    }
  });

  it("a pause and a resume at once leave one or the other, in the record as in the queue", async () => {
    for (let nth = 0; nth < 20; nth++) {
      await Promise.all([ours.pause("api", "ada", ""), theirs.resume("api", "bob")]);
      expect((await ours.read()).has("api")).toBe(await queues.queue("api").isPaused());
      await ours.resume("api", "ada");
    }
  });

  it("a queue that was paused and resumed at Bull Board shows as that", async () => {
    await queues.queue("api").pause();
    await until("it is seen", () => theirs.current.has("api"));
    expect(theirs.current.get("api")?.by).toBe("Bull Board");
    await queues.queue("api").resume();
    await until("it is seen", () => !theirs.current.has("api"));
  });
});
