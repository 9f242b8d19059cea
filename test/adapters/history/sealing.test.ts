import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach, beforeAll, expect, it } from "vitest";
import type { DeliveryId } from "../../../src/core/delivery.ts";
import type { EventId } from "../../../src/core/event.ts";
import type { KeptHistory } from "../../../src/adapters/history/history.ts";
import build from "../../helpers/build.ts";
import { aHistory, anAttempt, DEAD, OK, type HistoryBench } from "../../helpers/history.ts";
import { aRedis, type TestRedis } from "../../helpers/redis.ts";
import { describeWithRedis } from "../../helpers/require.ts";

const program = fileURLToPath(new URL("../../helpers/sealing.js", import.meta.url));
/** Seals at once whatever is settled, in segments so small that every merge meets them. */
const EAGER = { events: 40, hotMs: 0, waitMs: 0, lateEvents: 1, lateMs: 0 };

let redis: TestRedis;
const open: { close(): void }[] = [];

beforeAll(build);
afterEach(async () => {
  for (const one of open.splice(0)) one.close();
  await redis.close();
});

async function start(options: Readonly<Record<string, string>> = {}): Promise<HistoryBench> {
  redis = await aRedis(options);
  return another();
}

async function another(): Promise<HistoryBench> {
  const bench = await aHistory({ url: redis.url }, EAGER, 0);
  open.push(bench);
  return bench;
}

/** Writes events and keeps changing old ones, until stopped; knows what must be there. */
function writer(bench: HistoryBench) {
  const expected = new Map<DeliveryId, number>();
  let stopped = false;
  let turn = 0;
  const write = async (): Promise<void> => {
    while (!stopped) {
      const { deliveries } = await bench.accept({ event: { tags: { turn: ++turn } } });
      const [delivery] = deliveries;
      const { id } = delivery!;
      const seen = (await bench.store.load(id, false))!;
      await bench.attempt(id, turn % 4 === 0 ? DEAD : OK);
      expected.set(id, 1);
      if (turn % 3 === 0) {
        // A replay of one that may be hot, sealed, or on its way.
        const old = [...expected.keys()][Math.floor(Math.random() * expected.size)]!;
        const event = `evt_${old.slice(4, 30)}` as const;
        expect(await bench.history.reopen({ id: old, event, route: "to-api", target: "api" })).toBe("opened");
        await bench.attempt(old, OK);
        expected.set(old, expected.get(old)! + 1);
      }
      if (turn % 5 === 0) {
        // A worker that was too slow writes down its attempt as well.
        await bench.store.settle({ ...seen, attemptsEver: 50 }, anAttempt(seen, bench.now(), OK), OK);
        expected.set(id, expected.get(id)! + 1);
      }
    }
  };
  const writing = write();
  return {
    expected,
    turns: () => turn,
    async stop() {
      stopped = true;
      await writing;
    },
  };
}

/** Every delivery once in the lists, with as many attempts as were made. */
async function check(history: KeptHistory, expected: ReadonlyMap<DeliveryId, number>): Promise<void> {
  const found: DeliveryId[] = [];
  let cursor: string | undefined;
  do {
    const page = await history.deliveries({ limit: 500, ...(cursor && { cursor }) });
    found.push(...page.items.map(({ id }) => id));
    cursor = page.next;
  } while (cursor !== undefined);
  expect(found).toEqual([...expected.keys()].sort().reverse());
  const wrong: string[] = [];
  for (const [id, attempts] of expected) {
    const detail = await history.delivery(id);
    if (detail?.attemptList.length !== attempts)
      wrong.push(`${id}: ${detail?.attemptList.length} of ${attempts}`);
  }
  expect(wrong).toEqual([]);
  const rows = await history.balance(2, { recount: true });
  expect(rows.filter(({ balanced, recounted }) => !balanced || recounted === undefined)).toEqual([]);
}

async function aSealer(): Promise<ChildProcess> {
  const child = spawn(process.execPath, [program, redis.url, JSON.stringify(EAGER)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  open.push({ close: () => void child.kill("SIGKILL") });
  await once(child.stdout!, "data");
  return child;
}

const some = (least: number, most: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, least + Math.random() * (most - least)));

describeWithRedis("sealing", () => {
  it("takes an event of many thousand attempts, more than a command of a script has room for", async () => {
    const bench = await start();
    const { event, deliveries } = await bench.accept();
    const id = deliveries[0]!.id;
    await bench.attempt(id, OK);
    const key = `{sb}:e:${event.context.id.slice(4)}`;
    const first = `a:${id.slice(30)}:1`;
    const text = await bench.commands.hget(key, first);
    const many = Array.from({ length: 9_000 }, (_, nth) => [`a:${id.slice(30)}:${nth + 2}`, text!]);
    await bench.commands.hset(key, ...many.flat());
    bench.pass(1_000);
    expect(await bench.history.seal()).toBe(1);
    expect(await bench.commands.exists(key)).toBe(0);
    expect((await bench.history.delivery(id))?.attemptList).toHaveLength(9_001);
  });

  it(
    "loses no late write and shows nothing twice, two sealers at once and everything changing",
    { timeout: 60_000 },
    async () => {
      const bench = await start();
      const other = await another();
      const writing = writer(bench);
      const seal = async (one: HistoryBench): Promise<void> => {
        while (writing.turns() < 500) {
          await one.commands.del("{sb}:sealer");
          await one.history.seal();
        }
      };
      await Promise.all([seal(bench), seal(other)]);
      await writing.stop();
      expect((await bench.history.usage()).segments).toBeGreaterThan(5);
      await check(bench.history, writing.expected);
      await check(other.history, writing.expected);
    },
  );

  it("loses nothing when the sealer is killed, again and again", { timeout: 90_000 }, async () => {
    const bench = await start();
    const writing = writer(bench);
    for (let kills = 0; kills < 12; kills++) {
      const sealer = await aSealer();
      await some(30, 300);
      sealer.kill("SIGKILL");
      await once(sealer, "exit");
    }
    await writing.stop();
    expect((await bench.history.usage()).segments).toBeGreaterThan(2);
    await check(bench.history, writing.expected);
  });

  it(
    "loses nothing when the store is killed while it seals, and leaves no segment half written",
    { timeout: 90_000 },
    async () => {
      const bench = await start({ appendonly: "yes", appendfsync: "always" });
      await aSealer();
      const expected = new Map<DeliveryId, number>();
      for (let kills = 0; kills < 4; kills++) {
        const writing = writer(bench);
        await some(200, 500);
        await writing.stop();
        for (const [id, attempts] of writing.expected) expected.set(id, attempts);
        await redis.kill();
        await redis.start();
        await bench.commands.ping();
        await some(100, 200);
      }
      const numbers = (await bench.commands.hkeys("{sb}:dir")).map(Number);
      const kept = (await bench.commands.keys("{sb}:s:*")).map((key) => Number(key.split(":")[2]));
      expect(kept.filter((number) => !numbers.includes(number))).toEqual([]);
      await check(bench.history, expected);
    },
  );

  it("cuts what comes late as usual, where the store's clock was ahead and the newest segment reaches into that future", async () => {
    const bench = await start();
    const DAY = 86_400_000;
    const ids: string[] = [];
    const some = async (): Promise<void> => {
      for (let n = 0; n < 40; n++) ids.push((await bench.accept({ routes: {} })).event.context.id);
      await bench.history.seal();
    };
    const counts = async (): Promise<number[]> =>
      Object.values(await bench.commands.hgetall("{sb}:dir")).map(
        (entry) => (JSON.parse(entry) as { count: number }).count,
      );
    await some();
    bench.pass(DAY);
    await some();
    bench.pass(-DAY);
    for (let round = 0; round < 8; round++) await some();
    expect((await bench.history.usage()).hot).toBe(0);
    expect((await counts()).reduce((sum, count) => sum + count, 0)).toBe(400);
    expect(Math.max(...(await counts()))).toBeLessThanOrEqual(80);
    for (const id of ids) expect(await bench.history.event(id as EventId), id).toBeDefined();
  });
});
