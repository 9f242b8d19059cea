/** The overview, the metrics, the playground and Bull Board of a started router, over HTTP. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { metrics, overview, targetList, type Metrics, type Overview } from "../../src/admin/shapes/state.ts";
import { playground } from "../../src/admin/shapes/authoring.ts";
import { answers, call, misfits } from "../helpers/admin.ts";
import { post } from "../helpers/github.ts";
import { aRedis, type TestRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { status } from "../helpers/target.ts";

describeWithRedis("a router at a glance", () => {
  let redis: TestRedis;
  let scene: Scene;

  beforeAll(async () => {
    redis = await aRedis({ appendonly: "yes" });
    scene = await aScene({
      redisUrl: redis.url,
      environment: { SECRET_PLACE: "https://hooks.example/T000/B000" },
      files: {
        "routes/filtered.yaml": "source: github\non: [push]\nwhen: 'false'\ntarget: api\n",
        "routes/elsewhere.yaml": "source: github\non: [elsewhere]\ntarget: secret\n",
        "targets/secret.yaml": "url: ${SECRET_PLACE}\nlimit: { count: 5, perSeconds: 1 }\n",
        "transforms/hello.jsonata": '{ "text": name }',
        "schemas/hello.json": '{"type":"object","properties":{"text":{"$ref":"word"}},"required":["text"]}',
        "schemas/word.json": '{"type":"string","maxLength":3}',
      },
    });
  }, 60_000);
  afterAll(async () => {
    await scene.close();
    await redis.close();
  });

  it("counts what came in and went out, by verdict and class, with times apart", async () => {
    const { hooks, admin } = scene.router;
    for (let nth = 0; nth < 20; nth++) await post(hooks, { type: "push", id: `id-${nth}`, body: '{"a":1}' });
    await post(hooks, { type: "push", id: "id-1", body: '{"a":1}' });
    await post(hooks, { type: "push", body: '{"a":1}', secret: "wrong" });
    await post(hooks, { type: "push", body: '{"a":1}' }, "nobody");
    const sum = (all: Metrics, of: (point: Metrics["points"][number]) => number): number =>
      all.points.reduce((total, point) => total + of(point), 0);
    const counted = await answers<Metrics>(
      admin,
      "/metrics",
      (json) => sum(json, ({ refused }) => refused) === 2,
    );
    expect(misfits(metrics, counted)).toEqual([]);
    expect(counted.stepSeconds).toBe(60);
    expect(sum(counted, ({ accepted }) => accepted)).toBe(20);
    expect(sum(counted, ({ duplicates }) => duplicates)).toBe(1);
    const ended = (json: Metrics): boolean => sum(json, ({ attempts }) => attempts["2xx"] ?? 0) === 20;
    const done = await answers<Metrics>(admin, "/metrics?target=api", ended);
    expect(sum(done, ({ attempts }) => attempts["filtered"] ?? 0)).toBe(20);
    const point = done.points.find(({ run }) => run !== undefined)!;
    expect(point.run!.p50).toBeGreaterThan(0);
    expect(point.run!.p99).toBeGreaterThanOrEqual(point.run!.p50);
    expect(
      sum(
        (await call<Metrics>(admin, "/metrics?route=filtered")).json,
        ({ attempts }) => attempts["2xx"] ?? 0,
      ),
    ).toBe(0);
    const hours = await call<Metrics>(
      admin,
      `/metrics?step=3600&from=${new Date(Date.now() - 5 * 3_600_000).toISOString()}`,
    );
    expect(hours.json.stepSeconds).toBe(3600);
    expect(sum(hours.json, ({ accepted }) => accepted)).toBe(20);
    expect(hours.json.points.length).toBeLessThanOrEqual(6);
  });

  it("refuses spans that make no sense, in words", async () => {
    const refused = async (query: string): Promise<unknown> =>
      (await call<{ code: string }>(scene.router.admin, `/metrics?${query}`)).json.code;
    expect(await refused("from=2999-01-01T00:00:00Z")).toBe("ADMIN_INPUT_INVALID");
    expect(await refused("step=61")).toBe("ADMIN_INPUT_INVALID");
    expect(await refused("step=1")).toBe("ADMIN_INPUT_INVALID");
    expect(await refused("from=yesterday")).toBe("ADMIN_INPUT_INVALID");
    expect(await refused("colour=red")).toBe("ADMIN_INPUT_INVALID");
    const far = await call<Metrics>(scene.router.admin, "/metrics?from=1970-01-01T00:00:00Z");
    expect(far.json.points.length).toBeLessThanOrEqual(721);
  });

  it("says of each target how it is, whose fault, and tells no secret", async () => {
    const { hooks, admin } = scene.router;
    scene.target.answer = status(503);
    for (let nth = 0; nth < 12; nth++) await post(hooks, { type: "push", body: '{"a":2}' });
    const failing = await answers<Overview>(admin, "/overview", ({ targets }) =>
      targets.some(({ name, verdict }) => name === "api" && verdict === "failing"),
    );
    expect(misfits(overview, failing)).toEqual([]);
    const api = failing.targets.find(({ name }) => name === "api")!;
    expect(api.reason).toMatch(/it answers 503/);
    expect(Date.parse(api.since!)).toBeGreaterThan(Date.now() - 60_000);
    expect(failing.targets.find(({ name }) => name === "secret")).toMatchObject({
      verdict: "idle",
      url: "${SECRET_PLACE}",
    });
    expect(JSON.stringify(failing)).not.toMatch(/hooks.example|B000/);
    expect(failing.workers).toMatchObject([{ role: "all", revision: failing.revision }]);
    expect(failing.store.durability).toMatch(/last second/);
    expect(failing.store.usedBytes).toBeGreaterThan(0);
    expect(failing.balance.balanced).toBe(true);
    expect(failing.points.length).toBe(60);
    expect(failing.sources.find(({ name }) => name === "github")).toMatchObject({
      duplicates: 1,
      refused: { ACCEPT_SIGNATURE_INVALID: 1 },
    });
    const all = await call(admin, "/targets");
    expect(misfits(targetList, all.json)).toEqual([]);
    scene.target.answer = status(200);
  });

  it("is computed once for fifty who look at the same time", async () => {
    const before = Number(/total_commands_processed:(\d+)/.exec(redis.cli("info", "stats"))![1]);
    const all = await Promise.all(
      Array.from({ length: 50 }, () => call<Overview>(scene.router.admin, "/overview")),
    );
    expect(new Set(all.map(({ json }) => json.at)).size).toBeLessThanOrEqual(2);
    const after = Number(/total_commands_processed:(\d+)/.exec(redis.cli("info", "stats"))![1]);
    expect(after - before).toBeLessThan(50 * 100);
  });

  it("tries a rule on an event, in a process of its own", async () => {
    const { hooks, admin } = scene.router;
    const { json } = await post(hooks, { type: "push", body: '{"name":"Ada"}' });
    const asked = { rule: "{ 'text': name }", event: json.id, output: "hello" };
    const tried = await call(admin, "/playground", asked);
    expect(misfits(playground, tried.json)).toEqual([]);
    expect(tried.json).toMatchObject({ result: { text: "Ada" }, problems: [] });
    const long = await call(admin, "/playground", { ...asked, body: { name: "Barbara" } });
    expect(long.json).toMatchObject({ problems: [{ code: "TRANSFORM_OUTPUT_INVALID" }] });
    expect((await call(admin, "/playground", { ...asked, route: "filtered" })).json).toMatchObject({
      filtered: true,
    });
    expect((await call(admin, "/playground", { rule: "1" })).status).toBe(400);
    expect((await call(admin, "/playground", { rule: "1", body: 1, output: "nothing" })).status).toBe(404);
    expect((await call(admin, "/playground", { rule: "1", event: "evt_x" })).status).toBe(404);
    expect((await call(admin, "/playground", { rule: "x".repeat(70_000), body: 1 })).status).toBe(400);
  });

  it("shows the queues at /queues, without anything from outside", async () => {
    const page = await scene.router.ask(`/queues/`);
    expect(page.status).toBe(200);
    expect(page.headers.get("content-security-policy")).toMatch(/font-src 'self'/);
    const [, script] = /src="(static\/js\/main[^"]+)"/.exec(await page.text())!;
    expect((await scene.router.ask(`/queues/${script!}`)).status).toBe(200);
    const queues = (await (
      await scene.router.ask(`/queues/api/queues?status=latest&page=1&jobsPerPage=10`)
    ).json()) as {
      queues: { name: string; readOnlyMode: boolean }[];
    };
    expect(queues.queues.map(({ name }) => name).sort()).toEqual(["api", "secret"]);
    const connections = redis.cli("client", "list").split("\n").length;
    expect(connections, "no connection for each queue").toBeLessThan(12);
  });
});
