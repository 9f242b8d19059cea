/** What happens when processes die, the store goes away, or a target hangs: nothing acknowledged is lost. */
import { randomUUID } from "node:crypto";
import { afterEach, expect, it } from "vitest";
import { post } from "../helpers/github.ts";
import { aRedis, type TestRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { status } from "../helpers/target.ts";
import { until } from "../helpers/until.ts";

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function aStore(): Promise<TestRedis> {
  const redis = await aRedis({
    appendonly: "yes",
    appendfsync: "everysec",
    "maxmemory-policy": "noeviction",
  });
  closing.push(() => redis.close());
  return redis;
}

async function scened(options: Parameters<typeof aScene>[0]): Promise<Scene> {
  const scene = await aScene(options);
  closing.push(() => scene.close());
  return scene;
}

function delivered(scene: Scene): Set<string> {
  return new Set(scene.target.arrivals.map((arrival) => arrival.headers["webhook-id"]!));
}

describeWithRedis("with a Redis of its own", () => {
  it("delivers what a worker killed with -9 had in hand, once it is restarted, under the same ids", async () => {
    const redis = await aStore();
    const scene = await scened({ redisUrl: redis.url });
    scene.target.answer = () => undefined;
    const { json } = await post(scene.router.hooks, { body: '{"in":"hand"}' });
    await until("the attempt is under way", () => scene.target.arrivals.length === 1);
    await scene.router.end("SIGKILL");
    scene.target.answer = status(200);
    const again = await scene.start();
    await until("it arrives again", () => scene.target.arrivals.length > 1, { withinMs: 20_000 });
    const [first, second] = scene.target.arrivals;
    expect(second!.headers["webhook-id"]).toBe(json.deliveries![0]);
    expect(second!.headers["idempotency-key"]).toBe(first!.headers["idempotency-key"]);
    expect(second!.headers["signalbox-event"]).toBe(json.id);
    expect(second!.body).toBe(first!.body);
    const settled = await until("it is settled", async () => {
      const delivery = (await (await again.ask(`/api/v1/deliveries/${json.deliveries![0]}`)).json()) as {
        state: string;
      };
      return delivery.state === "delivered";
    });
    expect(settled).toBe(true);
  }, 60_000);

  it("loses nothing that was acknowledged when Redis is killed under load, and without a spool answers 503 within 2 s meanwhile", async () => {
    const redis = await aStore();
    const scene = await scened({ redisUrl: redis.url, environment: { SIGNALBOX_SPOOL_MB: "0" } });
    const acknowledged = new Set<string>();
    const refused: number[] = [];
    let slowest = 0;
    let running = true;
    const sender = async (): Promise<void> => {
      while (running) {
        const began = Date.now();
        const sent = await post(scene.router.hooks, {
          id: randomUUID(),
          body: JSON.stringify({ at: began }),
        });
        slowest = Math.max(slowest, Date.now() - began);
        if (sent.status === 202) acknowledged.add(sent.json.deliveries![0]!);
        else refused.push(sent.status);
        if (sent.status === 503) expect(Number(sent.headers.get("retry-after"))).toBeGreaterThan(0);
      }
    };
    const senders = Array.from({ length: 8 }, sender);
    await until("the load is on", () => acknowledged.size > 200);
    await redis.kill();
    await until("the ingest says so", () => refused.length > 10);
    const ready = await fetch(`${scene.router.admin}/readyz`);
    expect(ready.status).toBe(503);
    await redis.start();
    const before = acknowledged.size;
    await until("it takes events again", () => acknowledged.size > before + 200, { withinMs: 20_000 });
    running = false;
    await Promise.all(senders);
    const lost = (): string[] => [...acknowledged].filter((id) => !delivered(scene).has(id));
    await until("every acknowledged event is delivered", () => lost().length === 0, { withinMs: 45_000 });
    expect(new Set(refused)).toEqual(new Set([503]));
    expect(slowest).toBeLessThan(2_000);
    await until(
      "it is ready again",
      async () => (await fetch(`${scene.router.admin}/readyz`)).status === 200,
    );
  }, 120_000);

  it("without a spool answers 503 within 2 s while Redis hangs, and goes on when it wakes", async () => {
    const redis = await aStore();
    const scene = await scened({ redisUrl: redis.url, environment: { SIGNALBOX_SPOOL_MB: "0" } });
    await post(scene.router.hooks, { body: "{}" });
    redis.freeze();
    closing.push(() => Promise.resolve(redis.thaw()));
    const began = Date.now();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, nth) => post(scene.router.hooks, { body: `{"nth":${nth}}` })),
    );
    expect(Date.now() - began).toBeLessThan(2_000);
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([503]));
    redis.thaw();
    await until(
      "it takes events again",
      async () => (await post(scene.router.hooks, { body: '{"after":1}' })).status === 202,
    );
    await until("it delivers again", () =>
      scene.target.arrivals.some((arrival) => arrival.body === '{"after":1}'),
    );
  }, 60_000);

  it("puts back what is recorded but was lost by its queue", async () => {
    const redis = await aStore();
    const scene = await scened({ redisUrl: redis.url, environment: { SIGNALBOX_ROLE: "ingest" } });
    const { json } = await post(scene.router.hooks, { body: '{"lost":1}' });
    const queueKeys = redis.cli("--scan", "--pattern", "{sb}:q:*").split("\n");
    expect(queueKeys.length).toBeGreaterThan(1);
    for (const key of queueKeys) redis.cli("del", key);
    await scene.start({ SIGNALBOX_ROLE: "worker" });
    await until("it is delivered after all", () => delivered(scene).has(json.deliveries![0]!), {
      withinMs: 50_000,
    });
  }, 90_000);

  it("serves one ingest and two workers on one store, each delivery made once", async () => {
    const redis = await aStore();
    const scene = await scened({ redisUrl: redis.url, environment: { SIGNALBOX_ROLE: "ingest" } });
    expect(scene.router.hooks).not.toBe("");
    const workers = [
      await scene.start({ SIGNALBOX_ROLE: "worker" }),
      await scene.start({ SIGNALBOX_ROLE: "worker" }),
    ];
    expect(workers.every((worker) => worker.hooks === "")).toBe(true);
    const sent = await Promise.all(
      Array.from({ length: 300 }, (_, nth) => post(scene.router.hooks, { body: `{"nth":${nth}}` })),
    );
    const ids = sent.map((one) => one.json.deliveries![0]!);
    await until("all arrive", () => delivered(scene).size === 300, { withinMs: 30_000 });
    expect(delivered(scene)).toEqual(new Set(ids));
    expect(scene.target.arrivals).toHaveLength(300);
  }, 90_000);

  it("lets one hanging target of ten delay the others by no more than twice the quiet time, or 100 ms", async () => {
    const redis = await aStore();
    const names = Array.from({ length: 10 }, (_, nth) => `t${nth}`);
    const files = Object.fromEntries(
      names.flatMap((name) => [
        [`routes/${name}.yaml`, `source: github\ntarget: ${name}\n`],
        [`targets/${name}.yaml`, `url: \${TARGET}/${name}\ntimeoutSeconds: 20\nconcurrency: 5\n`],
      ]),
    );
    const scene = await scened({
      redisUrl: redis.url,
      files: { ...files, "routes/everything.yaml": "", "targets/api.yaml": "" },
    });
    const p99 = async (round: string, healthy: readonly string[]): Promise<number> => {
      const sentAt = new Map<string, number>();
      for (let nth = 0; nth < 60; nth++) {
        const at = Date.now();
        const { json } = await post(scene.router.hooks, { body: JSON.stringify({ round, nth }) });
        for (const id of json.deliveries!) sentAt.set(id, at);
      }
      const mine = (): { path: string; waited: number }[] =>
        scene.target.arrivals
          .filter((one) => sentAt.has(one.headers["webhook-id"]!))
          .map((one) => ({
            path: one.path.slice(1),
            waited: one.at - sentAt.get(one.headers["webhook-id"]!)!,
          }))
          .filter(({ path }) => healthy.includes(path));
      await until("the healthy ones arrive", () => mine().length >= 60 * healthy.length, {
        withinMs: 30_000,
      });
      const waits = mine()
        .map(({ waited }) => waited)
        .sort((a, b) => a - b);
      return waits[Math.floor(waits.length * 0.99)]!;
    };
    const healthy = names.slice(1);
    await p99("warm", healthy);
    const quiet = await p99("quiet", healthy);
    scene.target.answer = (arrival, response, nth) => {
      if (arrival.path !== "/t0") status(200)(arrival, response, nth);
    };
    const besides = await p99("one hangs", healthy);
    expect(besides).toBeLessThanOrEqual(Math.max(quiet * 2, 100));
  }, 120_000);

  it("ends within its deadline at SIGTERM, hands back what is in flight, and loses nothing", async () => {
    const redis = await aStore();
    const scene = await scened({ redisUrl: redis.url });
    const sent = await Promise.all(
      Array.from({ length: 50 }, (_, nth) => post(scene.router.hooks, { body: `{"nth":${nth}}` })),
    );
    expect(await scene.router.end("SIGTERM")).toBe(0);
    await scene.start();
    const ids = sent.map((one) => one.json.deliveries![0]!);
    await until("all arrive", () => ids.every((id) => delivered(scene).has(id)), { withinMs: 30_000 });
  }, 60_000);
});
