/** A worker that sleeps is given a delivery by the very write that commits it; whatever becomes of the answer, it is delivered once. */
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Perform } from "../../../src/adapters/queues/bullmq.ts";
import { createRecord } from "../../../src/adapters/record/record.ts";
import type { Durability } from "../../../src/adapters/store/durability.ts";
import { connectIngest, whenReady, type StoreConnection } from "../../../src/adapters/store/redis.ts";
import type { Delivery, DeliveryId } from "../../../src/core/delivery.ts";
import type { Store } from "../../../src/ports.ts";
import { anAttempt, anEvent, deliveriesOf, OK } from "../../helpers/history.ts";
import { aLog } from "../../helpers/log.ts";
import { aQueueProcess, type QueueProcess } from "../../helpers/queues.ts";
import { aRedis, type TestRedis } from "../../helpers/redis.ts";
import { describeWithRedis } from "../../helpers/require.ts";
import { until } from "../../helpers/until.ts";

type Take = (...args: (string | number)[]) => Promise<unknown>;

describeWithRedis("a worker that sleeps", () => {
  let redis: TestRedis;
  let ingest: StoreConnection;
  let process: QueueProcess;
  let store: Store;
  let durability: Durability;
  /** What an attempt waits for before it ends. */
  let held: Promise<void>;
  /** The attempts that were begun, and how often anybody asked for a next one, on which connection. */
  let begun: { readonly id: DeliveryId; readonly started: number; readonly fresh: boolean; at: number }[];
  let asked: string[];
  /** Records that had to be fetched. */
  let fetched: number;

  beforeEach(async () => {
    [durability, held, begun, asked, fetched] = [{ mode: "fast" }, Promise.resolve(), [], [], 0];
    redis = await aRedis();
    const perform: Perform = async (id, { started, fresh }) => {
      begun.push({ id, started, fresh, at: performance.now() });
      const recorded = (await store.load(id, fresh))!;
      await held;
      await store.settle(recorded, anAttempt(recorded, Date.now(), OK), OK);
      return { again: false };
    };
    process = aQueueProcess(redis.url, perform);
    ingest = connectIngest({ url: redis.url }, aLog());
    await whenReady(ingest, 5_000);
    const { commands, queues } = process;
    const fetch = commands.hmgetBuffer.bind(commands) as Take;
    commands.hmgetBuffer = ((...args: string[]) => ((fetched += 1), fetch(...args))) as never;
    store = createRecord({
      ...{ ingest, commands, queues, clock: Date, ledgerSeconds: 60, durability: () => durability },
      ...{ thaw: () => Promise.resolve(false), standing: () => Promise.resolve([]), isLong: () => false },
    });
    for (const [name, connection] of Object.entries({ ingest, commands })) {
      const take = connection.sbTake.bind(connection) as Take;
      connection.sbTake = (...args) => (asked.push(name), take(...args));
    }
    queues.work("api", { concurrency: 2 });
    await asleep();
    asked = [];
  });
  afterEach(async () => {
    await process.close();
    ingest.disconnect();
    await redis.close();
  });

  const asleep = () => until("it sleeps", () => process.queues.isAsleep("api"));
  const commit = async (): Promise<Delivery> => {
    const event = anEvent(Date.now());
    const [delivery] = deliveriesOf(event.context.id, { all: "api" });
    await store.commit(event, [delivery!]);
    return delivery!;
  };
  const isOver = (count: number) =>
    until("all are over", async () => {
      const { waiting, active } = (await process.queues.counts(["api"])).get("api")!;
      return begun.length >= count && waiting + active === 0;
    });

  it("is given the delivery with the commit, asks for nothing, and has it at hand", async () => {
    for (let nth = 1; nth <= 3; nth++) {
      const { id } = await commit();
      await isOver(nth);
      await asleep();
      expect(begun.at(-1)).toMatchObject({ id, started: 1, fresh: true });
    }
    expect(asked).toEqual(["ingest", "ingest", "ingest"]);
    expect(fetched).toBe(0);
    expect(redis.cli("keys", "{sb}:q:api:dlv*")).toBe("");
  });

  it("holds the lock of what it was given for as long as that takes", async () => {
    let release = (): void => undefined;
    held = new Promise((resolve) => (release = resolve));
    const { id } = await commit();
    await until("it is begun", () => begun.length === 1);
    const left = () => Number(redis.cli("pttl", `{sb}:q:api:${id}:lock`));
    let least = Infinity;
    const grows = (): boolean => {
      const now = left();
      if (now > least + 500) return true;
      least = Math.min(least, now);
      return false;
    };
    await until("its lock is renewed", grows, { withinMs: 10_000 });
    release();
    await isOver(1);
    expect(begun).toHaveLength(1);
    expect(redis.cli("keys", "{sb}:q:api:dlv*")).toBe("");
  });

  it("takes all that a write commits, and no more at once than it may", async () => {
    let release = (): void => undefined;
    held = new Promise((resolve) => (release = resolve));
    const all = await Promise.all(Array.from({ length: 5 }, commit));
    await until("it has what it may", () => begun.length === 2);
    expect(Number(redis.cli("llen", "{sb}:q:api:active"))).toBe(2);
    release();
    await isOver(5);
    expect(begun.map(({ id }) => id)).toEqual(all.map(({ id }) => id));
    expect(begun.every(({ started }) => started === 1)).toBe(true);
  });

  it("is given back what was taken for it where the answer was lost, long before its lock lapses", async () => {
    const take = ingest.sbTake.bind(ingest);
    ingest.sbTake = async (...args) => {
      await take(...args);
      throw new Error("Connection is closed.");
    };
    const at = performance.now();
    const { id } = await commit();
    await isOver(1);
    expect(begun).toMatchObject([{ id, started: 1, fresh: true }]);
    expect(begun[0]!.at - at).toBeLessThan(2_000);
  });

  it("leaves once it has delivered what it was given", async () => {
    const take = ingest.sbTake.bind(ingest);
    ingest.sbTake = async (...args) => {
      const reply = await take(...args);
      await new Promise((resume) => setTimeout(resume, 200));
      return reply;
    };
    const { id } = await commit();
    await process.queues.close(1_000);
    expect(begun).toMatchObject([{ id }]);
    expect(redis.cli("keys", "{sb}:q:api:dlv*")).toBe("");
  });

  it("is given nothing of an event that its sender has not yet been promised", async () => {
    durability = { mode: "strict", by: "fsync" };
    await commit();
    await isOver(1);
    expect(asked).not.toContain("ingest");
  });

  it("wakes in time for a delayed one, though what it took was all that waited", async () => {
    const event = anEvent(Date.now());
    const [plain] = deliveriesOf(event.context.id, { later: "api" });
    const due = { at: Date.now() + 400, because: "the route's delay" };
    await store.commit(event, [{ ...plain!, due }]);
    await asleep();
    const now = await commit();
    await isOver(1);
    await until("both are begun", () => begun.length === 2);
    expect(begun.map(({ id }) => id)).toEqual([now.id, plain!.id]);
    expect(performance.timeOrigin + begun[1]!.at - due.at).toBeLessThan(800);
  });
});
