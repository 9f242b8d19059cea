/** Records that come along with what a worker takes, on a real store: whole, byte for byte, and without a way to the store for each. */
import { afterEach, expect, it, vi } from "vitest";
import type { Perform } from "../../../src/adapters/queues/bullmq.ts";
import { Carried } from "../../../src/adapters/record/carried.ts";
import { createRecord } from "../../../src/adapters/record/record.ts";
import { connectIngest } from "../../../src/adapters/store/redis.ts";
import type { DeliveryId, Outcome } from "../../../src/core/delivery.ts";
import type { Store } from "../../../src/ports.ts";
import { aHistory, anAttempt, OK } from "../../helpers/history.ts";
import { aLog } from "../../helpers/log.ts";
import { aQueueProcess } from "../../helpers/queues.ts";
import { aRedis } from "../../helpers/redis.ts";
import { describeWithRedis } from "../../helpers/require.ts";
import { until } from "../../helpers/until.ts";

const EVENTS = 60;
const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** What another process has accepted, deflated; and a worker that has to fetch it. */
async function aBacklog(outcomeOf: (nth: number, attempts: number) => Outcome) {
  const redis = await aRedis();
  closing.push(() => redis.close());
  const accepting = await aHistory({ url: redis.url }, {}, 0, true);
  closing.push(() => accepting.close());
  const ids: DeliveryId[] = [];
  for (let n = 0; n < EVENTS; n++) {
    const { deliveries } = await accepting.accept({ body: { n, text: "Łódź ".repeat(100) } });
    ids.push(deliveries[0]!.id);
  }
  const seen: { id: DeliveryId; payload: unknown; attempts: number }[] = [];
  let store: Store | undefined = undefined;
  const perform: Perform = async (id, { fresh }) => {
    const recorded = (await store!.load(id, fresh))!;
    seen.push({ id, payload: recorded.payload, attempts: recorded.attempts });
    const outcome = outcomeOf(ids.indexOf(id), recorded.attempts);
    const settled = store!.settle(recorded, anAttempt(recorded, Date.now(), outcome), outcome);
    settled.catch((error: unknown) => seen.push({ id, payload: error, attempts: -1 }));
    return outcome.state === "retrying" ? { again: true, dueAt: outcome.dueAt } : { again: false };
  };
  const worker = aQueueProcess(redis.url, perform);
  const ingest = connectIngest({ url: redis.url }, aLog());
  closing.push(
    () => worker.close(),
    () => ingest.disconnect(),
  );
  let fetched = 0;
  const fetch = worker.commands.hmgetBuffer.bind(worker.commands) as (...args: unknown[]) => Promise<unknown>;
  worker.commands.hmgetBuffer = ((...args: unknown[]) => ((fetched += 1), fetch(...args))) as never;
  store = createRecord({
    ...{ ingest, commands: worker.commands, queues: worker.queues, clock: Date, ledgerSeconds: 60 },
    ...{ thaw: () => Promise.resolve(false), standing: () => Promise.resolve([]), isLong: () => false },
  });
  return { accepting, worker, ids, seen, fetched: () => fetched };
}

it("what came along is given once, and not when it may have changed", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  closing.push(() => vi.useRealTimers());
  const carried = new Carried();
  const fields = [Buffer.from("m"), Buffer.from([0xff, 0x00]), Buffer.from("d")];
  const id = "dlv_one" as DeliveryId;
  const reply = [1, [["name", "all"], id, 0, 0, fields].map(inBytes), "opened"].map(inBytes);
  const read = (): Promise<unknown> => carried.with("finish", () => Promise.resolve(reply));
  expect(await read()).toEqual([1, [["name", "all"], id, 0, 0], "opened"]);
  expect(carried.take(id)).toEqual(fields);
  expect(carried.take(id)).toBeUndefined();
  await read();
  vi.advanceTimersByTime(1_000);
  expect(carried.take(id)).toBeUndefined();
});

/** A reply as it comes when it is asked for in bytes. */
function inBytes(value: unknown): unknown {
  if (typeof value === "string") return Buffer.from(value);
  return Array.isArray(value) ? value.map(inBytes) : value;
}

describeWithRedis("a worker that delivers what another process accepted", () => {
  it("is given each record with the delivery, whole, and fetches those alone that it began with", async () => {
    const { accepting, worker, ids, seen, fetched } = await aBacklog(() => OK);
    worker.queues.work("api", { concurrency: 2 });
    await until("all are delivered", () => seen.length === EVENTS);
    expect(seen.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
    for (const { id, payload } of seen)
      expect(payload).toEqual({ n: ids.indexOf(id), text: "Łódź ".repeat(100) });
    expect(fetched()).toBeLessThanOrEqual(4);
    await until("all are at their end", async () => {
      const last = await Promise.all(ids.map((id) => accepting.store.load(id, false)));
      return last.every((one) => one?.state === "delivered");
    });
  });

  it("sees at a second attempt what the first one wrote", async () => {
    const { worker, ids, seen } = await aBacklog((nth, attempts) =>
      nth % 3 === 0 && attempts === 0 ? { state: "retrying", dueAt: Date.now() + 50 } : OK,
    );
    worker.queues.work("api", { concurrency: 2 });
    await until("all are delivered", () => seen.length === EVENTS + EVENTS / 3);
    const second = seen.filter(({ attempts }) => attempts > 0);
    expect(second.map(({ id }) => ids.indexOf(id) % 3)).toEqual(Array(EVENTS / 3).fill(0));
    expect(new Set(second.map(({ attempts }) => attempts))).toEqual(new Set([1]));
  });
});
