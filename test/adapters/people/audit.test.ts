/** The audit trail on a real Redis: a chain that several processes add to, and that shows what was tampered with. */
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { createAudit, type AuditTrail } from "../../../src/adapters/people/audit.ts";
import { connectOperator, whenReady, type StoreConnection } from "../../../src/adapters/store/redis.ts";
import { aLog } from "../../helpers/log.ts";
import { aRedis, type TestRedis } from "../../helpers/redis.ts";
import { describeWithRedis } from "../../helpers/require.ts";

const DAY_MS = 86_400_000;

describeWithRedis("the audit trail", () => {
  let redis: TestRedis;
  let connections: StoreConnection[];
  let trails: AuditTrail[];
  let now = Date.UTC(2026, 0, 1);

  beforeAll(async () => {
    redis = await aRedis();
    connections = [1, 2].map(() => connectOperator({ url: redis.url }, aLog()));
    await Promise.all(connections.map((connection) => whenReady(connection, 5_000)));
    trails = connections.map((connection) => createAudit(connection, { now: () => now }, 90));
  });
  beforeEach(() => redis.cli("flushall"));
  afterAll(async () => {
    connections.forEach((connection) => connection.disconnect());
    await redis?.close();
  });

  const act = (author: string, trail = trails[0]!) => trail.append({ author, action: "test.done" });
  const everything = () => trails[0]!.page({ limit: 1000, matches: () => true });

  it("is empty at first, and whole", async () => {
    expect(await everything()).toEqual({ items: [] });
    expect(await trails[0]!.verify()).toEqual({ entries: 0 });
  });

  it("loses no entry when two processes add a hundred at once, and the chain holds", async () => {
    await Promise.all(Array.from({ length: 100 }, (_, at) => act(`a${at}`, trails[at % 2])));
    const { items } = await everything();
    expect(new Set(items.map(({ author }) => author)).size).toBe(100);
    expect(await trails[1]!.verify()).toEqual({ entries: 100 });
  });

  it("goes on over days, also when another process's clock is behind, and pages from the newest", async () => {
    const ids: string[] = [];
    for (let day = 0; day < 3; day++) {
      await act(`first of ${day}`);
      await act(`second of ${day}`);
      now += DAY_MS;
    }
    const behind = createAudit(connections[1]!, { now: () => now - 2 * DAY_MS }, 90);
    await behind.append({ author: "late", action: "test.done" });
    for (let cursor: string | undefined; ;) {
      const page = await trails[0]!.page({ limit: 2, ...(cursor && { cursor }), matches: () => true });
      ids.push(...page.items.map(({ author }) => author));
      if ((cursor = page.next) === undefined) break;
    }
    const days = [2, 1, 0].flatMap((day) => [`second of ${day}`, `first of ${day}`]);
    expect(ids).toEqual(["late", ...days]);
    expect(await trails[0]!.verify()).toEqual({ entries: 7 });
  });

  it.each([
    [
      "a changed entry",
      (key: string) => redis.cli("lset", key, "2", redis.cli("lindex", key, "2").replace("a2", "x2")),
    ],
    ["a removed entry", (key: string) => redis.cli("lrem", key, "1", redis.cli("lindex", key, "2"))],
    ["a removed end", (key: string) => redis.cli("rpop", key)],
    ["an added entry", (key: string) => redis.cli("rpush", key, redis.cli("lindex", key, "4"))],
  ])("shows %s", async (_what, tamper) => {
    for (let at = 0; at < 5; at++) await act(`a${at}`);
    const day = redis.cli("zrange", "{sb}:audit:days", "0", "0");
    expect((await trails[0]!.verify()).broken).toBeUndefined();
    tamper(`{sb}:audit:${day}`);
    expect((await trails[0]!.verify()).broken).toBeDefined();
  });

  it("forgets whole days when they are over, and what is left is whole", async () => {
    await act("old");
    const [day] = redis.cli("zrange", "{sb}:audit:days", "0", "-1").split("\n");
    const seconds = Number(redis.cli("ttl", `{sb}:audit:${day}`));
    expect(seconds).toBeGreaterThan(90 * 86_400);
    expect(seconds).toBeLessThanOrEqual(91 * 86_400);
    redis.cli("del", `{sb}:audit:${day}`);
    now += 100 * DAY_MS;
    await act("new");
    const { items } = await everything();
    expect(items.map(({ author }) => author)).toEqual(["new"]);
    expect(redis.cli("zcard", "{sb}:audit:days")).toBe("1");
    expect(await trails[0]!.verify()).toEqual({ entries: 1 });
  });

  it("carries out what belongs to an entry in the same step, or neither", async () => {
    const entry = { author: "a", action: "test.done" };
    expect(await trails[0]!.append(entry, [["SET", "thing", "1"]], "0")).toBe("done");
    expect(await trails[1]!.append(entry, [["SET", "thing", "2"]], "0")).toBe("moved");
    expect(redis.cli("get", "thing")).toBe("1");
    expect((await everything()).items).toHaveLength(1);
  });
});
