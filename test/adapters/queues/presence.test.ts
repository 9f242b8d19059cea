/** Two processes that take from one queue, each with connections of its own; one dies when those are closed, and nothing else of it. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createQueues, type Queues } from "../../../src/adapters/queues/bullmq.ts";
import { connectBlocking, connectWorker, type StoreConnection } from "../../../src/adapters/store/redis.ts";
import { deliveryId, eventId } from "../../../src/core/ids.ts";
import { aLog } from "../../helpers/log.ts";
import { aRedis, type TestRedis } from "../../helpers/redis.ts";
import { describeWithRedis } from "../../helpers/require.ts";
import { until } from "../../helpers/until.ts";

interface Process {
  readonly queues: Queues;
  readonly commands: StoreConnection;
  readonly begun: string[];
  readonly log: ReturnType<typeof aLog>;
  /** Its attempts take so long from now on. */
  takes(ms: number): void;
  die(): void;
}

let redis: TestRedis;
const processes: Process[] = [];

function aProcess(): Process {
  const log = aLog();
  const commands = connectWorker({ url: redis.url }, log);
  const blocking = connectBlocking({ url: redis.url }, log);
  const begun: string[] = [];
  let takesMs = 0;
  const queues = createQueues({
    ...{ commands, blocking, clock: Date, log },
    perform: async (id) => {
      begun.push(id);
      await sleep(takesMs, undefined, { ref: false });
      return { again: false };
    },
  });
  const process: Process = {
    ...{ queues, commands, begun, log },
    takes: (ms) => void (takesMs = ms),
    die() {
      blocking.disconnect();
      commands.disconnect();
    },
  };
  processes.push(process);
  return process;
}

let nth = 0;
async function enqueue({ queues, commands }: Process): Promise<string> {
  const event = eventId(Date.now(), Buffer.from(String(++nth).padStart(10)));
  const id = deliveryId(event, "all");
  const pipeline = commands.pipeline();
  queues.enqueue(pipeline, [{ id, event, route: "all", target: "api" }]);
  await pipeline.exec();
  return id;
}

const isKnown = (count: number) => () => redis.cli("HLEN", "{sb}:processes") === String(count);

beforeEach(async () => {
  redis = await aRedis({ appendonly: "yes" });
});
afterEach(async () => {
  await Promise.all(processes.map(({ queues }) => queues.close(100)));
  processes.forEach(({ die }) => die());
  processes.length = 0;
  await redis.close();
});

describeWithRedis("what a process had in hand", () => {
  it("is back within 5 s of its death with another one, which its places at the target are free for", async () => {
    const first = aProcess();
    first.takes(60_000);
    first.queues.work("api", { concurrency: 1 });
    const id = await enqueue(first);
    await until("it is in hand", () => first.begun.length === 1);
    const second = aProcess();
    second.queues.work("api", { concurrency: 1 });
    await until("both are known", isKnown(2));
    const later = await enqueue(first);
    first.die();
    const diedAt = performance.now();
    await until("both deliveries are made", () => second.begun.length === 2, { withinMs: 15_000 });
    expect(performance.now() - diedAt).toBeLessThan(5_000);
    expect(second.begun.sort()).toEqual([id, later].sort());
    expect(second.log.lines.map(({ step }) => step)).toContain("process.gone");
    await until("the dead one is forgotten", isKnown(1));
  }, 30_000);

  it("stays with it while it lives, however long an attempt takes, and through a restart of the store", async () => {
    const [first, second] = [aProcess(), aProcess()];
    first.takes(8_000);
    second.takes(8_000);
    for (const { queues } of [first, second]) queues.work("api", { concurrency: 1 });
    await until("both are known", isKnown(2));
    const id = await enqueue(first);
    await until("it is in hand", () => first.begun.length + second.begun.length === 1);
    await redis.kill();
    await redis.start();
    await sleep(6_000);
    expect([...first.begun, ...second.begun]).toEqual([id]);
    expect([...first.log.lines, ...second.log.lines].map(({ step }) => step)).not.toContain("process.gone");
  }, 30_000);
});
