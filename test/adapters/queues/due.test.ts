/** Due times in the record and the queue: committed together, moved without an attempt, respected by the reconciler. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { createBooks } from "../../../src/adapters/record/books.ts";
import { createHttp } from "../../../src/adapters/http/undici.ts";
import { parseRange } from "../../../src/core/address.ts";
import type { Delivery } from "../../../src/core/delivery.ts";
import { deliver } from "../../../src/pipeline/deliver.ts";
import { reconcile } from "../../../src/pipeline/reconcile.ts";
import type { Ports } from "../../../src/ports.ts";
import { loadWorkspace } from "../../../src/rules/load.ts";
import { pooledRandom } from "../../../src/adapters/pooled-random.ts";
import { aHistory, anEvent, deliveriesOf, type HistoryBench } from "../../helpers/history.ts";
import { aRedis, type TestRedis } from "../../helpers/redis.ts";
import { describeWithRedis } from "../../helpers/require.ts";
import { aTarget, status, type TargetServer } from "../../helpers/target.ts";
import { aWorkspace } from "../../helpers/workspace.ts";

const HOUR = 3_600_000;
const http = createHttp({ allowPrivate: [parseRange("127.0.0.0/8")!] });
let redis: TestRedis;
let bench: HistoryBench;
let target: TargetServer;

beforeAll(async () => {
  target = await aTarget();
});
afterAll(async () => {
  await http.close();
  await target.close();
});
beforeEach(async () => {
  redis = await aRedis();
});
afterEach(async () => {
  bench.close();
  await redis.close();
});

/** An event whose delivery waits for an hour. */
async function committed(): Promise<{ delivery: Delivery; at: number }> {
  const event = anEvent(bench.now());
  const at = bench.now() + HOUR;
  const [plain] = deliveriesOf(event.context.id, { "to-api": "api" });
  const delivery = { ...plain!, due: { at, because: "the route's delay of 3600 s" } };
  expect((await bench.store.commit(event, [delivery])).kind).toBe("stored");
  return { delivery, at };
}

describeWithRedis("a due time", () => {
  it("is committed with the event: a delayed entry in the queue, and the record says until when and for what", async () => {
    bench = await aHistory({ url: redis.url });
    const { delivery, at } = await committed();
    const [id, score] = await bench.commands.zrange("{sb}:q:api:delayed", 0, -1, "WITHSCORES");
    expect([id, Math.floor(Number(score) / 4096)]).toEqual([delivery.id, at]);
    expect(await bench.commands.llen("{sb}:q:api:wait")).toBe(0);
    expect(Number(await bench.commands.zscore("{sb}:open", delivery.id))).toBe(at);
    expect(await bench.history.delivery(delivery.id)).toMatchObject({
      ...{ state: "pending", dueAt: new Date(at).toISOString(), waitsFor: "the route's delay of 3600 s" },
    });
    expect(await bench.store.load(delivery.id, true)).toMatchObject({ dueAt: at });
  });

  it("is respected by the reconciler: what the queue has lost comes back when it is overdue, not before", async () => {
    bench = await aHistory({ url: redis.url });
    const { delivery } = await committed();
    expect(await bench.queues.remove(delivery)).toBe(true);
    const books = createBooks(bench.commands, bench.queues, bench.lines);
    await reconcile(books, 0, bench.now() + HOUR, bench.log);
    expect(await bench.queues.has([delivery])).toEqual([false]);
    await reconcile(books, 0, bench.now() + HOUR + 31_000, bench.log);
    expect(await bench.queues.has([delivery])).toEqual([true]);
    expect(await bench.commands.llen("{sb}:q:api:wait")).toBe(1);
  });

  it("is no reason to put back what ended while the reconciler looked", async () => {
    bench = await aHistory({ url: redis.url });
    const { delivery, at } = await committed();
    const other = await committed();
    const books = createBooks(bench.commands, bench.queues, bench.lines);
    const { deliveries } = await books.openBefore(at + HOUR, 0, 10);
    expect(deliveries.map(({ id }) => id).sort()).toEqual([delivery.id, other.delivery.id].sort());
    for (const one of deliveries) await bench.queues.remove(one);
    await bench.attempt(delivery.id, { state: "delivered" });
    const queued = await books.queued(deliveries);
    expect(deliveries.filter((_, nth) => !queued[nth]).map(({ id }) => id)).toEqual([other.delivery.id]);
  });

  it("can be put off, twice with the same arguments as well, and not once the delivery has ended", async () => {
    bench = await aHistory({ url: redis.url });
    const { delivery, at } = await committed();
    const recorded = (await bench.store.load(delivery.id, false))!;
    const due = { at: at + HOUR, because: "the route's quiet hours, 22:00 to 07:00 (UTC)" };
    await bench.store.postpone(recorded, due);
    const once = await bench.commands.hgetall(`{sb}:e:${delivery.event.slice(4)}`);
    await bench.store.postpone(recorded, due);
    const twice = await bench.commands.hgetall(`{sb}:e:${delivery.event.slice(4)}`);
    expect({ ...twice, w: "" }).toEqual({ ...once, w: "" });
    expect(await bench.history.delivery(delivery.id)).toMatchObject({
      ...{ state: "pending", dueAt: new Date(due.at).toISOString(), waitsFor: due.because, attemptList: [] },
    });
    await bench.attempt(delivery.id, { state: "delivered" });
    await bench.store.postpone(recorded, due);
    expect(await bench.history.delivery(delivery.id)).toMatchObject({ state: "delivered" });
    expect(await bench.commands.zcard("{sb}:open")).toBe(0);
  });

  it("is moved by quiet hours that have begun since, without an attempt, and so is a retry that would fall into them", async () => {
    // 21:59 in UTC on some day: a minute before it is quiet.
    const day = Math.ceil(Date.now() / 86_400_000) * 86_400_000;
    const quietEnd = new Date(day + 31 * HOUR).toISOString();
    bench = await aHistory({ url: redis.url }, {}, day + 22 * HOUR - 60_000 - Date.now());
    const dir = aWorkspace({
      "sources/github.yaml": "provider: none\n",
      "targets/api.yaml": `url: ${target.url}\nretry: { attempts: 3, firstDelaySeconds: 3600, maxDelaySeconds: 3600 }\n`,
      "routes/to-api.yaml": "source: github\ntarget: api\nquietHours: { from: '22:00', to: '07:00' }\n",
    });
    const { workspace } = await loadWorkspace(dir, {});
    const { store, log } = bench;
    const unused = {} as Ports;
    const tally = { request: () => undefined, attempt: () => undefined, ended: () => undefined };
    const suspects = { isQuarantined: () => false } as unknown as Ports["suspects"];
    const random = pooledRandom();
    const ports: Ports = { ...unused, store, log, http, tally, suspects, random, clock: { now: bench.now } };
    const start = { enqueuedAt: bench.now(), fresh: false, started: 1 };

    target.answer = status(503);
    const first = (await bench.accept()).deliveries[0]!;
    const next = await deliver(first.id, start, workspace!, ports);
    expect(next).toEqual({ again: true, dueAt: Date.parse(quietEnd) });
    expect(await bench.history.delivery(first.id)).toMatchObject({
      ...{
        state: "retrying",
        attempts: 1,
        dueAt: quietEnd,
        waitsFor: "the route's quiet hours, 22:00 to 07:00 (UTC)",
      },
    });

    const second = (await bench.accept()).deliveries[0]!;
    bench.pass(120_000);
    const before = target.arrivals.length;
    expect(await deliver(second.id, start, workspace!, ports)).toEqual({
      again: true,
      dueAt: Date.parse(quietEnd),
    });
    expect(target.arrivals).toHaveLength(before);
    expect(await bench.history.delivery(second.id)).toMatchObject({
      state: "pending",
      attempts: 0,
      dueAt: quietEnd,
    });

    target.answer = status(200);
    bench.pass(9 * HOUR);
    expect(await deliver(second.id, start, workspace!, ports)).toEqual({ again: false });
    expect(target.arrivals).toHaveLength(before + 1);
  });
});
