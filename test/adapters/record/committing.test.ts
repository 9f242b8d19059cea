/** A batch on a real store: all of it or none, whatever dies, and each item on its own when some were known. */
import { readFileSync, truncateSync, copyFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import type { Commit } from "../../../src/ports.ts";
import { aHistory, anEvent, deliveriesOf, type HistoryBench } from "../../helpers/history.ts";
import { aRedis, type TestRedis } from "../../helpers/redis.ts";
import { describeWithRedis } from "../../helpers/require.ts";
import { until } from "../../helpers/until.ts";

let redis: TestRedis;
let bench: HistoryBench;

async function start(options: Readonly<Record<string, string>> = {}): Promise<void> {
  redis = await aRedis(options);
  bench = await aHistory({ url: redis.url });
}

afterEach(async () => {
  bench.close();
  await redis.close();
});

const aCommit = (routes: Readonly<Record<string, string>> = { "to-api": "api" }, key?: string): Commit => {
  const event = anEvent(bench.now(), key === undefined ? {} : { event: { dedupeKey: key } });
  return { event, deliveries: deliveriesOf(event.context.id, routes) };
};

describeWithRedis("a batch", () => {
  it("stores what is new, knows what was there and what is in it twice, and takes what no route wants", async () => {
    await start();
    const known = aCommit(undefined, "k-1");
    await bench.store.commit(known.event, known.deliveries);
    const fresh = aCommit(undefined, "k-2");
    const unrouted = aCommit({}, "k-3");
    const commits = [aCommit(undefined, "k-1"), fresh, aCommit(undefined, "k-2"), unrouted];
    const committed = await bench.store.commitAll(commits);
    const open = { state: "pending", route: "to-api", target: "api" };
    expect(committed).toMatchObject([
      { kind: "duplicate", event: known.event.context.id, deliveries: [open] },
      { kind: "stored" },
      { kind: "duplicate", event: fresh.event.context.id, deliveries: [open] },
      { kind: "stored" },
    ]);
    const { items } = await bench.history.events({ limit: 10 });
    expect(items.map(({ id, state }) => [id, state]).sort()).toEqual(
      [
        [known.event.context.id, "open"],
        [fresh.event.context.id, "open"],
        [unrouted.event.context.id, "unrouted"],
      ].sort(),
    );
    expect(await bench.queues.has(fresh.deliveries)).toEqual([true]);
    const [hour] = await bench.history.balance(1, { recount: true });
    expect(hour).toMatchObject({ events: 3, duplicates: 2, made: 2, unrouted: 1, balanced: true });
  });

  it("is stored again without doing anything twice when its answer was lost", async () => {
    await start();
    const commits = [aCommit(), aCommit(), aCommit({})];
    for (let nth = 0; nth < 3; nth++)
      expect((await bench.store.commitAll(commits)).map(({ kind }) => kind)).toEqual(Array(3).fill("stored"));
    expect((await bench.history.usage()).events).toBe(3);
  });

  it("is refused whole where the store has no room, and nothing of it is there", async () => {
    await start();
    const [one] = [aCommit()];
    await bench.store.commit(one.event, one.deliveries);
    redis.cli("CONFIG", "SET", "maxmemory", "1mb");
    await expect(bench.store.commitAll([aCommit(), aCommit(), aCommit()])).rejects.toThrow(
      /ACCEPT_STORE_UNAVAILABLE/,
    );
    redis.cli("CONFIG", "SET", "maxmemory", "0");
    expect((await bench.history.usage()).events).toBe(1);
  });

  it("is there whole or not at all after a crash of the store, wherever its log ends", async () => {
    await start({ appendonly: "yes", appendfsync: "always", "aof-use-rdb-preamble": "no" });
    const first = aCommit();
    await bench.store.commit(first.event, first.deliveries);
    const folder = redis.cli("CONFIG", "GET", "dir").split("\n")[1]!;
    const log = join(folder, "appendonlydir", "appendonly.aof.1.incr.aof");
    const before = readFileSync(log).length;
    await bench.store.commitAll(Array.from({ length: 10 }, () => aCommit()));
    await redis.kill();
    const whole = `${log}.whole`;
    copyFileSync(log, whole);
    const added = readFileSync(whole).length - before;
    expect(added).toBeGreaterThan(10_000);
    for (const share of [0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 1]) {
      copyFileSync(whole, log);
      truncateSync(log, before + Math.floor(added * share));
      await redis.start();
      const events = await until("the store is back", async () => (await bench.history.usage()).events);
      expect(events, `with ${share * 100} % of the batch`).toBe(share === 1 ? 11 : 1);
      await redis.kill();
    }
  });

  it("of a thousand events is stored in one go", async () => {
    await start();
    const commits = Array.from({ length: 1_000 }, () => aCommit());
    const committed = await bench.store.commitAll(commits);
    expect(committed.every(({ kind }) => kind === "stored")).toBe(true);
    expect((await bench.history.usage()).events).toBe(1_000);
    const [, microseconds] =
      /cmdstat_exec:.*?usec_per_call=([\d.]+)/.exec(redis.cli("INFO", "commandstats")) ?? [];
    // Others wait for so long; an answer to a sender may take 3 s.
    expect(Number(microseconds)).toBeLessThan(1_000_000);
  });
});

describeWithRedis("what comes in within a turn of the event loop", () => {
  it("is stored by one call of a script, each event as if it were alone: known, new, twice in it, or broken", async () => {
    await start();
    const known = aCommit(undefined, "k-1");
    await bench.store.commit(known.event, known.deliveries);
    redis.cli("rpush", "{sb}:k:github:k-broken", "no text");
    redis.cli("config", "resetstat");
    const fresh = aCommit(undefined, "k-2");
    const commits = [
      aCommit(undefined, "k-1"),
      fresh,
      aCommit(undefined, "k-broken"),
      aCommit(undefined, "k-2"),
    ];
    const done = await Promise.allSettled(
      commits.map(({ event, deliveries }) => bench.store.commit(event, deliveries)),
    );
    expect(done).toMatchObject([
      { value: { kind: "duplicate", event: known.event.context.id } },
      { value: { kind: "stored" } },
      {
        reason: { code: "ACCEPT_STORE_UNAVAILABLE", detail: expect.stringContaining("WRONGTYPE") as string },
      },
      { value: { kind: "duplicate", event: fresh.event.context.id } },
    ]);
    expect(redis.cli("info", "commandstats")).toMatch(/cmdstat_evalsha:calls=1,/);
    expect(await bench.queues.has([...fresh.deliveries, ...commits[2]!.deliveries])).toEqual([true, false]);
  });

  it("is several calls where it makes so much work that the store would serve nobody else for long", async () => {
    await start();
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`to-${at}`, `api-${at % 3}`]));
    const commits = Array.from({ length: 6 }, () => aCommit(many));
    await bench.store.commit(aCommit().event, []);
    redis.cli("config", "resetstat");
    const done = await Promise.all(
      commits.map(({ event, deliveries }) => bench.store.commit(event, deliveries)),
    );
    expect(done.map(({ kind }) => kind)).toEqual(Array(6).fill("stored"));
    expect(redis.cli("info", "commandstats")).toMatch(/cmdstat_evalsha:calls=2,/);
    const all = commits.flatMap(({ deliveries }) => deliveries);
    expect(await bench.queues.has(all)).toEqual(Array(360).fill(true));
  });

  it("is refused by the store's own word where it takes none of it", async () => {
    await start();
    const [one] = [aCommit()];
    await bench.store.commit(one.event, one.deliveries);
    redis.cli("config", "set", "maxmemory", "1mb");
    const several = [aCommit(), aCommit(), aCommit()];
    const done = await Promise.allSettled(
      several.map(({ event, deliveries }) => bench.store.commit(event, deliveries)),
    );
    const said = expect.stringContaining("OOM command not allowed") as string;
    expect(done).toMatchObject(
      several.map(() => ({ reason: { code: "ACCEPT_STORE_UNAVAILABLE", detail: said } })),
    );
  });
});
