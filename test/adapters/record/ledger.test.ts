import { afterEach, beforeEach, expect, it } from "vitest";
import type { DeliveryId } from "../../../src/core/delivery.ts";
import { createRefusals } from "../../../src/adapters/record/refusals.ts";
import { aHistory, anEvent, DEAD, deliveriesOf, OK, type HistoryBench } from "../../helpers/history.ts";
import { aRedis, type TestRedis } from "../../helpers/redis.ts";
import { describeWithRedis } from "../../helpers/require.ts";
import { until } from "../../helpers/until.ts";

let redis: TestRedis;
let bench: HistoryBench;

beforeEach(async () => {
  redis = await aRedis();
  bench = await aHistory({ url: redis.url }, { events: 10 });
});
afterEach(async () => {
  bench.close();
  await redis.close();
});

describeWithRedis("the ledger", () => {
  it("counts what came in and where it stands, and a recount from the events agrees, hot and sealed", async () => {
    const fan = { one: "a", two: "b" };
    const ids: DeliveryId[] = [];
    for (let at = 0; at < 6; at++)
      ids.push(...(await bench.accept({ routes: fan })).deliveries.map(({ id }) => id));
    await bench.accept({ routes: {} });
    await bench.accept({ routes: {}, quarantined: true });
    await bench.accept({ source: "stripe" });
    const event = anEvent(bench.now());
    await bench.store.commit(event, deliveriesOf(event.context.id, {}));
    for (let again = 0; again < 3; again++) {
      const repeated = { ...anEvent(bench.now()), dedupeKey: event.dedupeKey };
      expect(await bench.store.commit(repeated, [])).toMatchObject({
        kind: "duplicate",
        event: event.context.id,
      });
    }
    expect(await bench.history.event(event.context.id)).toMatchObject({ duplicates: 3 });
    for (const id of ids.slice(0, 4)) await bench.attempt(id, OK);
    for (const id of ids.slice(4, 6)) await bench.attempt(id, DEAD);
    await bench.attempt(ids[6]!, { state: "filtered" });
    await bench.attempt(ids[7]!, { state: "retrying", dueAt: bench.now() + 60_000 });
    expect(await bench.history.discard(ids[4]!, { by: "ada", reason: "x" })).toBe("discarded");
    const counts = { events: 9, duplicates: 3, unrouted: 2, quarantined: 1, made: 12 };
    const states = { pending: 5, delivered: 4, filtered: 1, dead: 1, discarded: 1 };
    const check = async (): Promise<void> => {
      const [github, stripe] = await bench.history.balance(2, { recount: true });
      expect(github).toMatchObject({ source: "github", ...counts, ...states, difference: 0, balanced: true });
      expect(github!.recounted).toBe(12);
      expect(stripe).toMatchObject({ source: "stripe", events: 1, made: 1, pending: 1, balanced: true });
    };
    await check();
    bench.pass(700_000);
    await bench.history.seal();
    expect((await bench.history.usage()).segments).toBeGreaterThan(0);
    await check();
  });

  it("does not count twice what is settled twice, as when an answer was lost and it was sent again", async () => {
    const { deliveries } = await bench.accept();
    const recorded = (await bench.store.load(deliveries[0]!.id, false))!;
    const attempt = {
      number: 1,
      trigger: "initial",
      startedAt: 1,
      durationMs: 1,
      timings: { waitMs: 0, ruleMs: 0 },
    } as const;
    await bench.store.settle(recorded, attempt, DEAD);
    await bench.store.settle(recorded, attempt, DEAD);
    expect(await bench.history.balance(1)).toMatchObject([{ made: 1, dead: 1, pending: 0, balanced: true }]);
    expect(await bench.history.deadCauses()).toMatchObject([{ count: 1 }]);
    expect((await bench.history.delivery(deliveries[0]!.id))!.attemptList).toHaveLength(1);
  });

  it("shows by how much it does not add up", async () => {
    await bench.accept();
    const [ledger] = await bench.commands.keys("{sb}:l:*");
    await bench.commands.hincrby(ledger!, "github|delivered", 2);
    const [row] = await bench.history.balance(1, { recount: true });
    expect(row).toMatchObject({ difference: -2, balanced: false, recounted: 1 });
    await bench.commands.hincrby(ledger!, "github|pending", -1);
    await bench.commands.hincrby(ledger!, "github|delivered", -1);
    expect(await bench.history.balance(1)).toMatchObject([{ difference: 0, balanced: true }]);
    expect(await bench.history.balance(1, { recount: true })).toMatchObject([
      { difference: 0, balanced: false },
    ]);
  });

  it("is gone a day after the history's last hour", async () => {
    await bench.accept();
    const [ledger] = await bench.commands.keys("{sb}:l:*");
    expect(await bench.commands.ttl(ledger!)).toBeGreaterThan(6 * 86_400);
  });
});

describeWithRedis("open deliveries of a target", () => {
  it("are counted, with the time since which the oldest waits", async () => {
    const first = await bench.accept({ routes: { one: "a" } });
    bench.pass(5_000);
    await bench.accept({ routes: { one: "a", two: "b" } });
    const waiting = await bench.history.oldest(["a", "b", "c"]);
    expect(waiting.get("a")).toEqual({ count: 2, oldestAt: Date.parse(first.event.context.receivedAt) });
    expect(waiting.get("b")!.count).toBe(1);
    expect(waiting.get("c")).toEqual({ count: 0 });
    await bench.attempt(first.deliveries[0]!.id, { state: "retrying", dueAt: bench.now() });
    expect((await bench.history.oldest(["a"])).get("a")!.count).toBe(2);
    await bench.attempt(first.deliveries[0]!.id, OK);
    expect((await bench.history.oldest(["a"])).get("a")!.count).toBe(1);
  });
});

describeWithRedis("dead letters", () => {
  it("are grouped by what they died of, whatever varies in the answers", async () => {
    for (let at = 0; at < 12; at++) {
      bench.pass(400_000);
      const { deliveries } = await bench.accept({ routes: { one: at % 4 === 3 ? "b" : "a" } });
      const answer = `{"error":"no customer here","id":"cus_${at}f3","request":"${at}a9c1e2d4-0000-4000-8000-00000000000${at % 10}"}`;
      const schema = at % 4 === 2 ? { schema: "chat.message", pointer: "/properties/text/type" } : {};
      const error = { code: "FORWARD_STATUS_REFUSED", detail: `Target answered ${at}.`, ...schema };
      await bench.attempt(deliveries[0]!.id, DEAD, { answer, error });
    }
    const causes = await bench.history.deadCauses();
    expect(causes.map(({ target, count, schema }) => [target, count, schema])).toEqual([
      ["b", 3, undefined],
      ["a", 3, "chat.message"],
      ["a", 6, undefined],
    ]);
    const [, , most] = causes;
    expect(most).toMatchObject({ route: "one", status: 422, code: "FORWARD_STATUS_REFUSED" });
    expect(most!.answer).toContain("no customer here");
    expect(most!.trend).toHaveLength(24);
    expect(most!.trend.reduce((sum, count) => sum + count)).toBe(6);
    expect(Date.parse(most!.lastAt) - Date.parse(most!.firstAt)).toBeGreaterThanOrEqual(9 * 400_000 - 5_000);
    const first = await bench.history.deadOf(most!.id, { limit: 4 });
    const second = await bench.history.deadOf(most!.id, { limit: 4, cursor: first.next! });
    expect(first.items[0]!.id).toBe(most!.sample);
    expect([...first.items, ...second.items].map(({ cause }) => cause)).toEqual(Array(6).fill(most!.id));
    expect(new Set([...first.items, ...second.items].map(({ id }) => id)).size).toBe(6);
    expect(second.next).toBeUndefined();
  });
});

describeWithRedis("refused requests", () => {
  it("are kept with an id, paged and counted by hour; never more than two thousand", async () => {
    const refusals = createRefusals(bench.commands, 3_600);
    for (let at = 0; at < 2_100; at++) {
      const code = at % 2 === 0 ? "ACCEPT_SIGNATURE_INVALID" : "ACCEPT_SCHEMA_INVALID";
      refusals.note({
        source: at % 3 === 0 ? "" : "github",
        code,
        cause: `cause ${at}`,
        address: "::1",
        method: "POST",
        at: bench.now(),
      });
    }
    await until("all are kept", async () => (await bench.commands.llen("{sb}:refusals")) === 2_000);
    const filter = { source: "github", code: "ACCEPT_SCHEMA_INVALID", limit: 100 };
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await bench.history.refusals({ ...filter, ...(cursor && { cursor }) });
      found.push(...page.items.map(({ id }) => id));
      cursor = page.next;
    } while (cursor !== undefined);
    expect(found).toHaveLength(667);
    expect(new Set(found).size).toBe(667);
    expect(found[0]).toMatch(/^req_[0-9a-z]{26}$/);
    expect(await bench.history.refusal(found[5]!)).toMatchObject({ id: found[5], source: "github" });
    expect(await bench.history.refusal("req_00000000000000000000000000")).toBeUndefined();
    const [nowhere, github] = await bench.history.balance(1);
    expect(nowhere).toMatchObject({
      source: "",
      refused: { ACCEPT_SIGNATURE_INVALID: 350, ACCEPT_SCHEMA_INVALID: 350 },
    });
    expect(github).toMatchObject({ source: "github", refused: { ACCEPT_SIGNATURE_INVALID: 700 } });
  });
});
