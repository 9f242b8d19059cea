/** Deflated bodies: what comes back is what was sent, whatever it was; and records from before are read as they are. */
import { randomBytes } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import fc from "fast-check";
import { bodyIn, storedBody } from "../../../src/adapters/record/stored-body.ts";
import { OK, aHistory, type HistoryBench } from "../../helpers/history.ts";
import { aRedis, type TestRedis } from "../../helpers/redis.ts";
import { describeWithRedis } from "../../helpers/require.ts";

const LARGE = { words: Array.from({ length: 400 }, (_, at) => `word ${at % 40}`), needle: "needle-4711" };

describe("a body that is kept", () => {
  it("comes back as it was, deflated or not", () => {
    const some = fc.oneof(
      fc.uint8Array({ maxLength: 2_000 }),
      fc.string({ maxLength: 3_000 }).map(Buffer.from),
    );
    fc.assert(
      fc.property(some, fc.nat({ max: 8 }), (bytes, times) => {
        const body = Buffer.concat(Array.from({ length: times }, () => Buffer.from(bytes)));
        const stored = storedBody(body);
        expect(stored.length).toBeLessThanOrEqual(body.length);
        expect(bodyIn(stored, body.length).equals(body)).toBe(true);
      }),
    );
  });

  it("is deflated where that pays, and only there", () => {
    expect(storedBody(Buffer.from(JSON.stringify(LARGE))).length).toBeLessThan(1_000);
    const random = randomBytes(4_000);
    expect(storedBody(random)).toBe(random);
    const small = Buffer.from('{"hello":"hello hello hello"}');
    expect(storedBody(small)).toBe(small);
  });

  it("is not inflated beyond the length that it had", () => {
    const stored = storedBody(Buffer.alloc(100_000, "a"));
    expect(() => bodyIn(stored, 50_000)).toThrow();
  });
});

describeWithRedis("an event with a deflated body", () => {
  let redis: TestRedis;
  let bench: HistoryBench;
  beforeAll(async () => {
    redis = await aRedis();
  });
  afterEach(() => bench.close());
  afterAll(() => redis.close());

  const anOpen = async () => {
    redis.cli("flushall");
    bench = await aHistory({ url: redis.url }, { events: 1, hotMs: 0, waitMs: 0 }, undefined, true);
    const { event, deliveries } = await bench.accept({ body: LARGE });
    return { event, id: deliveries[0]!.id, key: `{sb}:e:${event.context.id.slice(4)}` };
  };
  const looksRight = async (id: `evt_${string}`, bytes: number): Promise<void> => {
    expect((await bench.history.event(id))!.body).toEqual(LARGE);
    const listed = await bench.history.events({ source: "github", limit: 10 });
    expect(listed.items.map((event) => [event.id, event.bytes])).toEqual([[id, bytes]]);
    const found: string[] = [];
    await bench.history.search({ in: "body", path: "needle", value: LARGE.needle, limit: 10 }, ({ event }) =>
      found.push(event),
    );
    expect(found).toEqual([id]);
  };

  it("is read, listed with its own length, searched, sealed, and made hot again", async () => {
    const { event, id, key } = await anOpen();
    const bytes = event.body.length;
    expect(Number(redis.cli("hstrlen", key, "b"))).toBeLessThan(bytes / 2);
    expect((await bench.store.load(id, false))!.payload).toEqual(LARGE);
    await looksRight(event.context.id, bytes);
    await bench.attempt(id, OK);
    bench.pass(3_600_000);
    expect(await bench.history.seal()).toBe(1);
    expect(redis.cli("exists", key)).toBe("0");
    await looksRight(event.context.id, bytes);
    expect(await bench.history.thaw(event.context.id)).toBe(true);
    expect((await bench.store.load(id, false))!.payload).toEqual(LARGE);
    await looksRight(event.context.id, bytes);
  });

  it("stands beside events from before, whose bodies were kept as they were", async () => {
    const { event, id, key } = await anOpen();
    const { l, ...former } = JSON.parse(redis.cli("hget", key, "m")) as { l?: number };
    expect(l).toBe(event.body.length);
    await bench.commands.hset(key, { m: JSON.stringify(former), b: event.body });
    expect((await bench.store.load(id, false))!.payload).toEqual(LARGE);
    await looksRight(event.context.id, event.body.length);
    await bench.attempt(id, OK);
    bench.pass(3_600_000);
    expect(await bench.history.seal()).toBe(1);
    await looksRight(event.context.id, event.body.length);
  });
});
