/** A store that comes back without what it said it had: Redis answers before it writes while its disk syncs, and is killed then. */
import { statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { post } from "../helpers/github.ts";
import { aRedis, type TestRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { until } from "../helpers/until.ts";

let redis: TestRedis;
let scene: Scene;

afterEach(async () => {
  await scene.close();
  await redis.close();
});

const LOG = join("appendonlydir", "appendonly.aof.1.incr.aof");

describeWithRedis("a store that forgets what it acknowledged last", () => {
  it("is reminded: each event is delivered once, under the id that its sender was told, and those it kept are left alone", async () => {
    redis = await aRedis({
      appendonly: "yes",
      "maxmemory-policy": "noeviction",
      "aof-use-rdb-preamble": "no",
    });
    scene = await aScene({ redisUrl: redis.url, environment: { SIGNALBOX_ROLE: "ingest" } });
    const told: string[] = [];
    const send = async (count: number): Promise<void> => {
      for (let nth = 0; nth < count; nth++) {
        const { status, json } = await post(scene.router.hooks, { body: JSON.stringify({ n: told.length }) });
        expect(status).toBe(202);
        told.push(json.deliveries![0]!);
      }
    };
    const log = join(redis.cli("CONFIG", "GET", "dir").split("\n")[1]!, LOG);
    await send(5);
    const written = statSync(log).size;
    await send(10);
    await redis.kill();
    expect(statSync(log).size).toBeGreaterThan(written);
    truncateSync(log, written);
    await redis.start();
    await until("the store has all of them again", () => Number(redis.cli("ZCARD", "{sb}:events")) === 15, {
      withinMs: 30_000,
    });
    await scene.start({ SIGNALBOX_ROLE: "worker" });
    const arrived = (): string[] => scene.target.arrivals.map(({ headers }) => String(headers["webhook-id"]));
    await until("all are delivered", () => arrived().length >= 15, { withinMs: 30_000 });
    expect(arrived().sort()).toEqual([...told].sort());
    expect(scene.target.arrivals.map(({ json }) => (json as { n: number }).n).sort((a, b) => a - b)).toEqual(
      told.map((_id, n) => n),
    );
  }, 90_000);
});
