/** A delivery over which every worker dies: it ends as a dead letter, and all others arrive. */
import { afterEach, expect, it } from "vitest";
import { post } from "../helpers/github.ts";
import { aRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { aScene } from "../helpers/scene.ts";
import { status } from "../helpers/target.ts";
import { until } from "../helpers/until.ts";

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

describeWithRedis("a delivery that kills its worker", () => {
  it("is a dead letter with its own code after five workers, and those that were beside it are delivered", async () => {
    const redis = await aRedis({ appendonly: "yes" });
    closing.push(() => redis.close());
    const scene = await aScene({ redisUrl: redis.url, environment: { SIGNALBOX_ROLE: "ingest" } });
    closing.push(() => scene.close());
    let worker = await scene.start({ SIGNALBOX_ROLE: "worker" });
    let deaths = 0;
    let isOver = false;
    scene.target.answer = (arrival, response, nth) => {
      if ((arrival.json as { poison?: true }).poison !== true) {
        // Slow enough to be in the worker's hand when that dies.
        setTimeout(() => status(200)(arrival, response, nth), 100);
        return;
      }
      deaths++;
      worker.process.kill("SIGKILL");
    };
    const supervising = (async () => {
      while (!isOver) {
        await until("it ends", () => isOver || worker.process.signalCode !== null, { withinMs: 120_000 });
        if (!isOver) worker = await scene.start({ SIGNALBOX_ROLE: "worker" });
      }
    })();
    const poison = await post(scene.router.hooks, { body: '{"poison":true}' });
    const others = await Promise.all(
      Array.from({ length: 60 }, (_, nth) => post(scene.router.hooks, { body: `{"nth":${nth}}` })),
    );
    const id = poison.json.deliveries![0]!;
    const state = async (of: string): Promise<string> =>
      ((await (await scene.router.ask(`/api/v1/deliveries/${of}`)).json()) as { state: string }).state;
    await until("it is a dead letter", async () => (await state(id)) === "dead", {
      withinMs: 150_000,
      everyMs: 200,
    });
    await until(
      "the others are delivered",
      async () => {
        const states = await Promise.all(others.map(({ json }) => state(json.deliveries![0]!)));
        return states.every((one) => one === "delivered");
      },
      { withinMs: 60_000, everyMs: 500 },
    );
    isOver = true;
    await supervising;
    const dead = (await (await scene.router.ask(`/api/v1/deliveries/${id}`)).json()) as {
      code?: string;
      attempts?: number;
    };
    expect(JSON.stringify(dead)).toContain("FORWARD_WORKER_LOST");
    expect(deaths).toBe(5);
  }, 240_000);
});
