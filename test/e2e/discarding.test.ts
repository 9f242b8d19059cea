/** Giving up many: a large cause and whatever a filter finds, in the background, each once, with who and why. */
import { afterEach, expect, it } from "vitest";
import type { Replay } from "../../src/admin/shapes/replays.ts";
import { answers, call } from "../helpers/admin.ts";
import { deadLetters } from "../helpers/dead.ts";
import { aRedis, type TestRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { aScene, type Scene } from "../helpers/scene.ts";

let redis: TestRedis;
let scene: Scene;

afterEach(async () => {
  await scene.close();
  await redis.close();
});

async function start(): Promise<void> {
  redis = await aRedis({ appendonly: "yes" });
  scene = await aScene({ redisUrl: redis.url });
}

interface Given {
  readonly state: string;
  readonly discarded: { readonly by: string; readonly reason: string };
}

/** All that was made is somewhere, and so many of it were given up. */
async function balanced(count: number): Promise<void> {
  const given = (hours: readonly { discarded: number }[]): number =>
    hours.reduce((sum, { discarded }) => sum + discarded, 0);
  // The causes and the ledger are read apart, and each is kept for a moment.
  const { balance } = await answers<{
    deadLetters: number;
    balance: { balanced: boolean; hours: { discarded: number }[] };
  }>(
    scene.router.admin,
    "/overview",
    ({ deadLetters: left, balance: { hours } }) => left === 0 && given(hours) >= count,
  );
  expect(balance.balanced).toBe(true);
  expect(given(balance.hours)).toBe(count);
}

describeWithRedis("giving up", () => {
  it("a cause of 1,100 is a task that another process finishes after a kill, and everything balances", async () => {
    await start();
    const ids = await deadLetters(scene, 1_100);
    const causes = await call<{ items: { id: string; count: number }[] }>(
      scene.router.admin,
      "/dead-letters",
    );
    const [{ id: cause, count } = { id: "", count: 0 }] = causes.json.items;
    expect(count).toBe(1_100);
    const begun = await call<{ discarded: number; task: string }>(
      scene.router.admin,
      `/dead-letters/${cause}/discard`,
      { reason: "the shop is closed" },
    );
    expect(begun).toMatchObject({ status: 202, json: { discarded: 0, skipped: 0 } });
    const path = `/replays/${begun.json.task}`;
    expect((await call<Replay>(scene.router.admin, path)).json).toMatchObject({
      ...{ does: "discard", total: 1_100, reason: "the shop is closed", by: "local" },
      filter: { cause, state: "dead" },
    });
    await answers<Replay>(scene.router.admin, path, ({ replayed }) => replayed >= 100);
    await scene.router.end("SIGKILL");
    scene.router = await scene.start();
    const done = await answers<Replay>(scene.router.admin, path, ({ state }) => state === "done");
    expect(done.replayed + done.skipped).toBe(1_100);
    for (const id of [ids[0]!, ids[550]!, ids[1_099]!]) {
      const { json } = await call<Given>(scene.router.admin, `/deliveries/${id}`);
      expect(json).toMatchObject({ state: "discarded", discarded: { reason: "the shop is closed" } });
    }
    await balanced(1_100);
    expect(scene.target.arrivals, "nothing of it was sent").toEqual([]);
    expect((await call(scene.router.admin, `/dead-letters/${cause}`)).status).toBe(404);
  }, 120_000);

  it("what a filter finds leaves the rest, is counted before, and refuses what names nothing or what is not dead", async () => {
    await start();
    const ids = await deadLetters(scene, 30);
    const { admin } = scene.router;
    const discard = (body: object) => call<Replay & { code?: string }>(admin, "/dead-letters/discard", body);
    const one = { id: ids[3]! };
    for (const [body, code] of [
      [{ filter: {}, reason: "all" }, "ADMIN_INPUT_INVALID"],
      [{ filter: { state: "dead" }, reason: "all" }, "ADMIN_INPUT_INVALID"],
      [{ filter: { ...one, state: "delivered" }, reason: "all" }, "ADMIN_INPUT_INVALID"],
      [{ filter: one }, "ADMIN_BODY_INVALID"],
      [{ filter: one, reason: "x", ratePerSecond: 1 }, "ADMIN_BODY_INVALID"],
      [{ filter: { target: "api" }, reason: "moved", expectedCount: 60 }, "ADMIN_CONFLICT"],
    ] as const)
      expect((await discard(body)).json.code, JSON.stringify(body)).toBe(code);
    const { status, json } = await discard({ filter: one, reason: "only this", expectedCount: 1 });
    expect(status).toBe(202);
    expect(json).toMatchObject({ does: "discard", total: 1, filter: { ...one, state: "dead" } });
    await answers<Replay>(
      admin,
      `/replays/${json.id}`,
      ({ state, replayed }) => state === "done" && replayed === 1,
    );
    expect((await call<Given>(admin, `/deliveries/${ids[3]!}`)).json.discarded.reason).toBe("only this");
    await answers<{ deadLetters: number }>(admin, "/overview", ({ deadLetters: left }) => left === 29);
    const rest = await discard({ filter: { target: "api" }, reason: "the rest" });
    await answers<Replay>(
      admin,
      `/replays/${rest.json.id}`,
      ({ state, replayed }) => state === "done" && replayed === 29,
    );
    await balanced(30);
    const trail = await call<{ items: { action: string; status: number; detail?: string }[] }>(
      admin,
      "/audit?action=dead-letters.discarded",
    );
    expect(trail.json.items.filter(({ status: said }) => said === 202).map(({ detail }) => detail)).toEqual([
      "the rest",
      "only this",
    ]);
  }, 60_000);
});
