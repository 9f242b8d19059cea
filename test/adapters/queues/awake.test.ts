/** Many queues on a connection that is cut again and again: nothing is lost, and nothing is told to a stream that nobody reads. */
import { afterEach, beforeEach, expect, it } from "vitest";
import { createQueues, type Queues } from "../../../src/adapters/queues/bullmq.ts";
import { quiet } from "../../../src/adapters/queues/queue-scripts.ts";
import { createRecord } from "../../../src/adapters/record/record.ts";
import {
  connectBlocking,
  connectIngest,
  connectWorker,
  whenReady,
  type StoreConnection,
} from "../../../src/adapters/store/redis.ts";
import type { Delivery } from "../../../src/core/delivery.ts";
import { deliveryId, eventId } from "../../../src/core/ids.ts";
import { anEvent, deliveriesOf } from "../../helpers/history.ts";
import { aLog } from "../../helpers/log.ts";
import { aRedis, type TestRedis } from "../../helpers/redis.ts";
import { describeWithRedis } from "../../helpers/require.ts";
import { until } from "../../helpers/until.ts";

const TARGETS = Array.from({ length: 200 }, (_, at) => `api-${at}`);

describeWithRedis("two hundred queues in a process", () => {
  let redis: TestRedis;
  let commands: StoreConnection;
  let elsewhere: StoreConnection;
  let queues: Queues;
  let producer: Queues;
  const done: string[] = [];

  beforeEach(async () => {
    done.length = 0;
    redis = await aRedis();
    commands = connectWorker({ url: redis.url }, aLog());
    elsewhere = connectWorker({ url: redis.url }, aLog());
    const perform = (id: string) => {
      done.push(id);
      return Promise.resolve({ again: false } as const);
    };
    const common = { clock: Date, log: aLog(), perform };
    const blocking = connectBlocking({ url: redis.url }, aLog());
    queues = createQueues({ ...common, commands, blocking });
    producer = createQueues({ ...common, commands: elsewhere, blocking: undefined });
    for (const target of TARGETS) queues.work(target, { concurrency: 2 });
  });
  afterEach(async () => {
    await queues.close(1_000);
    await producer.close(1_000);
    commands.disconnect();
    elsewhere.disconnect();
    await redis.close();
  });

  let nth = 0;
  const enqueue = async (by: Queues, connection: StoreConnection, targets: readonly string[]) => {
    const deliveries = targets.map((target): Delivery => {
      const event = eventId(Date.now(), Buffer.from(String(++nth).padStart(10)));
      return { id: deliveryId(event, "all"), event, route: "all", target };
    });
    const pipeline = connection.pipeline();
    by.enqueue(pipeline, deliveries);
    for (const [error] of (await pipeline.exec()) ?? []) expect(error).toBeNull();
    return deliveries.map(({ id }) => id as string);
  };

  it("take at most three connections, and deliver all that another process enqueues while theirs is cut", async () => {
    expect(redis.cli("client", "list").split("\n").length).toBeLessThanOrEqual(3 + 1);
    const sent: string[] = [];
    for (let cuts = 0; cuts < 5; cuts++) {
      sent.push(...(await enqueue(producer, elsewhere, TARGETS)));
      await until("it is cut", () => {
        const blocking = /^id=(\d+).* name=signalbox-blocking /m.exec(redis.cli("client", "list"));
        return blocking !== null && redis.cli("client", "kill", "id", blocking[1]!) === "1";
      });
      sent.push(...(await enqueue(producer, elsewhere, TARGETS)));
    }
    await until("all are delivered", () => new Set(done).size === sent.length, { withinMs: 20_000 });
    expect(new Set(done)).toEqual(new Set(sent));
  });

  it("close at once while the connection that wakes them is being made anew", async () => {
    const blocking = connectBlocking({ url: redis.url }, aLog());
    const perform = () => Promise.resolve({ again: false } as const);
    const own = connectWorker({ url: redis.url }, aLog());
    const more = createQueues({ commands: own, blocking, clock: Date, log: aLog(), perform });
    more.work("api-more", { concurrency: 1 });
    await until("it waits", () => / flags=b .*cmd=bzmpop/.test(redis.cli("client", "list")));
    blocking.stream.destroy();
    await until("it is lost", () => blocking.status === "reconnecting", { everyMs: 1 });
    const start = performance.now();
    await more.close(1_000);
    expect(performance.now() - start).toBeLessThan(5_000);
    own.disconnect();
  });

  it("are woken without the store's help by the process that they are in", async () => {
    const ingest = connectIngest({ url: redis.url }, aLog());
    await whenReady(ingest, 5_000);
    const thaw = () => Promise.resolve(false);
    const store = createRecord({
      ingest,
      commands,
      queues,
      clock: Date,
      ledgerSeconds: 60,
      thaw,
      standing: () => Promise.resolve([]),
      isLong: () => false,
    });
    redis.cli("config", "resetstat");
    for (let turn = 0; turn < 5; turn++) {
      const event = anEvent(Date.now());
      const [delivery] = deliveriesOf(event.context.id, { all: "api-7" });
      await store.commit(event, [delivery!]);
      await until("it is delivered", () => done.includes(delivery!.id));
      let calm = 0;
      await until("its worker sleeps", async () => {
        const { active } = (await queues.counts(["api-7"])).get("api-7")!;
        return active === 0 ? ++calm > 3 : (calm = 0) > 0;
      });
    }
    // A blocking read ends for each that the store wakes; one may end by its time, others found their worker on the way to its bed.
    const ended = Number(/cmdstat_bzmpop:calls=(\d+)/.exec(redis.cli("info", "commandstats"))?.[1] ?? 0);
    expect(ended).toBeLessThanOrEqual(3);
    ingest.disconnect();
  });

  it("are woken by the store once what they are woken for is there, not before", async () => {
    const ingest = connectIngest({ url: redis.url }, aLog());
    await whenReady(ingest, 5_000);
    const parts = { ingest, commands: elsewhere, queues: producer, clock: Date, ledgerSeconds: 60 };
    const none = { thaw: () => Promise.resolve(false), standing: () => Promise.resolve([]) };
    const store = createRecord({ ...parts, ...none, isLong: () => false });
    const sent: string[] = [];
    const send = ingest.sendCommand.bind(ingest);
    ingest.sendCommand = (command, stream) => {
      sent.push(command.name);
      return send(command, stream);
    };
    const event = anEvent(Date.now());
    await store.commit(event, deliveriesOf(event.context.id, { all: "api-9" }));
    await store.commitAll(
      [event, anEvent(Date.now())].map((one) => ({
        event: one,
        deliveries: deliveriesOf(one.context.id, { all: "api-9" }),
      })),
    );
    expect(sent.map((name) => (name.startsWith("eval") ? "commit" : name))).toEqual([
      ...["commit", "zadd"],
      ...["multi", "commit", "zadd", "exec"],
    ]);
    ingest.disconnect();
  });

  it("begin with the first of what waits before they have taken the others", async () => {
    const taken: number[] = [];
    const blocking = connectBlocking({ url: redis.url }, aLog());
    const own = connectWorker({ url: redis.url }, aLog());
    const perform = async (id: string) => {
      taken.push(Number(redis.cli("llen", "{sb}:q:api-many:active")));
      await until("all have begun", () => taken.length === 8);
      done.push(id);
      return { again: false } as const;
    };
    const many = createQueues({ commands: own, blocking, clock: Date, log: aLog(), perform });
    const sent: string[] = [];
    for (let nth = 0; nth < 8; nth++) sent.push(...(await enqueue(producer, elsewhere, ["api-many"])));
    many.work("api-many", { concurrency: 8 });
    await until("all are delivered", () => sent.every((id) => done.includes(id)));
    await many.close(1_000);
    own.disconnect();
    expect(taken).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it("tell nothing of their steps to a stream", async () => {
    const [id] = await enqueue(producer, elsewhere, ["api-3"]);
    await until("it is delivered", () => done.includes(id!));
    expect(redis.cli("keys", "{sb}:q:*:events")).toBe("");
  });

  it("run scripts of BullMQ's that tell of no step, all of which the store takes", async () => {
    const defined = new Map<string, string>();
    const connection = connectWorker({ url: redis.url }, aLog());
    const define = connection.defineCommand.bind(connection);
    connection.defineCommand = (name, definition) => {
      if (name.includes(":")) defined.set(name, definition.lua);
      define(name, definition);
    };
    const perform = () => Promise.resolve({ again: false } as const);
    const parts = { commands: connection, blocking: undefined, clock: Date, log: aLog(), perform };
    await createQueues(parts).close(100);
    expect(defined.size).toBeGreaterThan(40);
    for (const [name, lua] of defined) {
      expect(lua, name).not.toMatch(/"XADD"[^)]*"event"/);
      expect(await connection.script("LOAD", lua), name).toMatch(/^\w{40}$/);
    }
    connection.disconnect();
  });

  it("are left whole where no step is told", () => {
    const lua = 'local a = rcall("XADD", inbox, "*", "data", b)\nrcall("XTRIM", inboxKey, "MAXLEN", 3)';
    expect(quiet(lua)).toBe(lua);
    const told = 'if x then\n  rcall("XADD", e, "MAXLEN", "~", n, "*", "event", "w",\n  "jobId", f(j))\nend';
    expect(quiet(told)).toBe("if x then\n  \nend");
    expect(quiet('if not paused then\n    rcall("ZADD", markerKey, 0, "0")\nend')).toBe(
      "if not paused then\n    \nend",
    );
  });
});
