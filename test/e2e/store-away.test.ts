/** Ingest without a store: what is accepted meanwhile waits on this machine's disk, and is delivered under the same ids. */
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { post, type Sent } from "../helpers/github.ts";
import { setUp } from "../helpers/people.ts";
import { aRedis, freePort, type TestRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import type { RunningRouter } from "../helpers/router.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { until } from "../helpers/until.ts";

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function aStore(options: Readonly<Record<string, string>> = {}): Promise<TestRedis> {
  const redis = await aRedis({ appendonly: "yes", "maxmemory-policy": "noeviction", ...options });
  closing.push(() => redis.close());
  return redis;
}

async function scened(options: Parameters<typeof aScene>[0]): Promise<Scene> {
  const scene = await aScene(options);
  closing.push(() => scene.close());
  return scene;
}

/** What `/readyz` says of one check. */
async function checkOf(router: RunningRouter, name: string): Promise<{ ok: boolean; detail: string }> {
  const { checks } = (await (await fetch(`${router.admin}/readyz`)).json()) as {
    checks: Record<string, { ok: boolean; detail: string }>;
  };
  return checks[name]!;
}

const drained = (router: RunningRouter): Promise<unknown> =>
  until("the spool is empty", async () => (await checkOf(router, "spool")).detail.startsWith("empty"), {
    withinMs: 20_000,
  });

interface Load {
  /** Deliveries of what was answered 202, with the event's id that the sender was told. */
  readonly acknowledged: Map<string, string>;
  readonly statuses: Map<number, number>;
  /** ms of the answer that took longest. */
  slowest: number;
  stop(): Promise<void>;
}

/** Senders that post one request after the other. */
function load(scene: Scene, senders: number): Load {
  let running = true;
  const state: Load = {
    acknowledged: new Map(),
    statuses: new Map(),
    slowest: 0,
    async stop() {
      running = false;
      await Promise.all(working);
    },
  };
  const sender = async (): Promise<void> => {
    while (running) {
      const began = performance.now();
      const { status, json } = await post(scene.router.hooks, { body: JSON.stringify({ at: began }) });
      state.slowest = Math.max(state.slowest, performance.now() - began);
      state.statuses.set(status, (state.statuses.get(status) ?? 0) + 1);
      if (status === 202) state.acknowledged.set(json.deliveries![0]!, json.id!);
    }
  };
  const working = Array.from({ length: senders }, sender);
  return state;
}

/** Waits until everything acknowledged has arrived under its ids, and tells how many arrivals there were beyond that. */
async function allArrived(scene: Scene, acknowledged: ReadonlyMap<string, string>): Promise<number> {
  const lost = (): string[] => {
    const arrived = new Set(scene.target.arrivals.map(({ headers }) => headers["webhook-id"]!));
    return [...acknowledged.keys()].filter((id) => !arrived.has(id));
  };
  await until("every acknowledged event is delivered", () => lost().length === 0, {
    withinMs: 60_000,
    everyMs: 100,
  });
  const events = new Map(
    scene.target.arrivals.map(({ headers }) => [headers["webhook-id"]!, headers["signalbox-event"]]),
  );
  for (const [delivery, event] of acknowledged) expect(events.get(delivery)).toBe(event);
  return (
    scene.target.arrivals.filter(({ headers }) => acknowledged.has(headers["webhook-id"]!)).length -
    acknowledged.size
  );
}

describeWithRedis("an ingest whose store goes away", () => {
  it("answers 202 within a second while Redis is killed under load, and delivers all of it once", async () => {
    const redis = await aStore();
    const scene = await scened({ redisUrl: redis.url });
    const sent = load(scene, 8);
    await until("the load is on", () => sent.acknowledged.size > 100);
    await redis.kill();
    const before = sent.acknowledged.size;
    await until("it goes on", () => sent.acknowledged.size > before + 200);
    expect(await checkOf(scene.router, "spool")).toMatchObject({
      ok: true,
      detail: expect.stringMatching(/^in use: \d+ events wait/) as string,
    });
    expect((await fetch(`${scene.router.admin}/readyz`)).status).toBe(503);
    expect((await fetch(`${scene.router.admin}/readyz/ingest`)).status).toBe(200);
    await redis.start();
    await drained(scene.router);
    const after = sent.acknowledged.size;
    await until("it goes on with the store", () => sent.acknowledged.size > after + 100);
    await sent.stop();
    expect([...sent.statuses.keys()]).toEqual([202]);
    expect(sent.slowest).toBeLessThan(1_500);
    // What was in a worker's hand when the store was killed may be delivered again, under its id.
    expect(await allArrived(scene, sent.acknowledged)).toBeLessThan(30);
    await until(
      "it is ready again",
      async () => (await fetch(`${scene.router.admin}/readyz`)).status === 200,
    );
  }, 120_000);

  it("answers 202 within a second while Redis hangs, waits for it only at first, and knows repetitions across the two", async () => {
    const redis = await aStore();
    const scene = await scened({ redisUrl: redis.url });
    const stored = { id: randomUUID(), body: '{"stored":"before"}' };
    const first = await post(scene.router.hooks, stored);
    await until("it is delivered", () => scene.target.arrivals.length === 1);
    redis.freeze();
    closing.push(() => Promise.resolve(redis.thaw()));
    const sent = load(scene, 8);
    const waiting = { id: randomUUID(), body: '{"waits":"meanwhile"}' };
    const accepted = await post(scene.router.hooks, waiting);
    expect(accepted.status).toBe(202);
    const again = await post(scene.router.hooks, waiting);
    expect([again.status, again.json.id, again.json.duplicate]).toEqual([200, accepted.json.id, true]);
    expect(again.json.deliveries).toEqual(accepted.json.deliveries);
    const unknowable = await post(scene.router.hooks, stored);
    expect(unknowable.status).toBe(202);
    const frozenAt = performance.now();
    await until("it has hung for 6 s", () => performance.now() - frozenAt > 6_000, { withinMs: 8_000 });
    const slowest = sent.slowest;
    const began = performance.now();
    expect((await post(scene.router.hooks, { body: "{}" })).status).toBe(202);
    expect(performance.now() - began).toBeLessThan(500);
    redis.thaw();
    await drained(scene.router);
    await sent.stop();
    expect([...sent.statuses.keys()]).toEqual([202]);
    expect(slowest).toBeLessThan(1_500);
    expect(await allArrived(scene, sent.acknowledged)).toBeLessThan(30);
    const known = await post(scene.router.hooks, waiting);
    expect([known.status, known.json.id]).toEqual([200, accepted.json.id]);
    expect((await post(scene.router.hooks, stored)).json.id).toBe(first.json.id);
    const bodies = scene.target.arrivals.map(({ body }) => body);
    expect(bodies.filter((body) => body === stored.body)).toHaveLength(1);
    expect(bodies.filter((body) => body === waiting.body)).toHaveLength(1);
  }, 120_000);

  it("starts without Redis, answers 202, and delivers once there is one", async () => {
    const port = await freePort();
    const scene = await scened({ redisUrl: `redis://127.0.0.1:${port}` });
    const sent: Sent[] = [];
    for (let nth = 0; nth < 20; nth++) sent.push(await post(scene.router.hooks, { body: `{"nth":${nth}}` }));
    expect(sent.map(({ status }) => status)).toEqual(Array(20).fill(202));
    const ready = await fetch(`${scene.router.admin}/readyz`);
    expect(ready.status).toBe(503);
    expect((await checkOf(scene.router, "spool")).detail).toMatch(/^in use: 20 events/);
    const redis = await aRedis({ port: String(port), "maxmemory-policy": "noeviction" });
    closing.push(() => redis.close());
    await allArrived(scene, new Map(sent.map(({ json }) => [json.deliveries![0]!, json.id!])));
    const order = scene.target.arrivals.map(({ json }) => (json as { nth: number }).nth);
    expect(order.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, nth) => nth));
    await until("it is ready", async () => (await fetch(`${scene.router.admin}/readyz`)).status === 200);
  }, 60_000);

  it("stores nothing in a Redis that evicts, which it finds only later, until that is mended", async () => {
    const port = await freePort();
    const scene = await scened({ redisUrl: `redis://127.0.0.1:${port}` });
    const { json } = await post(scene.router.hooks, { body: '{"n":1}' });
    const redis = await aRedis({ port: String(port), "maxmemory-policy": "allkeys-lru" });
    closing.push(() => redis.close());
    await until("it is told", () =>
      scene.router.log.some(
        (line) => line["step"] === "store.away" && String(line["error"]).includes("allkeys-lru"),
      ),
    );
    expect(redis.cli("exists", `{sb}:e:${json.id!.slice(4)}`)).toBe("0");
    redis.cli("config", "set", "maxmemory-policy", "noeviction");
    await allArrived(scene, new Map([[json.deliveries![0]!, json.id!]]));
  }, 60_000);

  it("keeps what waits over its own kill -9, and delivers it under the same ids", async () => {
    const redis = await aStore();
    const scene = await scened({ redisUrl: redis.url });
    await redis.kill();
    const sent = await Promise.all(
      Array.from({ length: 100 }, (_, nth) => post(scene.router.hooks, { body: `{"nth":${nth}}` })),
    );
    expect(new Set(sent.map(({ status }) => status))).toEqual(new Set([202]));
    await scene.router.end("SIGKILL");
    await redis.start();
    await scene.start();
    const acknowledged = new Map(sent.map(({ json }) => [json.deliveries![0]!, json.id!]));
    expect(await allArrived(scene, acknowledged)).toBe(0);
  }, 60_000);

  it.each([
    [
      "its memory is full",
      (redis: TestRedis) => void redis.cli("config", "set", "maxmemory", "1mb"),
      ["config", "set", "maxmemory", "0"],
    ],
    [
      "it has become a replica",
      (redis: TestRedis) => void redis.cli("replicaof", "127.0.0.1", "1"),
      ["replicaof", "no", "one"],
    ],
  ])(
    "goes on under load when the store takes nothing since %s",
    async (_why, spoil, mend) => {
      const redis = await aStore();
      const scene = await scened({ redisUrl: redis.url });
      const sent = load(scene, 6);
      await until("the load is on", () => sent.acknowledged.size > 100);
      spoil(redis);
      await until("the spool is in use", async () =>
        (await checkOf(scene.router, "spool")).detail.startsWith("in use"),
      );
      const before = sent.acknowledged.size;
      await until("it goes on", () => sent.acknowledged.size > before + 200);
      redis.cli(...mend);
      await drained(scene.router);
      await sent.stop();
      expect([...sent.statuses.keys()]).toEqual([202]);
      expect(sent.slowest).toBeLessThan(1_500);
      expect(await allArrived(scene, sent.acknowledged)).toBeLessThan(30);
    },
    120_000,
  );

  it("knows a request that waits in two spools by both ids, and delivers it once", async () => {
    const redis = await aStore();
    const scene = await scened({ redisUrl: redis.url, environment: { SIGNALBOX_LEARNING: "off" } });
    const dataDir = await mkdtemp(join(tmpdir(), "signalbox-second-"));
    closing.push(() => rm(dataDir, { recursive: true, force: true }));
    const second = await scene.start({ SIGNALBOX_DATA_DIR: dataDir });
    redis.freeze();
    const sent = { body: '{"twice":true}', id: randomUUID() };
    const one = await post(scene.router.hooks, sent);
    const other = await post(second.hooks, sent);
    expect([one.status, other.status]).toEqual([202, 202]);
    expect(one.json.id).not.toBe(other.json.id);
    redis.thaw();
    await Promise.all([drained(scene.router), drained(second)]);
    await until("it arrives", () => scene.target.arrivals.length > 0);
    const ids = [one, other].map(({ json }) => [json.id!, json.deliveries![0]!] as const);
    const seen = await Promise.all(
      ids.map(async ([event, delivery]) => {
        const answers = [
          await scene.router.ask(`/api/v1/events/${event}`),
          await scene.router.ask(`/api/v1/deliveries/${delivery}`),
        ];
        expect(answers.map(({ status }) => status)).toEqual([200, 200]);
        return Promise.all(answers.map(async (answer) => ((await answer.json()) as { id: string }).id));
      }),
    );
    expect(seen[0]).toEqual(seen[1]);
    expect(ids).toContainEqual(seen[0]);
    expect(scene.target.arrivals.map(({ headers }) => headers["webhook-id"])).toEqual([seen[0]![1]]);
  });

  it("refuses with 503 and a time to come again what the spool has no room for, and loses none of the rest", async () => {
    const redis = await aStore();
    const scene = await scened({ redisUrl: redis.url, environment: { SIGNALBOX_SPOOL_MB: "0.5" } });
    await redis.kill();
    const acknowledged = new Map<string, string>();
    const refused = await until("it is full", async () => {
      const answer = await post(scene.router.hooks, { body: JSON.stringify({ text: "x".repeat(20_000) }) });
      if (answer.status !== 202) return answer;
      acknowledged.set(answer.json.deliveries![0]!, answer.json.id!);
      return undefined;
    });
    expect([refused.status, refused.json.code]).toEqual([503, "ACCEPT_STORE_UNAVAILABLE"]);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(acknowledged.size).toBeGreaterThan(15);
    const ready = await fetch(`${scene.router.admin}/readyz/ingest`);
    expect([ready.status, ((await ready.json()) as { ok: boolean }).ok]).toEqual([503, false]);
    await redis.start();
    await allArrived(scene, acknowledged);
  }, 60_000);

  it("keeps a batch together, and ends within its deadline at SIGTERM although the store hangs", async () => {
    const redis = await aStore();
    const files = {
      "sources/many.yaml": "verify: { kind: none }\nallowUnsigned: true\nsplit: true\n",
      "routes/many.yaml": "source: many\ntarget: api\n",
    };
    const scene = await scened({ redisUrl: redis.url, files });
    redis.freeze();
    closing.push(() => Promise.resolve(redis.thaw()));
    const response = await fetch(`${scene.router.hooks}/hooks/many`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify([{ n: 1 }, { n: 2 }, { n: 3 }]),
    });
    const { events, deliveries } = (await response.json()) as { events: string[]; deliveries: string[] };
    expect([response.status, events.length]).toEqual([202, 3]);
    const began = performance.now();
    expect(await scene.router.end("SIGTERM")).toBe(0);
    expect(performance.now() - began).toBeLessThan(27_000);
    redis.thaw();
    await scene.start();
    await allArrived(scene, new Map(deliveries.map((id, at) => [id, events[at]!])));
  }, 90_000);

  it("makes nobody who asks its API wait, and carries out no change later that it has refused", async () => {
    const redis = await aStore();
    const scene = await scened({ redisUrl: redis.url });
    const { router } = scene;
    const root = await setUp(router.admin, router.setup);
    const made = await root.call("POST", "/api/v1/tokens", { name: "ci", scopes: ["read", "operate"] });
    const local = router.token;
    const token = String(made.json["token"]);
    const asked = async (by: string, path: string, body?: object) => {
      const began = performance.now();
      const response = await fetch(`${router.admin}/api/v1${path}`, {
        method: body === undefined ? "GET" : "POST",
        headers: { authorization: `Bearer ${by}`, "content-type": "application/json" },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(20_000),
      });
      const { code } = (await response.json()) as { code?: string };
      return { said: [response.status, code], ms: performance.now() - began };
    };
    const away = [503, "ADMIN_STORE_UNAVAILABLE"];
    const pause = { reason: "asked for while nobody could do it" };
    redis.freeze();
    closing.push(() => Promise.resolve(redis.thaw()));
    const answers = await Promise.all([
      ...[local, token].flatMap((by) => [asked(by, "/events"), asked(by, "/targets/api/pause", pause)]),
      asked(local, "/deliveries?state=dead"),
    ]);
    expect(answers.map(({ said }) => said)).toEqual(answers.map(() => away));
    expect(Math.max(...answers.map(({ ms }) => ms))).toBeLessThan(12_000);
    // The rules are files of this machine: they do not need the store.
    expect((await asked(local, "/rules/reload", {})).said[0]).toBe(200);
    redis.thaw();
    await until("it is ready", async () => (await fetch(`${router.admin}/readyz`)).status === 200);
    await redis.kill();
    expect((await asked(local, "/targets/api/pause", pause)).said).toEqual(away);
    expect((await asked(local, "/events")).said).toEqual(away);
    await redis.start();
    await until("it is ready again", async () => (await fetch(`${router.admin}/readyz`)).status === 200);
    await post(scene.router.hooks, { body: "{}" });
    // Whatever waited for the store has been done before what is asked now.
    await until("it is delivered", () => scene.target.arrivals.length === 1);
    const state = (await (await router.ask("/api/v1/targets/api")).json()) as { paused?: object };
    expect(state.paused).toBeUndefined();
  }, 90_000);
});
