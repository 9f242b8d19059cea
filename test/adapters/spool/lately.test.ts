/** What was acknowledged in the last seconds, asked for after a break of the connection; a store that forgets is one that was emptied. */
import { EventEmitter } from "node:events";
import { afterEach, beforeEach, expect, it } from "vitest";
import { rememberingLately } from "../../../src/adapters/spool/lately.ts";
import type { EventId } from "../../../src/core/event.ts";
import { aHistory, anEvent, deliveriesOf, type HistoryBench } from "../../helpers/history.ts";
import { aRedis, type TestRedis } from "../../helpers/redis.ts";
import { describeWithRedis } from "../../helpers/require.ts";
import { until } from "../../helpers/until.ts";

let redis: TestRedis;
let bench: HistoryBench;
let connection: EventEmitter;
let store: ReturnType<typeof rememberingLately>;
let isFast: boolean;
const renamed: EventId[][] = [];

beforeEach(async () => {
  redis = await aRedis();
  bench = await aHistory({ url: redis.url });
  connection = new EventEmitter();
  isFast = true;
  renamed.length = 0;
  store = rememberingLately({
    ...{ store: bench.store, connection, log: bench.log, isFast: () => isFast },
    has: async (id) => (await bench.history.event(id)) !== undefined,
    known: async (told, known) => renamed.push([told, known]),
  });
});
afterEach(async () => {
  store.stop();
  bench.close();
  await redis.close();
});

async function commit(parts = {}): Promise<EventId> {
  const event = anEvent(bench.now(), { event: parts });
  await store.commit(event, deliveriesOf(event.context.id, { "to-api": "api" }));
  return event.context.id;
}

const has = async (id: EventId): Promise<boolean> => (await bench.history.event(id)) !== undefined;

describeWithRedis("what the store acknowledged lately", () => {
  it("is stored again under the same ids where the store has forgotten it, and a commit that comes meanwhile waits", async () => {
    const ids = [await commit(), await commit(), await commit()];
    connection.emit("close");
    redis.cli("FLUSHALL");
    connection.emit("ready");
    const later = await commit();
    for (const id of [...ids, later]) expect(await has(id)).toBe(true);
    expect(bench.log.lines.map(({ step }) => step)).toContain("store.reminded");
  });

  it("is left alone where the store has it", async () => {
    const id = await commit();
    connection.emit("close");
    connection.emit("ready");
    await commit();
    expect(await has(id)).toBe(true);
    expect(bench.log.lines.map(({ step }) => step)).not.toContain("store.reminded");
  });

  it("is not remembered where the disk or a replica had it before it was acknowledged", async () => {
    isFast = false;
    const id = await commit();
    connection.emit("close");
    redis.cli("FLUSHALL");
    connection.emit("ready");
    await commit();
    expect(await has(id)).toBe(false);
  });

  it("is known by the other event's id where its sender has sent it again meanwhile, to another ingest", async () => {
    const told = await commit({ dedupeKey: "its own id" });
    connection.emit("close");
    redis.cli("FLUSHALL");
    const other = anEvent(bench.now(), { event: { dedupeKey: "its own id" } });
    await bench.store.commit(other, deliveriesOf(other.context.id, { "to-api": "api" }));
    connection.emit("ready");
    await until("its id is told", () => renamed.length > 0);
    expect(renamed).toEqual([[told, other.context.id]]);
    expect(await has(told)).toBe(false);
  });
});
