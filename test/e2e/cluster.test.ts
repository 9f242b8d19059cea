/** A store that is a Redis Cluster of three primaries and three replicas: what one node holds, a planned and an unplanned failover. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { aCluster, type TestCluster } from "../helpers/cluster.ts";
import { post } from "../helpers/github.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { run } from "../helpers/router.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { until } from "../helpers/until.ts";

const KEY = "{sb}:events";

describeWithRedis("a router whose store is a cluster", () => {
  let cluster: TestCluster;
  let scene: Scene;
  const arrived = (): Set<string> =>
    new Set(scene.target.arrivals.map(({ json }) => (json as { ref: string }).ref));
  const send = async (ref: string): Promise<number> =>
    (await post(scene.router.hooks, { body: JSON.stringify({ ref }) })).status;

  beforeAll(async () => {
    cluster = await aCluster({ appendonly: "yes" });
    scene = await aScene({
      redisUrl: cluster.url,
      files: {
        "routes/in-order.yaml": "source: github\norder: { key: ref }\ntarget: api\n",
        "routes/latest.yaml": "source: github\nlatest: { key: ref }\ntarget: api\n",
      },
    });
  }, 90_000);

  afterAll(async () => {
    await scene?.close();
    await cluster?.close();
  });

  it("delivers, knows repetitions, lets people in, and keeps all of it on one node", async () => {
    const id = "one-and-the-same";
    const sent = await post(scene.router.hooks, { id, body: '{"ref":"first"}' });
    expect(sent.status).toBe(202);
    expect(sent.json.deliveries).toHaveLength(3);
    await until("it arrives on each route", () => scene.target.arrivals.length >= 3);
    expect(await post(scene.router.hooks, { id, body: '{"ref":"first"}' })).toMatchObject({
      status: 200,
      json: { id: sent.json.id, duplicate: true },
    });
    expect(scene.router.setup).toContain("/setup#");
    const owner = cluster.ownerOf(KEY)!;
    const sizes = cluster.nodes.map((node) => [node, Number(node.cli("dbsize"))] as const);
    const holding = sizes.filter(([, size]) => size > 0).map(([node]) => node.port);
    expect(holding.sort()).toEqual([owner.port, cluster.replicaOf(owner).port].sort());
    const errors = scene.router.log.filter(({ level }) => level === "error");
    expect(errors).toEqual([]);
  });

  it("is told of in plain words, and a single node of it is refused as a store", async () => {
    const environment = (url: string): Record<string, string> => ({
      REDIS_URL: url,
      SIGNALBOX_DATA_DIR: scene.dataDir,
    });
    const fine = await run(["doctor", "--dir", scene.dir], environment(cluster.url));
    expect(fine.stdout).toMatch(/127\.0\.0\.1:\d+, 127\.0\.0\.1:\d+ \(cluster\)/);
    const one = await run(["doctor", "--dir", scene.dir], environment(cluster.nodes[0]!.url));
    expect(one.code).toBe(1);
    expect(one.stdout).toContain("redis+cluster://");
  });

  it("follows a failover that somebody asked for, at which the former primary answers MOVED", async () => {
    const former = cluster.ownerOf(KEY)!;
    cluster.replicaOf(former).cli("cluster", "failover");
    const accepted: string[] = [];
    await until(
      "the replica has taken over",
      async () => {
        const ref = `planned-${accepted.length}`;
        expect(await send(ref)).toBe(202);
        accepted.push(ref);
        const owner = cluster.ownerOf(KEY);
        return owner !== undefined && owner.port !== former.port;
      },
      { withinMs: 20_000 },
    );
    for (let nth = 0; nth < 20; nth++) {
      expect(await send(`moved-${nth}`)).toBe(202);
      accepted.push(`moved-${nth}`);
    }
    await until("all that was accepted arrives", () => accepted.every((ref) => arrived().has(ref)), {
      withinMs: 30_000,
    });
    expect((await scene.router.ask("/readyz")).status).toBe(200);
  });

  it("loses nothing that it answered for with `strict`, though the primary dies in the middle of it", async () => {
    const former = cluster.ownerOf(KEY)!;
    await until("it has a replica", () => former.cli("info", "replication").includes("state=online"));
    const strict = await scene.start({ SIGNALBOX_DURABILITY: "strict" });
    const accepted: string[] = [];
    const sending = Array.from({ length: 60 }, async (_, nth) => {
      await new Promise((resolve) => setTimeout(resolve, nth * 10));
      const ref = `strict-${nth}`;
      const { status } = await post(strict.hooks, { body: JSON.stringify({ ref }) });
      if (status === 202) accepted.push(ref);
    });
    await until("half of them are accepted", () => accepted.length >= 30);
    await former.kill();
    await Promise.all(sending);
    expect(accepted.length).toBe(60);
    await until("another node has the slot", () => cluster.ownerOf(KEY) !== undefined, { withinMs: 30_000 });
    // What nobody can confirm waits in the spool until there is a replica again.
    await former.start();
    await until(
      "the former primary follows the new one",
      () => former.cli("info", "replication").includes("master_link_status:up"),
      { withinMs: 20_000 },
    );
    await until("all that was accepted arrives", () => accepted.every((ref) => arrived().has(ref)), {
      withinMs: 30_000,
    });
    await strict.end();
  }, 120_000);

  it("accepts while the primary is dead, and delivers all of it by the replica that was elected", async () => {
    const former = cluster.ownerOf(KEY)!;
    await until("its replica has caught up", () =>
      former.cli("info", "replication").includes("state=online"),
    );
    await former.kill();
    const accepted: string[] = [];
    await until(
      "another node has the slot",
      async () => {
        const ref = `dead-${accepted.length}`;
        expect(await send(ref)).toBe(202);
        accepted.push(ref);
        return cluster.ownerOf(KEY) !== undefined;
      },
      { withinMs: 30_000, everyMs: 100 },
    );
    for (let nth = 0; nth < 20; nth++) {
      expect(await send(`elected-${nth}`)).toBe(202);
      accepted.push(`elected-${nth}`);
    }
    await until("all that was accepted arrives", () => accepted.every((ref) => arrived().has(ref)), {
      withinMs: 30_000,
    });
    await until("it is ready again", async () => (await scene.router.ask("/readyz")).status === 200, {
      withinMs: 15_000,
    });
    await former.start();
    await until("the former primary follows the new one", () =>
      former.cli("info", "replication").includes("role:slave"),
    );
    expect(await send("afterwards")).toBe(202);
    await until("it arrives", () => arrived().has("afterwards"));
  });
});
