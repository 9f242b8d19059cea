/** Schedules end to end: two routers, one event a tick; nothing can be posted to one; the dashboard's API says when it is next. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { sourceState, type SourceState } from "../../src/admin/shapes/state.ts";
import { misfits } from "../helpers/admin.ts";
import { aRedis, type TestRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { run } from "../helpers/router.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { status } from "../helpers/target.ts";
import { until } from "../helpers/until.ts";

let redis: TestRedis;
let scene: Scene;

beforeAll(async () => {
  redis = await aRedis({ appendonly: "yes" });
  scene = await aScene({
    redisUrl: redis.url,
    files: {
      "routes/everything.yaml": "source: github\non: [never]\ntarget: api\n",
      "sources/clock.yaml": "schedule: { everySeconds: 1 }\n",
      "routes/clock.yaml": "source: clock\ntarget: api\ntransform: clock\n",
      "transforms/clock.jsonata": '{ "at": at, "type": $event.type }\n',
      "sources/nightly.yaml": "schedule: { cron: '0 3 * * *', timeZone: Europe/Berlin }\n",
      "routes/nightly.yaml": "source: nightly\ntarget: api\n",
    },
  });
});
afterAll(async () => {
  await scene.close();
  await redis.close();
});

/** The ticks that came, each once: a killed router's delivery is made again, with its own id and bytes. */
const ticks = (): string[] => {
  const all = scene.target.arrivals.flatMap(({ json, headers }) => {
    const { at } = json as { at?: string };
    return at === undefined ? [] : [{ at, id: headers["webhook-id"]! }];
  });
  return [...new Map(all.map(({ id, at }) => [id, at])).values()];
};

describeWithRedis("a source that is a schedule", () => {
  it("makes one event a tick over two routers, and goes on when one of them is killed", async () => {
    // So slowly that the one that is killed may have a tick under way.
    scene.target.answer = (arrival, response, nth) =>
      void setTimeout(() => status(200)(arrival, response, nth), 300);
    const second = await scene.start();
    await until("some ticks came", () => ticks().length >= 4, { withinMs: 15_000 });
    second.process.kill("SIGKILL");
    await second.end();
    const before = ticks().length;
    await until("ticks go on", () => ticks().length >= before + 3, { withinMs: 30_000 });
    const seen = ticks();
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.every((at) => at.endsWith(".000Z"))).toBe(true);
    expect(scene.target.arrivals[0]!.json).toMatchObject({ type: "tick" });
    scene.target.answer = status(200);
  });

  it("makes up for a time in which no router ran, once", async () => {
    await scene.router.end();
    const last = ticks().at(-1)!;
    await until("some ticks are missed", () => Date.now() > Date.parse(last) + 4_000);
    const back = Date.now();
    scene.router = await scene.start();
    await until("it ticks again", () => ticks().at(-1)! > last);
    const missed = ticks().filter((at) => at > last && Date.parse(at) < back - 1_000);
    expect(missed.length).toBeLessThanOrEqual(1);
  });

  it("takes no requests and says why, and `send` says when it ticks by itself", async () => {
    const response = await fetch(`${scene.router.hooks}/hooks/nightly`, { method: "POST", body: "{}" });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      code: "ACCEPT_SOURCE_SCHEDULED",
      detail: "Source `nightly` is a schedule, `0 3 * * *` (Europe/Berlin): it takes no requests.",
    });
    const environment = {
      SIGNALBOX_DIR: scene.dir,
      SIGNALBOX_DATA_DIR: scene.dataDir,
      SECRET: "x",
      TARGET: scene.target.url,
    };
    const told = await run(["send", "nightly", "tick"], environment);
    expect(told.code).toBe(2);
    expect(told.stderr).toMatch(
      /is a schedule, `0 3 \* \* \*` \(Europe\/Berlin\): .* Its next tick is at \d{4}-/,
    );
  });

  it("is listed with when it ticks", async () => {
    const { items } = (await (await scene.router.ask("/api/v1/sources")).json()) as { items: SourceState[] };
    const nightly = items.find(({ name }) => name === "nightly")!;
    expect(misfits(sourceState, nightly)).toEqual([]);
    expect(nightly).toMatchObject({ scheme: "schedule", schedule: "`0 3 * * *` (Europe/Berlin)" });
    expect(Date.parse(nightly.nextAt!)).toBeGreaterThan(Date.now());
    const checked = await run(["check", "--json"], {
      SIGNALBOX_DIR: scene.dir,
      SECRET: "x",
      TARGET: scene.target.url,
    });
    expect(JSON.parse(checked.stdout)).toMatchObject({ errors: 0, warnings: 0 });
  });

  it("begins, changes and ends when the rules are read again", async () => {
    const reload = async (): Promise<unknown> =>
      (await scene.router.ask("/api/v1/rules/reload", { method: "POST" })).json();
    const write = (text: string): Promise<void> => writeFile(join(scene.dir, "sources/nightly.yaml"), text);
    const sent = (): number => scene.target.arrivals.filter(({ body }) => body.includes('"evening"')).length;
    await write("schedule: { everySeconds: 1, body: { say: evening } }\n");
    expect(await reload()).toMatchObject({ state: "changed" });
    await until("it ticks", () => sent() >= 2, { withinMs: 20_000 });
    await write("schedule: { cron: '0 3 * * *', body: { say: evening } }\n");
    expect(await reload()).toMatchObject({ state: "changed" });
    const before = ticks().length;
    const count = sent();
    await until("the other schedule goes on", () => ticks().length >= before + 4, { withinMs: 20_000 });
    expect(sent()).toBeLessThanOrEqual(count + 1);
  });
});
