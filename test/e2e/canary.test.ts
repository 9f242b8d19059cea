/** A second transform in routers that run: a shadow harms nothing and is compared, a canary is rolled back by itself over all workers. */
import { afterEach, expect, it } from "vitest";
import type { DeliveryDetail } from "../../src/admin/shapes/deliveries.ts";
import type { ShownCanary, ShownShadow } from "../../src/admin/shapes/second-rules.ts";
import { answers, call } from "../helpers/admin.ts";
import { post } from "../helpers/github.ts";
import { aRedis, type TestRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { run } from "../helpers/router.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { status } from "../helpers/target.ts";
import { until } from "../helpers/until.ts";

let redis: TestRedis;
let scene: Scene;

afterEach(async () => {
  await scene.close();
  await redis.close();
});

async function start(
  route: string,
  second: string,
  files: Readonly<Record<string, string>> = {},
): Promise<void> {
  redis = await aRedis({ appendonly: "yes" });
  scene = await aScene({
    redisUrl: redis.url,
    files: {
      "transforms/first.jsonata": '{ "n": n, "made": "first" }',
      "transforms/second.jsonata": second,
      "routes/everything.yaml": `source: github\ntarget: api\ntransform: first\n${route}`,
      ...files,
    },
  });
}

const own = (): Record<string, string> => ({
  SIGNALBOX_DIR: scene.dir,
  SIGNALBOX_URL: scene.router.admin,
  SIGNALBOX_TOKEN: scene.router.token,
});

const made = (): { n: number; made: string }[] =>
  scene.target.arrivals
    .filter(({ path }) => path === "/api")
    .map(({ json }) => json as { n: number; made: string });

async function send(n: number, more: object = {}): Promise<string> {
  return (await post(scene.router.hooks, { body: JSON.stringify({ n, ...more }) })).json.deliveries![0]!;
}

describeWithRedis("a shadow", () => {
  it("is compared and never sent: the paths that differ are kept with events, and told by page, API and command line", async () => {
    await start("shadow: second\n", '{ "n": $string(n), "made": "first", "more": [1, 2].{ "x": $ } }');
    for (let n = 1; n <= 5; n++) await send(n);
    const { admin } = scene.router;
    const shown = await answers<ShownShadow>(
      admin,
      "/routes/everything/shadow",
      ({ differs }) => differs === 5,
    );
    expect(made().map((one) => one.made)).toEqual(["first", "first", "first", "first", "first"]);
    expect(shown).toMatchObject({ transform: "second", beside: "first", same: 0, failed: 0, skipped: 0 });
    expect(shown.found.map(({ path, how, count }) => ({ path, how, count }))).toEqual(
      expect.arrayContaining([
        { path: "/n", how: "number → text", count: 5 },
        { path: "/more", how: "only the shadow makes it (array)", count: 5 },
      ]),
    );
    expect(shown.found[0]!.samples).toHaveLength(3);
    expect(shown.found[0]!.samples[0]).toMatch(/^evt_/);
    const told = await run(["shadow", "everything"], own());
    expect(told.stdout).toContain("number → text");
    expect(told.code).toBe(0);
    const forgotten = await run(["shadow", "everything", "--forget", "--json"], own());
    expect((JSON.parse(forgotten.stdout) as ShownShadow).differs).toBe(0);
  }, 60_000);

  it("that fails or goes beyond its budget harms no delivery, and its code is counted", async () => {
    await start("shadow: second\n", 'n = 1 ? $error("no") : $sum([1..10000000])');
    const ids = [await send(1), await send(2), await send(3)];
    await until("all are delivered", () => made().length === 3);
    for (const id of ids)
      await answers<DeliveryDetail>(
        scene.router.admin,
        `/deliveries/${id}`,
        ({ state, attempts }) => state === "delivered" && attempts === 1,
      );
    const { found } = await answers<ShownShadow>(
      scene.router.admin,
      "/routes/everything/shadow",
      ({ failed }) => failed === 3,
    );
    expect(found.map(({ how, count }) => [how, count])).toEqual([
      ["TRANSFORM_LIMIT_EXCEEDED", 2],
      ["TRANSFORM_RULE_FAILED", 1],
    ]);
  }, 60_000);
});

describeWithRedis("a canary", () => {
  it("has a stable part of the keys, and which transform made a delivery stands with its attempt", async () => {
    await start("canary: { transform: second, percent: 50, by: key }\n", '{ "n": n, "made": "second" }');
    const ids = [];
    for (let n = 0; n < 40; n++) ids.push(await send(n, { key: `key ${n % 10}` }));
    await until("all are delivered", () => made().length === 40);
    const byKey = new Map<number, Set<string>>();
    for (const one of made()) byKey.set(one.n % 10, (byKey.get(one.n % 10) ?? new Set()).add(one.made));
    expect([...byKey.values()].every((by) => by.size === 1)).toBe(true);
    expect(new Set(made().map((one) => one.made))).toEqual(new Set(["first", "second"]));
    for (const [n, id] of ids.slice(0, 10).entries()) {
      const { attemptList } = await answers<DeliveryDetail>(
        scene.router.admin,
        `/deliveries/${id}`,
        ({ state }) => state === "delivered",
      );
      expect(attemptList[0]!.transform).toBe([...byKey.get(n)!][0]);
    }
    const shown = await answers<ShownCanary>(
      scene.router.admin,
      "/routes/everything/canary",
      ({ own, other }) => own.deliveries + other.deliveries === 40,
    );
    expect(shown).toMatchObject({
      state: "on",
      transform: "second",
      instead: "first",
      percent: 50,
      by: "key",
    });
  }, 60_000);

  it("that fails more often is rolled back by itself in all workers, told once, and resumed by a person", async () => {
    await start("canary: { transform: second, percent: 50, minimum: 5 }\n", '{ "n": n, "made": "second" }', {
      "routes/told.yaml": "source: signalbox\non: [canary.rolled-back]\ntarget: told\n",
      "targets/told.yaml": "url: ${TARGET}/told\n",
    });
    const other = await scene.start({ SIGNALBOX_ROLE: "worker" });
    scene.target.answer = (arrival, response, nth) =>
      status((arrival.json as { made?: string }).made === "second" ? 422 : 200)(arrival, response, nth);
    let n = 0;
    const rolled = await until(
      "it is rolled back",
      async () => {
        await send(n++);
        const shown = (await (
          await scene.router.ask("/api/v1/routes/everything/canary")
        ).json()) as ShownCanary;
        return shown.state === "rolled-back" && shown;
      },
      { withinMs: 20_000 },
    );
    expect(rolled.rolledBack!.why).toMatch(/^100\.0 % of its first attempts failed, 0\.0 %/);
    expect(rolled.samples.length).toBeGreaterThan(0);
    const told = (): unknown[] =>
      scene.target.arrivals.filter(({ path }) => path === "/told").map(({ json }) => json);
    await until("it is told", () => told().length === 1);
    expect(told()[0]).toMatchObject({
      type: "canary.rolled-back",
      subject: "everything",
      route: "everything",
      transform: "second",
      samples: expect.arrayContaining([rolled.samples[0]]) as unknown,
    });
    // Each process knows within a second: from then on nothing is made by it.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const before = made().length;
    for (let more = 0; more < 20; more++) await send(1_000 + more);
    await until("they are delivered", () => made().length >= before + 20);
    expect(
      made()
        .slice(before)
        .filter((one) => one.made === "second"),
    ).toEqual([]);
    const replayed = made().length;
    const shown = await run(["canary", "show", "everything"], own());
    expect(shown.stdout).toContain("second was rolled back at");
    expect(replayed).toBeGreaterThan(0);
    scene.target.answer = status(200);
    const resumed = await run(["canary", "resume", "everything", "--json"], own());
    expect(JSON.parse(resumed.stdout)).toMatchObject({ state: "on", own: { deliveries: 0, failures: 0 } });
    await until("it makes deliveries again", async () => {
      await send(n++);
      return made().at(-1)?.made === "second";
    });
    const rolledBack = await call(scene.router.admin, "/routes/everything/canary", {
      does: "rollback",
      reason: "not today",
    });
    expect(rolledBack.status).toBe(200);
    expect(rolledBack.json).toMatchObject({ state: "rolled-back", rolledBack: { why: "not today" } });
    expect(other.process.exitCode).toBeNull();
  }, 90_000);
});
