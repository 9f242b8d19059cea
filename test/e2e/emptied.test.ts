/** A store that is emptied under a router that runs: it is told of, and all that comes after is delivered. */
import { afterEach, expect, it } from "vitest";
import { post } from "../helpers/github.ts";
import { aRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { aScene } from "../helpers/scene.ts";
import { until } from "../helpers/until.ts";

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

describeWithRedis("a store that is emptied", () => {
  it("is told of once with what to do, and events that come afterwards are delivered, those of known ids anew", async () => {
    const redis = await aRedis({ appendonly: "yes" });
    closing.push(() => redis.close());
    const scene = await aScene({ redisUrl: redis.url });
    closing.push(() => scene.close());
    const arrived = (body: string): number =>
      scene.target.arrivals.filter((arrival) => arrival.body === body).length;
    await post(scene.router.hooks, { id: "one", body: '{"n":1}' });
    await until("it arrives", () => arrived('{"n":1}') === 1);
    const told = (): Record<string, unknown>[] =>
      scene.router.log.filter((line) => line["step"] === "store.emptied");
    await until("the store has a name", () => redis.cli("exists", "{sb}:identity") === "1");
    redis.cli("flushall");
    await until("it is told", () => told().length === 1, { withinMs: 15_000 });
    expect(told()[0]).toMatchObject({ level: "error", fix: expect.stringContaining("FLUSHALL") as string });
    for (const n of [2, 3]) await post(scene.router.hooks, { body: `{"n":${n}}` });
    await post(scene.router.hooks, { id: "one", body: '{"n":1}' });
    await until(
      "they arrive",
      () => arrived('{"n":2}') + arrived('{"n":3}') === 2 && arrived('{"n":1}') === 2,
    );
    expect(told()).toHaveLength(1);
  }, 60_000);
});
