import { afterEach, beforeEach, expect, it } from "vitest";
import type { Delivery, Outcome } from "../../../src/core/delivery.ts";
import type { EventId } from "../../../src/core/event.ts";
import { aHistory, anAttempt, DEAD, deliveriesOf, OK, type HistoryBench } from "../../helpers/history.ts";
import { aRedis, type TestRedis } from "../../helpers/redis.ts";
import { describeWithRedis } from "../../helpers/require.ts";

let redis: TestRedis;
let bench: HistoryBench;

beforeEach(async () => {
  redis = await aRedis();
  bench = await aHistory({ url: redis.url }, { events: 20, lateEvents: 5 });
});
afterEach(async () => {
  bench.close();
  await redis.close();
});

const MINUTES = 60_000;

async function sealed(count = 1, outcome: typeof DEAD | typeof OK = DEAD): Promise<Delivery[]> {
  const found: Delivery[] = [];
  for (let at = 0; at < count; at++) {
    const { deliveries } = await bench.accept({ event: { tags: { n: at } } });
    await bench.attempt(deliveries[0]!.id, outcome);
    found.push(deliveries[0]!);
  }
  await sealAll();
  return found;
}

async function sealAll(): Promise<void> {
  bench.pass(11 * MINUTES);
  await bench.history.seal();
}

const balanced = async (): Promise<void> => {
  const rows = await bench.history.balance(3, { recount: true });
  expect(rows.filter(({ balanced, recounted }) => !balanced || recounted === undefined)).toEqual([]);
};

describeWithRedis("replaying a sealed event", () => {
  it("makes it hot, open and found as such, and its second run is sealed beside the first", async () => {
    const [delivery] = await sealed();
    expect(await bench.history.reopen(delivery!, { by: "ada" })).toBe("opened");
    expect(await bench.history.event(delivery!.event)).toMatchObject({ state: "open" });
    expect((await bench.history.deliveries({ limit: 9 })).items).toMatchObject([{ state: "pending" }]);
    expect((await bench.history.deliveries({ limit: 9, state: "dead" })).items).toEqual([]);
    expect(await bench.history.deadCauses()).toEqual([]);
    expect(await bench.queues.has([delivery!])).toEqual([true]);
    await balanced();
    await bench.attempt(delivery!.id, OK);
    await balanced();
    const hot = await bench.history.delivery(delivery!.id);
    expect(hot).toMatchObject({
      state: "delivered",
      attemptList: [{ status: 422 }, { status: 200, by: "ada" }],
    });
    await bench.history.seal();
    bench.pass(6 * MINUTES);
    await bench.history.seal();
    expect((await bench.history.usage()).hot).toBe(0);
    expect(await bench.history.delivery(delivery!.id)).toEqual(hot);
    expect((await bench.history.events({ limit: 9, tag: { name: "n", value: "0" } })).items).toHaveLength(1);
    await balanced();
  });

  it("opens a route that the event had no delivery on", async () => {
    const { event } = await bench.accept({ routes: {} });
    await sealAll();
    expect(await bench.history.event(event.context.id)).toMatchObject({ state: "unrouted" });
    const [delivery] = deliveriesOf(event.context.id, { new: "api" });
    expect(await bench.history.delivery(delivery!.id)).toBeUndefined();
    expect(await bench.history.reopen(delivery!)).toBe("opened");
    expect(await bench.history.event(event.context.id)).toMatchObject({
      state: "open",
      deliveries: [{ id: delivery!.id, route: "new", state: "pending" }],
    });
    const [row] = await bench.history.balance(1);
    expect(row).toMatchObject({ unrouted: 0, made: 1, pending: 1, balanced: true });
    await balanced();
  });

  it("says unknown of an event that is not there", async () => {
    const [delivery] = await sealed();
    const other: EventId = `evt_${delivery!.event.slice(4, 29)}${delivery!.event.endsWith("0") ? "1" : "0"}`;
    expect(
      await bench.history.reopen({
        ...delivery!,
        id: `dlv_${other.slice(4)}${delivery!.id.slice(30)}`,
        event: other,
      }),
    ).toBe("unknown");
    expect(await bench.history.thaw(other)).toBe(false);
  });

  it("keeps an attempt that ends after its event was sealed, since another worker was quicker", async () => {
    const { deliveries } = await bench.accept();
    const { id } = deliveries[0]!;
    const slow = (await bench.store.load(id, false))!;
    await bench.attempt(id, OK);
    await sealAll();
    expect((await bench.history.usage()).hot).toBe(0);
    await bench.store.settle({ ...slow, attemptsEver: 1 }, anAttempt(slow, bench.now(), DEAD), DEAD);
    expect(await bench.history.delivery(id)).toMatchObject({
      state: "delivered",
      attemptList: [{ status: 200 }, { status: 422 }],
    });
    expect(await bench.history.deadCauses()).toEqual([]);
    await balanced();
  });
});

describeWithRedis("an attempt that ends once its delivery has ended by a quicker one", () => {
  const RETRYING = { state: "retrying", dueAt: Date.now() + 600_000 } as const;

  async function slower(first: Outcome, second: Outcome): Promise<string> {
    const { deliveries } = await bench.accept({ routes: { "to-api": "api", later: "other" } });
    const { id } = deliveries[0]!;
    const slow = (await bench.store.load(id, false))!;
    await bench.attempt(id, first);
    await bench.store.settle({ ...slow, attemptsEver: 1 }, anAttempt(slow, bench.now(), second), second);
    await balanced();
    // The event's other delivery is open, and so it must not be sealed.
    await sealAll();
    expect((await bench.history.usage()).hot).toBe(1);
    return (await bench.history.delivery(id))!.state;
  }

  it.each([
    ["is not tried again when it was delivered", OK, RETRYING, "delivered"],
    ["is not tried again when it was given up", DEAD, RETRYING, "dead"],
    ["is no dead letter when it was delivered", OK, DEAD, "delivered"],
    ["is delivered when it was given up", DEAD, OK, "delivered"],
  ])("%s", async (_what, first, second, state) => {
    expect(await slower(first, second)).toBe(state);
    const dead = await bench.history.deliveries({ limit: 9, state: "dead" });
    expect(dead.items).toHaveLength(state === "dead" ? 1 : 0);
    expect(await bench.history.deadCauses()).toHaveLength(state === "dead" ? 1 : 0);
  });
});

describeWithRedis("discarding", () => {
  it("ends a dead letter with who did it and why, and takes it out of its cause", async () => {
    const [one, two] = await sealed(2);
    expect(await bench.history.deadCauses()).toMatchObject([{ count: 2, target: "api", status: 422 }]);
    expect(await bench.history.discard(one!.id, { by: "ada", reason: "test data" })).toBe("discarded");
    expect(await bench.history.delivery(one!.id)).toMatchObject({
      state: "discarded",
      discarded: { by: "ada", reason: "test data" },
    });
    expect(await bench.history.deadCauses()).toMatchObject([{ count: 1, sample: two!.id }]);
    expect(await bench.history.discard(one!.id, { by: "ada", reason: "again" })).toBe("ended");
    const [row] = await bench.history.balance(3);
    expect(row).toMatchObject({ made: 2, dead: 1, discarded: 1, balanced: true });
    await balanced();
  });

  it("ends a delivery that waits, and leaves nothing of it in its queue", async () => {
    const { deliveries } = await bench.accept();
    expect(await bench.history.discard(deliveries[0]!.id, { by: "ada", reason: "no need" })).toBe(
      "discarded",
    );
    expect(await bench.queues.has(deliveries)).toEqual([false]);
    expect(await bench.history.oldest(["api"])).toEqual(new Map([["api", { count: 0 }]]));
    await sealAll();
    expect((await bench.history.deliveries({ limit: 5, state: "discarded" })).items).toHaveLength(1);
  });

  it("does not end what is delivered, and knows what is not there", async () => {
    const [delivery] = await sealed(1, OK);
    expect(await bench.history.discard(delivery!.id, { by: "ada", reason: "" })).toBe("ended");
    expect(await bench.history.discard(`dlv_${"0".repeat(34)}`, { by: "ada", reason: "" })).toBe("unknown");
  });
});

describeWithRedis("late ones", () => {
  it("go into the segment of their time when enough of them wait, without another beside it", async () => {
    const waiting = [];
    for (let at = 0; at < 20; at++)
      waiting.push((await bench.accept({ event: { tags: { at } } })).deliveries[0]!);
    bench.pass(MINUTES);
    await bench.history.seal();
    expect(await bench.history.usage()).toMatchObject({ segments: 1, hot: 20 });
    for (const { id } of waiting.slice(0, 4)) await bench.attempt(id, OK);
    await bench.history.seal();
    expect((await bench.history.usage()).hot).toBe(20);
    await bench.attempt(waiting[4]!.id, DEAD);
    await bench.history.seal();
    expect(await bench.history.usage()).toMatchObject({ segments: 1, hot: 15 });
    for (const { id } of waiting.slice(5)) await bench.attempt(id, OK);
    await bench.history.seal();
    expect(await bench.history.usage()).toMatchObject({ segments: 1, hot: 0 });
    expect((await bench.history.events({ limit: 50 })).items).toHaveLength(20);
    expect((await bench.history.events({ limit: 50, tag: { name: "at", value: "4" } })).items).toMatchObject([
      { deliveries: [{ state: "dead" }] },
    ]);
    await balanced();
  });
});

describeWithRedis("small segments", () => {
  it("become one, and find everything as before", async () => {
    const ids: string[] = [];
    for (let at = 0; at < 8; at++) {
      for (const { event } of await sealed(2)) ids.unshift(event);
    }
    expect(await bench.history.usage()).toMatchObject({ segments: 1, hot: 0, events: 16 });
    // Two of one millisecond stand in the order of their ids.
    ids.sort().reverse();
    expect((await bench.history.events({ limit: 50 })).items.map(({ id }) => id)).toEqual(ids);
    expect((await bench.history.events({ limit: 50, tag: { name: "n", value: "1" } })).items).toHaveLength(8);
    expect(await bench.commands.keys("{sb}:s:*")).toHaveLength(4);
    await balanced();
  });
});

describeWithRedis("an edited replay", () => {
  it("is an event of its own that says whose body was edited, and by whom, hot and sealed", async () => {
    const { event: first } = await bench.accept();
    const edited = { dedupeKey: undefined, replayOf: first.context.id, editedBy: "ada" };
    const { event } = await bench.accept({ body: { hello: "edited" }, routes: {}, event: edited });
    const hot = await bench.history.event(event.context.id);
    expect(hot).toMatchObject({ replayOf: first.context.id, editedBy: "ada", body: { hello: "edited" } });
    await sealAll();
    expect(await bench.history.event(event.context.id)).toEqual(hot);
    expect((await bench.history.events({ limit: 1 })).items).toMatchObject([{ replayOf: first.context.id }]);
  });
});
