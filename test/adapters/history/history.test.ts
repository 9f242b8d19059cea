import { afterEach, beforeEach, expect, it } from "vitest";
import type { EventId } from "../../../src/core/event.ts";
import { aHistory, DEAD, OK, type HistoryBench } from "../../helpers/history.ts";
import { aRedis, type TestRedis } from "../../helpers/redis.ts";
import { describeWithRedis } from "../../helpers/require.ts";

let redis: TestRedis;
let bench: HistoryBench;

beforeEach(async () => {
  redis = await aRedis();
  bench = await aHistory({ url: redis.url }, { events: 50 });
});
afterEach(async () => {
  bench.close();
  await redis.close();
});

const MINUTES = 60_000;

/** Accepts and delivers so many events, one a second; every tenth dies. */
async function events(count: number): Promise<EventId[]> {
  const ids: EventId[] = [];
  for (let at = 0; at < count; at++) {
    bench.pass(1_000);
    const { event, deliveries } = await bench.accept({
      source: at % 3 === 0 ? "stripe" : "github",
      type: at % 2 === 0 ? "push" : "issues",
      body: { at, name: `number ${at}`, nested: { list: [at, "é/"] } },
      event: { tags: { customer: `cus_${at % 7}`, labels: ["a", `l${at}`] } },
    });
    await bench.attempt(deliveries[0]!.id, at % 10 === 0 ? DEAD : OK, {}, made({ made: `of ${at}` }));
    ids.unshift(event.context.id);
  }
  return ids;
}

function made(value: unknown): { rule: string; made: { bytes: number; text: string } } {
  const text = JSON.stringify(value);
  return { rule: "0123456789ab", made: { bytes: text.length, text } };
}

async function sealAll(): Promise<void> {
  bench.pass(11 * MINUTES);
  await bench.history.seal();
  expect((await bench.history.usage()).hot).toBe(0);
}

async function all<T>(
  read: (cursor?: string) => Promise<{ items: readonly T[]; next?: string }>,
): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await read(cursor);
    items.push(...page.items);
    cursor = page.next;
  } while (cursor !== undefined);
  return items;
}

describeWithRedis("the history", () => {
  it("reads no more hot events than a list asks for", async () => {
    const ids = await events(100);
    redis.cli("config", "resetstat");
    const { items } = await bench.history.events({ limit: 8 });
    expect(items.map(({ id }) => id)).toEqual(ids.slice(0, 8));
    const [, sizes] = /cmdstat_hstrlen:calls=(\d+)/.exec(redis.cli("info", "commandstats"))!;
    expect(Number(sizes)).toBe(8);
  });

  it("shows an event the same, hot and sealed", async () => {
    const [id] = await events(1);
    const hot = await bench.history.event(id!);
    expect(hot).toMatchObject({
      id,
      state: "settled",
      source: "stripe",
      type: "push",
      method: "POST",
      path: "/hooks/github",
      contentType: "json",
      body: { at: 0, name: "number 0", nested: { list: [0, "é/"] } },
      tags: [
        { name: "customer", value: "cus_0" },
        { name: "labels", value: "a" },
        { name: "labels", value: "l0" },
      ],
      verified: { scheme: "hmac", provider: "github" },
      duplicates: 0,
      deliveries: [
        {
          route: "to-api",
          target: "api",
          state: "dead",
          attempts: 1,
          status: 422,
          code: "FORWARD_STATUS_REFUSED",
          rule: "0123456789ab",
          result: { made: "of 0" },
          resultBytes: 15,
          attemptList: [{ number: 1, trigger: "initial", status: 422 }],
        },
      ],
    });
    await sealAll();
    expect(await bench.history.event(id!)).toEqual(hot);
    expect(await bench.history.delivery(hot!.deliveries[0]!.id)).toEqual(hot!.deliveries[0]);
  });

  it("pages through hot and sealed events alike, each of them once, newest first", async () => {
    const ids = await events(120);
    const before = await all((cursor) => bench.history.events({ limit: 7, ...(cursor && { cursor }) }));
    expect(before.map(({ id }) => id)).toEqual(ids);
    await bench.history.seal();
    const { hot, segments } = await bench.history.usage();
    expect(segments).toBe(1);
    expect(hot).toBe(70);
    const mixed = await all((cursor) => bench.history.events({ limit: 7, ...(cursor && { cursor }) }));
    expect(mixed).toEqual(before);
    await sealAll();
    const after = await all((cursor) => bench.history.events({ limit: 7, ...(cursor && { cursor }) }));
    expect(after).toEqual(before);
  });

  it("answers every filter the same, hot, mixed and sealed", async () => {
    await events(130);
    const [some] = (await bench.history.events({ limit: 40 })).items.slice(-1);
    const at = Date.parse(some!.receivedAt);
    const detail = await bench.history.event(some!.id);
    const filters = [
      { source: "stripe" },
      { type: "issues" },
      { source: "github", type: "push", state: "settled" },
      { state: "dead" },
      { state: "dead", target: "api", status: 422 },
      { target: "nobody" },
      { route: "to-api", state: "delivered" },
      { code: "FORWARD_STATUS_REFUSED" },
      { cause: (await bench.history.deadCauses())[0]!.id },
      { tag: { name: "customer", value: "cus_3" } },
      { tag: { name: "labels", value: "l17" } },
      { tag: { name: "labels", value: "nothing" } },
      { tag: { name: "customer", value: "cus_2" }, state: "dead", source: "stripe" },
      { providerId: detail!.providerId! },
      { providerId: "unheard of" },
      { id: some!.id },
      { id: some!.deliveries[0]!.id },
      { from: at, to: at + 10_000 },
      { from: at + 1, source: "stripe" },
      { to: at - 1, state: "dead" },
      { state: "quarantined" },
      { state: "open" },
    ];
    const ask = (): Promise<unknown[]> =>
      Promise.all(
        filters.map(async (filter) => [
          filter,
          await all((cursor) => bench.history.events({ ...filter, limit: 5, ...(cursor && { cursor }) })),
          await all((cursor) => bench.history.deliveries({ ...filter, limit: 4, ...(cursor && { cursor }) })),
          await all((cursor) => bench.history.attempts({ ...filter, limit: 3, ...(cursor && { cursor }) })),
        ]),
      );
    const hot = await ask();
    const sizes = hot.map((found) => (found as [unknown, unknown[]])[1].length);
    expect(sizes).toEqual([44, 65, 43, 13, 13, 0, 117, 13, 13, 19, 1, 0, 1, 1, 0, 1, 1, 10, 13, 9, 0, 0]);
    await bench.history.seal();
    expect(await ask()).toEqual(hot);
    await sealAll();
    expect(await ask()).toEqual(hot);
  });
});
