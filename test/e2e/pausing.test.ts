/** Pausing a target while it is under load, with two processes: held, not failed; and going on without a loss. */
import { afterEach, expect, it } from "vitest";
import type { TargetState } from "../../src/admin/shapes/state.ts";
import { answers, call } from "../helpers/admin.ts";
import { post } from "../helpers/github.ts";
import { aRedis, type TestRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { status } from "../helpers/target.ts";
import { until } from "../helpers/until.ts";

let redis: TestRedis;
let scene: Scene;

afterEach(async () => {
  await scene.close();
  await redis.close();
});

const target = (state: Partial<TargetState>) => (json: TargetState) =>
  Object.entries(state).every(([name, value]) => json[name as keyof TargetState] === value);

async function send(count: number, from = 0): Promise<string[]> {
  const ids: string[] = [];
  for (let at = 0; at < count; at += 20) {
    const sent = await Promise.all(
      Array.from({ length: Math.min(20, count - at) }, (_, nth) =>
        post(scene.router.hooks, { body: JSON.stringify({ nth: from + at + nth }) }),
      ),
    );
    ids.push(...sent.map(({ json }) => json.deliveries![0]!));
  }
  return ids;
}

describeWithRedis("a paused target", () => {
  it("is seen as paused by whoever looks next, though he who looked just before was told something else", async () => {
    redis = await aRedis();
    scene = await aScene({ redisUrl: redis.url });
    const { admin } = scene.router;
    const seen = async (): Promise<readonly (string | undefined)[]> => {
      const one = await call<TargetState>(admin, "/targets/api");
      const all = await call<{ targets: TargetState[] }>(admin, "/overview");
      return [one.json.paused?.reason, all.json.targets[0]?.paused?.reason];
    };
    for (let nth = 0; nth < 5; nth++) {
      expect(await seen()).toEqual([undefined, undefined]);
      await call(admin, "/targets/api/pause", { reason: `for the ${nth}th time` });
      expect(await seen()).toEqual([`for the ${nth}th time`, `for the ${nth}th time`]);
      await call(admin, "/targets/api/resume", {});
    }
  }, 60_000);

  it("holds what comes under load, fails nothing, and drains whole when it goes on", async () => {
    redis = await aRedis({ appendonly: "yes" });
    scene = await aScene({ redisUrl: redis.url });
    const second = await scene.start();
    const { admin } = scene.router;
    const first = await send(200);
    const paused = await call<{ reason: string; by: string }>(admin, "/targets/api/pause", {
      reason: "migration",
    });
    expect(paused.status).toBe(200);
    expect(paused.json.reason).toBe("migration");
    await answers<TargetState>(admin, "/targets/api", target({ active: 0 }));
    const before = scene.target.arrivals.length;
    const later = await send(200, 1_000);
    const state = await answers<TargetState>(second.admin, "/targets/api", target({ verdict: "paused" }));
    expect(state.reason).toBe("Paused by local: migration");
    expect(state.since).toBe((paused.json as unknown as { at: string }).at);
    // Both passes of both processes went by, and none woke anybody.
    await new Promise((resolve) => setTimeout(resolve, 4_500));
    expect(scene.target.arrivals.length).toBe(before);
    const held = await answers<TargetState>(admin, "/targets/api", ({ waiting }) => waiting >= 200);
    expect(held.open).toBe(held.waiting);
    const overview = await call<{
      balance: { hours: { held: number; pending: number; made: number }[]; balanced: boolean };
    }>(admin, "/overview");
    expect(overview.json.balance.balanced).toBe(true);
    expect(overview.json.balance.hours.reduce((sum, row) => sum + row.held, 0)).toBe(held.open);
    expect(overview.json.balance.hours.reduce((sum, row) => sum + row.pending, 0)).toBe(0);
    const ready = await fetch(`${second.admin}/readyz`);
    expect(ready.status, "a paused queue is no worker that sleeps over its work").toBe(200);

    expect((await call(second.admin, "/targets/api/resume", {})).status).toBe(200);
    await until("all are there", () => scene.target.arrivals.length >= 400, { withinMs: 20_000 });
    await answers<TargetState>(admin, "/targets/api", target({ open: 0, dead: 0 }));
    const arrived = scene.target.arrivals.map(({ headers }) => headers["webhook-id"]);
    expect(new Set(arrived)).toEqual(new Set([...first, ...later]));
    expect(arrived.length).toBe(400);
  }, 60_000);

  it("stays so over a restart, and a retry that falls due meanwhile waits", async () => {
    redis = await aRedis({ appendonly: "yes" });
    scene = await aScene({ redisUrl: redis.url });
    scene.target.answer = status(503);
    await send(1);
    await until("it was tried", () => scene.target.arrivals.length > 0);
    expect((await call(scene.router.admin, "/targets/api/pause", {})).status).toBe(200);
    await answers<TargetState>(scene.router.admin, "/targets/api", target({ active: 0 }));
    await scene.router.end("SIGKILL");
    const tried = scene.target.arrivals.length;
    scene.router = await scene.start();
    scene.target.answer = status(200);
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect(scene.target.arrivals.length).toBe(tried);
    await call(scene.router.admin, "/targets/api/resume", {});
    await answers<TargetState>(scene.router.admin, "/targets/api", target({ open: 0 }));
    expect(scene.target.arrivals.length).toBe(tried + 1);
  }, 60_000);

  it("can be paused again by the same, is not there to be paused by name alone, and refuses nonsense", async () => {
    redis = await aRedis();
    scene = await aScene({ redisUrl: redis.url });
    const { admin } = scene.router;
    const once = await call(admin, "/targets/api/pause", { reason: "a" });
    const twice = await call(admin, "/targets/api/pause", { reason: "b" });
    expect(twice).toEqual(once);
    expect((await call(admin, "/targets/nobody/pause", {})).status).toBe(404);
    expect((await call(admin, "/targets/__proto__/resume", {})).status).toBe(404);
    expect((await call(admin, "/targets/api/pause", { reason: 5 })).status).toBe(400);
    expect((await call(admin, "/targets/api/resume", {})).json).toMatchObject({ was: once.json });
    expect((await call(admin, "/targets/api/resume", {})).json).toEqual({ target: "api" });
  });
});
