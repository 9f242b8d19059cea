/** Machines whose clocks are wrong: all times that count are the store's. */
import { afterEach, expect, it } from "vitest";
import { post } from "../helpers/github.ts";
import { aRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { status } from "../helpers/target.ts";
import { until } from "../helpers/until.ts";

const HOUR_MS = 3_600_000;
const preload = new URL("../../bench/chaos/clock.js", import.meta.url).href;
const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

describeWithRedis("a worker whose clock is wrong", () => {
  it.each([
    ["an hour ahead", HOUR_MS],
    ["an hour behind", -HOUR_MS],
  ])(
    "tries again when it is time by the store's clock: %s",
    async (_how, wrongBy) => {
      const redis = await aRedis({ appendonly: "yes" });
      closing.push(() => redis.close());
      const scene = await aScene({ redisUrl: redis.url, environment: { SIGNALBOX_ROLE: "ingest" } });
      closing.push(() => scene.close());
      await scene.start({
        SIGNALBOX_ROLE: "worker",
        NODE_OPTIONS: `--import ${preload}`,
        CHAOS_CLOCK_MS: String(wrongBy),
      });
      const at: number[] = [];
      scene.target.answer = (arrival, response, nth) => {
        at.push(Date.now());
        if (at.length > 1) return status(200)(arrival, response, nth);
        response.writeHead(503, { "retry-after": "2" }).end();
      };
      await post(scene.router.hooks, { body: '{"n":1}' });
      await until("it is tried again", () => at.length > 1, { withinMs: 15_000 });
      expect(at[1]! - at[0]!).toBeGreaterThanOrEqual(1_900);
    },
    90_000,
  );
});

describeWithRedis("a router whose machine's clock is set while it runs", () => {
  async function stepping(by: number, files: Readonly<Record<string, string>>): Promise<Scene> {
    const redis = await aRedis({ appendonly: "yes" });
    closing.push(() => redis.close());
    const scene = await aScene({
      redisUrl: redis.url,
      environment: { NODE_OPTIONS: `--import ${preload}`, CHAOS_CLOCK_STEP_MS: String(by) },
      files,
    });
    closing.push(() => scene.close());
    return scene;
  }
  const rest = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

  it("sends nothing before its time when it is set an hour forward", { timeout: 60_000 }, async () => {
    const scene = await stepping(HOUR_MS, {
      "routes/everything.yaml": "",
      "routes/to-api.yaml": "source: github\ntarget: api\ndelay: 1800\n",
    });
    await post(scene.router.hooks, { body: "{}" });
    scene.router.process.kill("SIGUSR2");
    await rest(4_000);
    expect(scene.target.arrivals).toEqual([]);
  });

  it("keeps the lock of what is under way when it is set a minute back", { timeout: 60_000 }, async () => {
    const scene = await stepping(-60_000, { "targets/api.yaml": "url: ${TARGET}/api\ntimeoutSeconds: 25\n" });
    scene.target.answer = (arrival, response, nth) =>
      void setTimeout(() => status(200)(arrival, response, nth), 12_000);
    await post(scene.router.hooks, { body: "{}" });
    await until("it is under way", () => scene.target.arrivals.length === 1);
    scene.router.process.kill("SIGUSR2");
    await rest(11_000);
    expect(scene.target.arrivals).toHaveLength(1);
  });
});
