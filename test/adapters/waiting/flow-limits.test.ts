/** Concurrency, rate and lanes as two processes share them, on a real Redis. */
import { afterEach, beforeEach, expect, it } from "vitest";
import { aQueueProcess, mostWithin, type QueueProcess } from "../../helpers/queues.ts";
import { aRedis, type TestRedis } from "../../helpers/redis.ts";
import { describeWithRedis } from "../../helpers/require.ts";
import { until } from "../../helpers/until.ts";

const DONE = { again: false } as const;
const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

let redis: TestRedis;
const processes: QueueProcess[] = [];

beforeEach(async () => void (redis = await aRedis()));
afterEach(async () => {
  await Promise.all(processes.splice(0).map((one) => one.close()));
  await redis.close();
});

const two = (perform: () => Promise<typeof DONE>): [QueueProcess, QueueProcess] => {
  const both = [aQueueProcess(redis.url, perform), aQueueProcess(redis.url, perform)] as const;
  processes.push(...both);
  return [...both];
};

describeWithRedis("a limit that two processes share", () => {
  it("is kept in every second, by a tenth at most, and used", async () => {
    const begun: number[] = [];
    const [one, other] = two(() => {
      begun.push(Date.now());
      return Promise.resolve(DONE);
    });
    const limit = { count: 50, perSeconds: 1 };
    for (const { queues } of [one, other]) queues.work("api", { concurrency: 10, limit });
    await one.enqueue("api", 250);
    await until("all are begun", () => begun.length === 250, { withinMs: 20_000 });
    expect(mostWithin(begun, 1_000)).toBeLessThanOrEqual(55);
    const tookMs = begun.at(-1)! - begun[0]!;
    expect(tookMs).toBeGreaterThan(4_400);
    expect(tookMs).toBeLessThan(7_500);
  }, 60_000);

  it("spreads what comes at once, instead of sending it at the beginning of each second", async () => {
    const begun: number[] = [];
    const [one] = two(() => {
      begun.push(Date.now());
      return Promise.resolve(DONE);
    });
    one.queues.work("api", { concurrency: 10, limit: { count: 10, perSeconds: 1 } });
    await one.enqueue("api", 12);
    await until("all are begun", () => begun.length === 12);
    expect(mostWithin(begun, 90)).toBeLessThanOrEqual(2);
  });

  it("lets go at once what `burst` says", async () => {
    const begun: number[] = [];
    const [one] = two(() => {
      begun.push(Date.now());
      return Promise.resolve(DONE);
    });
    await one.enqueue("api", 8);
    one.queues.work("api", { concurrency: 10, limit: { count: 1, perSeconds: 60, burst: 5 } });
    await until("five are begun", () => begun.length === 5);
    await later(500);
    expect(begun.length).toBe(5);
  });

  it("costs a waiting queue no command for each delivery that comes meanwhile", async () => {
    let done = 0;
    const [one] = two(() => Promise.resolve((done++, DONE)));
    one.queues.work("api", { concurrency: 10, limit: { count: 1, perSeconds: 3_600 } });
    await one.enqueue("api", 1);
    await until("it is done", () => done === 1);
    await one.enqueue("api", 1);
    await later(2_500);
    redis.cli("config", "resetstat");
    for (let turn = 0; turn < 50; turn++) await one.enqueue("api", 2);
    const asked = Number(/cmdstat_evalsha:calls=(\d+)/.exec(redis.cli("info", "commandstats"))?.[1] ?? 0);
    // What adds them, and what the sweep and the pass of two seconds ask.
    expect(asked).toBeLessThanOrEqual(100 + 6);
    expect(done).toBe(1);
  }, 30_000);
});

describeWithRedis("what a limit costs", () => {
  it.each([
    ["one process", 1],
    ["two processes", 2],
  ])("is one call of the store for each attempt and process, with %s", async (_what, count) => {
    let done = 0;
    const all = two(() => Promise.resolve((done++, DONE))).slice(0, count);
    await all[0]!.enqueue("api", 100);
    redis.cli("config", "resetstat");
    for (const { queues } of all)
      queues.work("api", { concurrency: 10, limit: { count: 40, perSeconds: 1 } });
    await until("all are done", () => done === 100);
    const asked = Number(/cmdstat_evalsha:calls=(\d+)/.exec(redis.cli("info", "commandstats"))?.[1] ?? 0);
    // The end of each attempt is one, which asks for the next as well; and what the sweeps ask.
    expect(asked).toBeLessThanOrEqual(100 * (1 + count) + 40);
  });
});

describeWithRedis("concurrency that two processes share", () => {
  it("is never exceeded by both together, and is used", async () => {
    let active = 0;
    let most = 0;
    let done = 0;
    const [one, other] = two(async () => {
      most = Math.max(most, ++active);
      await later(20);
      active--;
      done++;
      return DONE;
    });
    for (const { queues } of [one, other]) queues.work("api", { concurrency: 4 });
    await Promise.all([one.enqueue("api", 100), other.enqueue("api", 100)]);
    await until("all are done", () => done === 200, { withinMs: 20_000 });
    expect(most).toBe(4);
  }, 30_000);
});

describeWithRedis("places of a process that died", () => {
  it("are others' as soon as the store has missed it for a moment, long before its locks would have lapsed", async () => {
    const by: string[] = [];
    const never = new Promise<typeof DONE>(() => undefined);
    const dead = aQueueProcess(redis.url, () => (by.push("dead"), never));
    const alive = aQueueProcess(redis.url, () => (by.push("alive"), Promise.resolve(DONE)));
    processes.push(alive);
    dead.queues.work("api", { concurrency: 2 });
    await dead.enqueue("api", 2);
    await until("it has both places", () => by.length === 2);
    alive.queues.work("api", { concurrency: 2 });
    const died = Date.now();
    dead.commands.disconnect();
    await alive.enqueue("api", 3);
    await until("all are done", () => by.length === 7, { withinMs: 30_000 });
    expect(by.slice(2)).toEqual(Array.from({ length: 5 }, () => "alive"));
    expect(Date.now() - died).toBeGreaterThan(1_000);
    expect(Date.now() - died).toBeLessThan(6_500);
    await dead.close();
  }, 60_000);
});

describeWithRedis("the lanes", () => {
  it("serve live ones first, then retries, then replays, and starve none", async () => {
    const order: string[] = [];
    const kinds = new Map<string, string>();
    const retried = new Set<string>();
    const due = Date.now() + 3_000;
    const one = aQueueProcess(redis.url, (id) => {
      const kind = kinds.get(id)!;
      if (kind === "retry" && !retried.has(id)) {
        retried.add(id);
        return Promise.resolve({ again: true, dueAt: due });
      }
      order.push(kind);
      return Promise.resolve(DONE);
    });
    processes.push(one);
    for (const id of await one.enqueue("api", 40)) kinds.set(id, "retry");
    one.queues.work("api", { concurrency: 1 });
    await until("all were tried", () => retried.size === 40);
    await one.queues.queue("api").pause();
    for (const id of await one.enqueue("api", 40, 10)) kinds.set(id, "replay");
    for (const id of await one.enqueue("api", 160)) kinds.set(id, "live");
    await until("all are due", async () => {
      one.queues.rouse("api");
      return (await one.queues.counts(["api"])).get("api")?.waiting === 240;
    });
    await one.queues.queue("api").resume();
    one.queues.rouse("api");
    await until("all are done", () => order.length === 240, { withinMs: 20_000 });
    const first = order.slice(0, 160);
    const count = (kind: string): number => first.filter((one) => one === kind).length;
    expect(count("live")).toBe(120);
    expect(count("retry")).toBe(30);
    expect(count("replay")).toBe(10);
    const restOfRetries = order.slice(160).lastIndexOf("retry");
    const liveAfter = order.slice(160).lastIndexOf("live");
    expect(liveAfter).toBeLessThan(order.slice(160).lastIndexOf("replay"));
    expect(restOfRetries).toBeLessThan(order.slice(160).lastIndexOf("replay"));
  }, 60_000);
});
