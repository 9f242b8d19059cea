/** Silence and drift in a router that runs: what is told, once, by event, page, API and command line, and what it costs to switch it off. */
import { afterEach, expect, it } from "vitest";
import { countsKey } from "../../src/adapters/watching/tallies.ts";
import type { Habits } from "../../src/admin/shapes/habits.ts";
import { answers } from "../helpers/admin.ts";
import { post } from "../helpers/github.ts";
import { aRedis, type TestRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { run } from "../helpers/router.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { until } from "../helpers/until.ts";

const HOUR = 3_600_000;
let redis: TestRedis;
let scene: Scene | undefined;

afterEach(async () => {
  await scene?.close();
  scene = undefined;
  await redis.close();
});

const FILES = {
  "transforms/named.jsonata": '{ "who": sender.login, "n": n }',
  "routes/everything.yaml": "source: github\ntarget: api\ntransform: named\nwhen: $exists(n)\n",
  "routes/told.yaml": "source: signalbox\non: [schema.drift, source.*]\ntarget: told\n",
  "targets/told.yaml": "url: ${TARGET}/told\n",
};

interface Told {
  readonly type: string;
  readonly subject: string;
  readonly change?: { readonly path: string; readonly what: string };
  readonly [more: string]: unknown;
}
const told = (): Told[] =>
  scene!.target.arrivals.filter(({ path }) => path === "/told").map(({ json }) => json as Told);
const send = (body: object, type = "push") =>
  post(scene!.router.hooks, { type, body: JSON.stringify(body) }).then(({ json }) => json.id!);

describeWithRedis("drift", () => {
  it("is told once for each change, with the rules that read it and an event, and never with a value", async () => {
    redis = await aRedis();
    scene = await aScene({ redisUrl: redis.url, files: FILES });
    const { router } = scene;
    let n = 0;
    await until("the shape is known", async () => {
      for (let turn = 0; turn < 10; turn++) await send({ n: n++, sender: { login: "ada" }, gone: true });
      const { types } = (await (await router.ask("/api/v1/sources/github/habits")).json()) as Habits;
      return (types[0]?.samples ?? 0) >= 30;
    });
    expect(told()).toEqual([]);
    const changed = { n: "a secret value", sender: { login: "ada" }, gone: true, extra: { deep: 1 } };
    const first = await send(changed);
    await until("two changes are told", async () => {
      await send(changed);
      return told().length >= 2;
    });
    const retyped = told().find(({ change }) => change?.what === "retyped")!;
    expect(retyped).toMatchObject({
      ...{ type: "schema.drift", subject: "github", source: "github", eventType: "push" },
      change: { path: "/n", what: "retyped", from: "number", to: "text" },
      rules: ["routes/everything.yaml when", "transforms/named.jsonata"],
    });
    expect((retyped["sample"] as { event: string }).event >= first).toBe(true);
    const added = told().find(({ change }) => change?.what === "new")!;
    expect(added).toMatchObject({ change: { path: "/extra", to: "object" }, rules: [] });
    await until("what is gone is told", async () => {
      await send({ n: 1, sender: { login: "ada" } });
      return told().some(({ change }) => change?.what === "gone");
    });
    expect(told()).toHaveLength(3);
    expect(JSON.stringify(told())).not.toContain("a secret value");
    const environment = { SIGNALBOX_URL: router.admin, SIGNALBOX_TOKEN: router.token };
    const shown = await run(["habits", "github"], environment);
    expect(shown.stdout).toContain("retyped");
    expect(shown.stdout).toContain("transforms/named.jsonata");
    const forgotten = await run(["habits", "github", "--forget", "--json"], environment);
    expect((JSON.parse(forgotten.stdout) as Habits).types.every(({ drifts }) => drifts.length === 0)).toBe(
      true,
    );
  }, 120_000);

  it("is not looked for where SIGNALBOX_LEARNING is off", async () => {
    redis = await aRedis();
    scene = await aScene({
      redisUrl: redis.url,
      files: FILES,
      environment: { SIGNALBOX_LEARNING: "off" },
    });
    for (let n = 0; n < 20; n++) await send({ n });
    await until("all are delivered", () => scene!.target.arrivals.length === 20);
    expect(redis.cli("keys", "{sb}:shape*")).toBe("");
    expect(redis.cli("keys", "{sb}:silence*")).toBe("");
  }, 60_000);
});

describeWithRedis("a silence", () => {
  it("that is unusual for the hour is told once by two workers, shown, and its end is told", async () => {
    redis = await aRedis();
    // Two weeks of sixty events an hour that ended two hours ago, and routers that have been listening all the while.
    const now = Date.now();
    const hour = Math.floor(now / HOUR);
    for (let back = 2; back <= 14 * 24; back++)
      redis.cli("hset", countsKey("hour", hour - back), "q|github|accepted", "60");
    redis.cli("hset", "{sb}:silence", "at", String(now), "since", String(now - 14 * 24 * HOUR));
    scene = await aScene({ redisUrl: redis.url, files: FILES });
    await scene.start({ SIGNALBOX_ROLE: "worker" });
    await until("it is told", () => told().length > 0, { withinMs: 30_000 });
    expect(told()[0]).toMatchObject({ type: "source.silent", subject: "github", source: "github" });
    const { cadence } = await answers<Habits>(scene.router.admin, "/sources/github/habits", () => true);
    expect(cadence.learning).toBe(false);
    expect(cadence.silentSince).toBeDefined();
    expect(cadence.missing).toBeGreaterThan(cadence.limit);
    // Of what is hours ago the hour is known, and of what came just now the minute: when it began, which is never ahead.
    expect(cadence.lastAt).toBe(new Date((hour - 2) * HOUR).toISOString());
    const sentAt = Date.now();
    await send({ n: 1 });
    await until("its end is told", () => told().length > 1, { withinMs: 40_000 });
    expect(told().map(({ type }) => type)).toEqual(["source.silent", "source.heard"]);
    const heard = await answers<Habits>(scene.router.admin, "/sources/github/habits", () => true);
    const lastAt = Date.parse(heard.cadence.lastAt!);
    expect([lastAt % 60_000, Math.abs(sentAt - lastAt) <= 60_000]).toEqual([0, true]);
    expect(lastAt).toBeLessThanOrEqual(Date.now());
    expect(heard.cadence.silentSince).toBeUndefined();
  }, 120_000);
});
