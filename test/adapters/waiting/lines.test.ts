import { afterEach, beforeEach, expect, it } from "vitest";
import type { Delivery, DeliveryId, Outcome } from "../../../src/core/delivery.ts";
import { routeTag } from "../../../src/core/ids.ts";
import { lineId } from "../../../src/core/line-id.ts";
import type { LineRule, OnDead } from "../../../src/core/line.ts";
import { reconcile } from "../../../src/pipeline/reconcile.ts";
import { createBooks } from "../../../src/adapters/record/books.ts";
import { compileExpression } from "../../../src/language/expression.ts";
import type { Route } from "../../../src/rules/workspace.ts";
import { aHistory, anEvent, DEAD, deliveriesOf, OK, type HistoryBench } from "../../helpers/history.ts";
import { aRedis, type TestRedis } from "../../helpers/redis.ts";
import { describeWithRedis } from "../../helpers/require.ts";

let redis: TestRedis;
let bench: HistoryBench;
const ROUTE = "to-api";

beforeEach(async () => {
  redis = await aRedis();
  bench = await aHistory({ url: redis.url }, { events: 20, lateEvents: 5 });
});
afterEach(async () => {
  bench.close();
  await redis.close();
});

const RETRYING: Outcome = { state: "retrying", dueAt: Date.now() + 3_600_000 };

/** The route's line, as its file would say it. */
function says(rule: LineRule, terms = "", onDead: OnDead = "park"): void {
  const compiled = compileExpression("key");
  if (!compiled.ok) throw new Error("the key does not compile");
  const line = { rule, key: compiled.expression, terms, onDead };
  bench.routes.set(ROUTE, { name: ROUTE, line } as unknown as Route);
}

/** An event of a key, stored: its delivery. */
async function comes(key = "a"): Promise<DeliveryId> {
  const { rule, terms } = bench.routes.get(ROUTE)!.line!;
  const event = anEvent(bench.now(), { body: { key } });
  const line = { id: lineId(routeTag(ROUTE), rule, key), terms };
  const [delivery] = deliveriesOf(event.context.id, { [ROUTE]: "api" });
  await bench.store.commit(event, [{ ...delivery!, line }]);
  return delivery!.id;
}

const all = async (count: number, key?: string): Promise<DeliveryId[]> => {
  const ids: DeliveryId[] = [];
  for (let at = 0; at < count; at++) {
    ids.push(await comes(key));
    bench.pass(1);
  }
  return ids;
};

const asDelivery = (id: DeliveryId): Delivery => ({
  ...{ id, event: `evt_${id.slice(4, 30)}`, route: ROUTE, target: "api" },
});

/** Those of the deliveries that their queue knows. */
async function queued(ids: readonly DeliveryId[]): Promise<DeliveryId[]> {
  const known = await bench.queues.has(ids.map(asDelivery));
  return ids.filter((_, at) => known[at]);
}

/** What a worker does: the queue lets go of what has ended. */
async function ends(id: DeliveryId, outcome: Outcome = OK): Promise<void> {
  await bench.attempt(id, outcome);
  if (outcome.state !== "retrying") await bench.commands.del(`{sb}:q:api:${id}`);
}

const balanced = async (): Promise<void> => {
  const rows = await bench.history.balance(3, { recount: true });
  expect(rows.filter(({ balanced, recounted }) => !balanced || recounted === undefined)).toEqual([]);
};

const stateOf = async (id: DeliveryId): Promise<string | undefined> =>
  (await bench.history.delivery(id))?.state;

const reconciled = async (): Promise<void> => {
  bench.pass(31_000);
  await reconcile(createBooks(bench.commands, bench.queues, bench.lines), 0, bench.now(), bench.log);
  await bench.lines.mendStopped((event) => bench.history.standing(event));
};

const dead = (onDead: OnDead): Outcome => ({ ...DEAD, onDead });

describeWithRedis("an ordered line", () => {
  it("has one delivery of a key in its queue, and the next in order of receipt when that has ended", async () => {
    says("order");
    const [a1, a2, a3] = (await all(3)) as [DeliveryId, DeliveryId, DeliveryId];
    const b1 = await comes("b");
    expect(await queued([a1, a2, a3, b1])).toEqual([a1, b1]);
    await ends(a1);
    expect(await queued([a1, a2, a3])).toEqual([a2]);
    await ends(a2, RETRYING);
    expect(await queued([a2, a3])).toEqual([a2]);
    await ends(a2);
    await ends(a3);
    await ends(b1);
    expect(await bench.commands.keys("{sb}:l[nt]:*")).toEqual([]);
    expect(await bench.commands.exists("{sb}:lines")).toBe(0);
    await balanced();
  });

  it("does its work once where a settlement is sent twice", async () => {
    says("order");
    const [a1, a2, a3] = (await all(3)) as [DeliveryId, DeliveryId, DeliveryId];
    await ends(a1);
    await ends(a1);
    expect(await queued([a1, a2, a3])).toEqual([a2]);
  });

  it("goes on with the next behind a dead letter where its route skips it", async () => {
    says("order", "", "skip");
    const [a1, a2] = (await all(2)) as [DeliveryId, DeliveryId];
    await ends(a1, dead("skip"));
    expect(await queued([a1, a2])).toEqual([a2]);
    expect(await bench.lines.stopped(9)).toEqual({ items: [], count: 0 });
  });

  it("stops behind a dead letter that is parked, says so, and goes on when it was replayed and came through", async () => {
    says("order");
    const [a1, a2] = (await all(2, "ticket 7/ä")) as [DeliveryId, DeliveryId];
    await ends(a1, dead("park"));
    expect(await queued([a1, a2])).toEqual([]);
    const { items, count } = await bench.lines.stopped(9);
    expect(count).toBe(1);
    expect(items).toMatchObject([
      { route: ROUTE, key: "ticket 7/ä", delivery: a1, how: "park", code: DEAD.code, waiting: 1 },
    ]);
    await reconciled();
    expect(await queued([a1, a2])).toEqual([]);
    expect(await bench.history.reopen(asDelivery(a1), { by: "ada", unchangedSince: bench.now() + 1 })).toBe(
      "opened",
    );
    expect(await queued([a1, a2])).toEqual([a1]);
    expect((await bench.lines.stopped(9)).count).toBe(0);
    await ends(a1);
    expect(await queued([a1, a2])).toEqual([a2]);
    await balanced();
  });

  it("goes on when the dead letter that stops it is discarded", async () => {
    says("order");
    const [a1, a2] = (await all(2)) as [DeliveryId, DeliveryId];
    await ends(a1, dead("park"));
    expect(await bench.history.discard(a1, { by: "ada", reason: "x" })).toBe("discarded");
    expect(await queued([a1, a2])).toEqual([a2]);
    expect((await bench.lines.stopped(9)).count).toBe(0);
  });

  it("held for a person is left alone by what replays many, and a repetition", async () => {
    says("order", "", "hold");
    const [a1, a2] = (await all(2)) as [DeliveryId, DeliveryId];
    await ends(a1, dead("hold"));
    const many = { by: "ada", unchangedSince: bench.now() + 1 };
    expect(await bench.history.reopen(asDelivery(a1), many)).toBe("changed");
    expect(await stateOf(a1)).toBe("dead");
    expect(await bench.history.reopen(asDelivery(a1), { by: "ada" })).toBe("opened");
    expect(await queued([a1, a2])).toEqual([a1]);
  });

  it("does not let a delivery that waits be discarded with those behind it, and lets a replay wait its turn", async () => {
    says("order", "", "skip");
    const [a1, a2, a3, a4] = (await all(4)) as [DeliveryId, DeliveryId, DeliveryId, DeliveryId];
    await ends(a1, dead("skip"));
    expect(await bench.history.discard(a3, { by: "ada", reason: "x" })).toBe("discarded");
    expect(await bench.history.reopen(asDelivery(a1), { by: "ada" })).toBe("opened");
    expect(await queued([a1, a2, a3, a4])).toEqual([a2]);
    await ends(a2);
    // It was received before the others that wait.
    expect(await queued([a1, a2, a3, a4])).toEqual([a1]);
    await ends(a1);
    expect(await queued([a1, a2, a3, a4])).toEqual([a4]);
    await balanced();
  });

  it("is put right by the reconciler, whatever of it was lost", async () => {
    says("order");
    const [a1, a2, a3] = (await all(3)) as [DeliveryId, DeliveryId, DeliveryId];
    await bench.commands.del("{sb}:lines");
    await reconciled();
    expect(await queued([a1, a2, a3])).toEqual([a1]);
    await bench.commands.del(`{sb}:ln:${lineId(routeTag(ROUTE), "order", "a")}`);
    await reconciled();
    await ends(a1);
    expect(await queued([a1, a2, a3])).toEqual([a2]);
    await bench.commands.del(`{sb}:q:api:${a2}`);
    await reconciled();
    expect(await queued([a1, a2, a3])).toEqual([a2]);
    await bench.commands.hset("{sb}:lines", lineId(routeTag(ROUTE), "order", "a"), a1);
    await ends(a2);
    await reconciled();
    expect(await queued([a1, a2, a3])).toEqual([a3]);
  });

  it("goes on where its dead letter has left the history, or its route skips by now", async () => {
    says("order");
    const [a1, a2] = (await all(2)) as [DeliveryId, DeliveryId];
    await ends(a1, dead("park"));
    await bench.commands.del(`{sb}:e:${a1.slice(4, 30)}`);
    await reconciled();
    expect(await queued([a1, a2])).toEqual([a2]);
    await ends(a2, dead("park"));
    const a3 = await comes();
    await reconciled();
    expect(await queued([a3])).toEqual([]);
    says("order", "", "skip");
    await reconciled();
    expect(await queued([a3])).toEqual([a3]);
    expect(bench.log.lines.filter(({ step }) => step === "line.released")).toHaveLength(2);
  });
});

describeWithRedis("a line that keeps the latest", () => {
  it("lets the newest wait while one is on its way, and ends older ones as superseded, each counted", async () => {
    says("latest");
    const [a1, a2, a3, a4] = (await all(4)) as [DeliveryId, DeliveryId, DeliveryId, DeliveryId];
    expect(await queued([a1, a2, a3, a4])).toEqual([a1]);
    expect(await Promise.all([a1, a2, a3, a4].map(stateOf))).toEqual([
      ...["pending", "superseded", "superseded", "pending"],
    ]);
    await ends(a1, RETRYING);
    expect(await queued([a1, a4])).toEqual([a1]);
    await ends(a1);
    expect(await queued([a1, a4])).toEqual([a4]);
    await ends(a4);
    const { items } = await bench.history.deliveries({ limit: 9, state: "superseded" });
    expect(items.map(({ id }) => id)).toEqual([a3, a2]);
    expect(await bench.history.delivery(a2)).toMatchObject({ supersededBy: a3, line: { rule: "latest" } });
    expect(await bench.history.event(asDelivery(a2).event)).toMatchObject({ state: "settled" });
    expect((await bench.history.balance(3)).map(({ superseded }) => superseded)).toEqual([2]);
    await balanced();
    bench.pass(3_600_000);
    await bench.history.seal();
    expect((await bench.history.usage()).hot).toBe(0);
    expect((await bench.history.deliveries({ limit: 9, state: "superseded" })).items).toHaveLength(2);
    await balanced();
    expect(await bench.history.reopen(asDelivery(a2), { by: "ada" })).toBe("opened");
    expect(await queued([a2])).toEqual([a2]);
    await balanced();
  });

  it("goes on with the newest where the one on its way died", async () => {
    says("latest", "", "skip");
    const [a1, a2] = (await all(2)) as [DeliveryId, DeliveryId];
    await ends(a1, dead("skip"));
    expect(await queued([a1, a2])).toEqual([a2]);
  });
});

describeWithRedis("a throttled line", () => {
  const PERIOD = 10_000;

  it("lets so many begin in a period, and the others in their order when there is room", async () => {
    says("throttle", `2,${PERIOD},all`);
    const ids = await all(5);
    expect(await queued(ids)).toEqual(ids.slice(0, 2));
    const other = await comes("b");
    expect(await queued([other])).toEqual([other]);
    await bench.lines.go();
    expect(await queued(ids)).toEqual(ids.slice(0, 2));
    bench.pass(PERIOD - 2_000);
    await bench.lines.go();
    expect(await queued(ids)).toEqual(ids.slice(0, 2));
    bench.pass(2_000);
    await bench.lines.go();
    await bench.lines.go();
    expect(await queued(ids)).toEqual(ids.slice(0, 4));
    bench.pass(PERIOD + 1);
    await bench.lines.go();
    expect(await queued(ids)).toEqual(ids);
    await Promise.all([...ids, other].map((id) => ends(id)));
    expect(await bench.commands.exists("{sb}:due", "{sb}:lines")).toBe(0);
    await balanced();
  });

  it("that keeps the latest lets the newest alone wait for the period's end", async () => {
    says("throttle", `1,${PERIOD},latest`);
    const ids = await all(4);
    expect(await Promise.all(ids.map(stateOf))).toEqual(["pending", "superseded", "superseded", "pending"]);
    bench.pass(PERIOD + 1);
    await bench.lines.go();
    expect(await queued(ids)).toEqual([ids[0], ids[3]]);
    await balanced();
  });

  it("keeps nothing back when its route is gone, and is put right by the reconciler", async () => {
    says("throttle", `1,${3_600_000},all`);
    const ids = await all(3);
    await bench.commands.del("{sb}:due", `{sb}:ln:${lineId(routeTag(ROUTE), "throttle", "a")}`);
    await reconciled();
    expect(await queued(ids)).toEqual(ids.slice(0, 1));
    expect(await bench.commands.zcard("{sb}:due")).toBe(1);
    bench.routes.clear();
    bench.pass(3_600_000);
    await bench.lines.go();
    expect(await queued(ids)).toEqual(ids);
  });
});

describeWithRedis("a line of batches", () => {
  const LINE = lineId(routeTag(ROUTE), "batch", "a");
  const batchOf = async (id: DeliveryId): Promise<string[]> =>
    bench.commands.lrange(`{sb}:lb:${id}`, 0, -1) as Promise<string[]>;

  it("makes a batch when it is full, and of what there is when its time has come", async () => {
    says("batch", "3,10000");
    const ids = await all(5);
    expect(await queued(ids)).toEqual([ids[0]]);
    expect(await batchOf(ids[0]!)).toEqual(ids.slice(0, 3));
    expect(await bench.store.load(ids[1]!, false)).toMatchObject({ batch: ids[0] });
    bench.pass(9_000);
    await bench.lines.go();
    expect(await queued(ids)).toEqual([ids[0]]);
    bench.pass(1_000);
    await bench.lines.go();
    await bench.lines.go();
    expect(await queued(ids)).toEqual([ids[0], ids[3]]);
    expect(await batchOf(ids[3]!)).toEqual(ids.slice(3));
    expect(await bench.commands.exists("{sb}:due", `{sb}:ln:${LINE}`)).toBe(0);
    await balanced();
  });

  it("is put right by the reconciler: what waits, and a batch whose entry is gone", async () => {
    says("batch", "2,10000");
    const ids = await all(3);
    await bench.commands.del("{sb}:due", `{sb}:ln:${LINE}`, `{sb}:q:api:${ids[0]!}`);
    await reconciled();
    expect(await queued(ids)).toEqual([ids[0], ids[2]]);
    expect(await batchOf(ids[0]!)).toEqual(ids.slice(0, 2));
    expect(await batchOf(ids[2]!)).toEqual([ids[2]]);
  });

  it("gives those a new batch whose first delivery was discarded", async () => {
    says("batch", "3,10000");
    const ids = await all(3);
    expect(await bench.history.discard(ids[0]!, { by: "ada", reason: "x" })).toBe("discarded");
    await reconciled();
    expect(await queued(ids)).toEqual([ids[1]]);
    expect(await batchOf(ids[1]!)).toEqual(ids.slice(1));
    await balanced();
  });
});
