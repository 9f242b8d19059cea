/** New files come to one process after the other: what is made by them waits for whoever has got them. */
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { SECRET, post } from "../helpers/github.ts";
import { aRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { aRouter } from "../helpers/router.ts";
import { aScene } from "../helpers/scene.ts";
import { until } from "../helpers/until.ts";

const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "signalbox-rollout-"));
  closing.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

describeWithRedis("a route that is new", () => {
  it(
    "makes no dead letters at a worker that has not got it yet, and does once nobody else has it",
    { timeout: 60_000 },
    async () => {
      const redis = await aRedis({ "maxmemory-policy": "noeviction" });
      closing.push(() => redis.close());
      const scene = await aScene({
        redisUrl: redis.url,
        environment: { SIGNALBOX_ROLE: "ingest" },
        files: { "routes/fresh.yaml": "source: github\ntarget: api\n", "routes/everything.yaml": "" },
      });
      closing.push(() => scene.close());
      const dir = await aFolder();
      await cp(scene.dir, dir, { recursive: true });
      await rm(join(dir, "routes/fresh.yaml"));
      const environment = { SECRET, TARGET: scene.target.url, SIGNALBOX_ROLE: "worker" };
      const behind = await aRouter({ dir, dataDir: await aFolder(), redisUrl: redis.url, environment });
      closing.push(() => behind.end());
      for (let nth = 0; nth < 20; nth++) await post(scene.router.hooks, { body: `{"n":${nth}}` });
      await until("the worker has looked at them", () => redis.cli("zcard", "{sb}:q:api:delayed") === "20");
      expect(redis.cli("zcard", "{sb}:dead")).toBe("0");
      const worker = await scene.start({ SIGNALBOX_ROLE: "worker" });
      await until("all have arrived", () => scene.target.arrivals.length === 20, { withinMs: 30_000 });
      expect(redis.cli("zcard", "{sb}:dead")).toBe("0");
      await worker.end();
      await post(scene.router.hooks, { body: '{"n":20}' });
      await scene.router.end();
      await until("nobody has the route any more", () => redis.cli("zcard", "{sb}:dead") === "1", {
        withinMs: 30_000,
      });
      expect(scene.target.arrivals).toHaveLength(20);
    },
  );
});
