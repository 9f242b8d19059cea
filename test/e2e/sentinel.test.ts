/** A store behind sentinels: the primary dies, its replica is promoted, and the router goes on there. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { post } from "../helpers/github.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { run } from "../helpers/router.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { aWatchedRedis, type WatchedRedis } from "../helpers/sentinel.ts";
import { until } from "../helpers/until.ts";

describeWithRedis("a router whose store is known by sentinels", () => {
  let store: WatchedRedis;
  let scene: Scene;
  const refsSeen = (): Set<string> =>
    new Set(scene.target.arrivals.map(({ json }) => (json as { ref: string }).ref));

  beforeAll(async () => {
    store = await aWatchedRedis();
    scene = await aScene({ redisUrl: store.url });
  });

  afterAll(async () => {
    await scene?.close();
    await store?.close();
  });

  it("finds the primary, and tells where it is without a password", async () => {
    await post(scene.router.hooks, { body: '{"ref":"before"}' });
    await until("it arrives", () => refsSeen().has("before"));
    const said = await run(["doctor", "--dir", scene.dir], {
      REDIS_URL: store.url.replace("//", "//:hunter2@"),
      SIGNALBOX_DATA_DIR: scene.dataDir,
    });
    expect(said.stdout).toMatch(/main \(sentinel 127\.0\.0\.1:\d+\)/);
    expect(said.stdout + said.stderr).not.toContain("hunter2");
  });

  it("goes on with the replica after the primary has died, and delivers what was accepted there", async () => {
    const primaryPort = store.primary.port;
    await store.primary.kill();
    const accepted: string[] = [];
    await until(
      "an event is accepted by the new primary",
      async () => {
        const ref = `after-${accepted.length}-${Date.now()}`;
        const { status } = await post(scene.router.hooks, { body: JSON.stringify({ ref }) });
        if (status === 202) accepted.push(ref);
        return store.replica.cli("info", "replication").includes("role:master") && status === 202;
      },
      { withinMs: 30_000, everyMs: 250 },
    );
    for (let nth = 0; nth < 20; nth++) {
      const ref = `then-${nth}`;
      const { status } = await post(scene.router.hooks, { body: JSON.stringify({ ref }) });
      expect(status).toBe(202);
      accepted.push(ref);
    }
    await until("all that was accepted arrives", () => accepted.every((ref) => refsSeen().has(ref)), {
      withinMs: 20_000,
    });
    expect(store.replica.port).not.toBe(primaryPort);
    const ready = (await (await scene.router.ask("/readyz")).json()) as { ok: boolean };
    expect(ready.ok).toBe(true);
  });

  it("says in plain words that the sentinels do not know the name", async () => {
    const said = await run(["doctor", "--dir", scene.dir], {
      REDIS_URL: store.url.replace("/main", "/other"),
      SIGNALBOX_DATA_DIR: scene.dataDir,
    });
    expect(said.code).toBe(1);
    expect(said.stdout).toMatch(/know no primary of this name: other \(sentinel 127\.0\.0\.1:\d+\)/);
  });
});
