/** Replays of many: behind the live ones, each once, over a kill, and never of a set that somebody else has changed. */
import { afterEach, expect, it } from "vitest";
import { replay, replayPreview, type Replay, type ReplayPreview } from "../../src/admin/shapes/replays.ts";
import { answers, call, misfits } from "../helpers/admin.ts";
import { deadLetters } from "../helpers/dead.ts";
import { post } from "../helpers/github.ts";
import { aRedis, type TestRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { status, type Answering } from "../helpers/target.ts";
import { until } from "../helpers/until.ts";

let redis: TestRedis;
let scene: Scene;

afterEach(async () => {
  await scene.close();
  await redis.close();
});

async function start(files: Readonly<Record<string, string>> = {}): Promise<void> {
  redis = await aRedis({ appendonly: "yes" });
  scene = await aScene({ redisUrl: redis.url, files });
}

/** So many dead letters; resolves with their ids. */
const dead = (count: number): Promise<string[]> => deadLetters(scene, count);

const begin = (body: object): Promise<{ status: number; json: Replay }> =>
  call<Replay>(scene.router.admin, "/replays", body);

const state = (wished: string) => (json: Replay) => json.state === wished;

/** Posts live events for a while, 100 a second; how long each took to arrive, in ms, sorted. */
async function live(forMs: number): Promise<number[]> {
  const sentAt = new Map<string, number>();
  const posts: Promise<void>[] = [];
  for (const end = Date.now() + forMs; Date.now() < end;) {
    const at = Date.now();
    const sent = post(scene.router.hooks, { body: JSON.stringify({ live: posts.length }) });
    posts.push(sent.then(({ json }) => void sentAt.set(json.deliveries![0]!, at)));
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await Promise.all(posts);
  const arrivals = (): Map<string, number> =>
    new Map(scene.target.arrivals.map(({ headers, at }) => [headers["webhook-id"]!, at]));
  await until("the live ones arrive", () => {
    const there = arrivals();
    return [...sentAt.keys()].every((id) => there.has(id));
  });
  const there = arrivals();
  return [...sentAt].map(([id, at]) => there.get(id)! - at).sort((a, b) => a - b);
}

const p99 = (sorted: readonly number[]): number => sorted[Math.floor(sorted.length * 0.99)]!;

/** A target that takes its time, so that the queue is what one waits in. */
const slowly: Answering = (_arrival, response) => void setTimeout(() => response.writeHead(200).end(), 40);

describeWithRedis("a replay of many", () => {
  it("of 2,000 goes on behind live traffic, which stays as fast, and sends each once", async () => {
    await start();
    const ids = await dead(2_000);
    scene.target.answer = slowly;
    const filter = { target: "api", state: "dead" };
    const wanted = { filter, ratePerSecond: 200 };
    const preview = await call<ReplayPreview>(scene.router.admin, "/replays/preview", wanted);
    expect(misfits(replayPreview, preview.json)).toEqual([]);
    expect(preview.json).toMatchObject({ count: 2_000, complete: true, duplicates: 0, seconds: 10 });
    expect(preview.json.sample.length).toBe(5);
    const alone = p99(await live(4_000));
    scene.target.arrivals.length = 0;
    const begun = await begin({ ...wanted, reason: "it was mended", expectedCount: 2_000 });
    expect(begun.status).toBe(202);
    expect(misfits(replay, begun.json)).toEqual([]);
    const beside = p99(await live(8_000));
    const done = await answers<Replay>(
      scene.router.admin,
      `/replays/${begun.json.id}`,
      state("done"),
      40_000,
    );
    expect(done).toMatchObject({ total: 2_000, replayed: 2_000, skipped: 0, by: "local", does: "replay" });
    await answers<{ open: number }>(scene.router.admin, "/targets/api", ({ open }) => open === 0);
    const again = scene.target.arrivals
      .map(({ headers }) => headers["webhook-id"]!)
      .filter((id) => ids.includes(id));
    expect(again.length).toBe(2_000);
    expect(new Set(again).size).toBe(2_000);
    // 300 a second are more than the 250 that the target takes: in one lane they would wait for each other for seconds.
    expect(beside).toBeLessThanOrEqual(Math.max(alone * 2, 500));
  }, 120_000);

  it("goes on in another process when the one that carried it out is killed, and does nothing twice", async () => {
    await start();
    const ids = await dead(400);
    // Failing again, they would be dead and found again: the set is that of the beginning.
    const begun = await begin({ filter: { state: "dead" }, reason: "try", ratePerSecond: 100 });
    await answers<Replay>(scene.router.admin, `/replays/${begun.json.id}`, ({ replayed }) => replayed >= 60);
    await scene.router.end("SIGKILL");
    scene.router = await scene.start();
    const done = await answers<Replay>(
      scene.router.admin,
      `/replays/${begun.json.id}`,
      state("done"),
      40_000,
    );
    expect(done.replayed + done.skipped).toBe(400);
    await answers<{ open: number }>(scene.router.admin, "/targets/api", ({ open }) => open === 0, 30_000);
    const arrived = scene.target.arrivals.map(({ headers }) => headers["webhook-id"]!);
    expect(new Set(arrived)).toEqual(new Set(ids));
    // An attempt in hand at the kill is made once more by the sweep; nothing else is.
    expect(arrived.length).toBeLessThanOrEqual(400 + 10);
    expect(done.replayed).toBe(400);
  }, 90_000);

  it("of two operators at once, the second is told that the set has changed", async () => {
    await start();
    await dead(30);
    scene.target.answer = status(200);
    const wanted = { filter: { state: "dead" }, reason: "both", ratePerSecond: 1_000, expectedCount: 30 };
    const first = await begin(wanted);
    await answers<Replay>(scene.router.admin, `/replays/${first.json.id}`, state("done"));
    const second = await begin(wanted);
    expect(second.status).toBe(409);
    expect(second.json).toMatchObject({ code: "ADMIN_CONFLICT" });
    const both = await Promise.all([
      begin({ ...wanted, expectedCount: 0 }),
      begin({ ...wanted, expectedCount: 0 }),
    ]);
    for (const { json } of both)
      await answers<Replay>(scene.router.admin, `/replays/${json.id}`, state("done"));
    expect(scene.target.arrivals.length).toBe(30);
  }, 60_000);

  it("of the same set by two at the very same time sends each once", async () => {
    await start();
    await dead(60);
    scene.target.answer = status(200);
    const wanted = { filter: { state: "dead" }, reason: "both", ratePerSecond: 1_000 };
    const both = await Promise.all([begin(wanted), begin(wanted)]);
    for (const { json } of both)
      await answers<Replay>(scene.router.admin, `/replays/${json.id}`, state("done"));
    await answers<{ open: number }>(scene.router.admin, "/targets/api", ({ open }) => open === 0);
    expect(scene.target.arrivals.length).toBe(60);
  }, 60_000);

  it("pauses, goes on, is cancelled, and says what cannot be done", async () => {
    await start();
    await dead(100);
    scene.target.answer = status(200);
    const { admin } = scene.router;
    const { json } = await begin({
      filter: { source: "github", state: "dead" },
      reason: "slowly",
      ratePerSecond: 10,
    });
    const path = `/replays/${json.id}`;
    await answers<Replay>(admin, path, ({ replayed }) => replayed > 0);
    expect((await call(admin, `${path}/pause`, {})).json).toMatchObject({ state: "paused" });
    const { replayed } = (await answers<Replay>(admin, path, state("paused"))) as { replayed: number };
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect((await call<Replay>(admin, path)).json.replayed).toBeLessThanOrEqual(replayed + 16);
    expect((await call(admin, `${path}/resume`, {})).json).toMatchObject({ state: "running" });
    await answers<Replay>(admin, path, (now) => now.replayed > replayed);
    expect((await call(admin, `${path}/cancel`, {})).json).toMatchObject({ state: "cancelled" });
    expect((await call(admin, `${path}/cancel`, {})).status).toBe(200);
    expect((await call(admin, `${path}/resume`, {})).json).toMatchObject({ code: "ADMIN_CONFLICT" });
    const listed = await call<{ items: Replay[] }>(admin, "/replays");
    expect(listed.json.items.map(({ id }) => id)).toEqual([json.id]);
    expect((await call(admin, "/replays/rpl_00000000000000000000000000")).status).toBe(404);
    const refused = async (body: object) => (await call<{ code: string }>(admin, "/replays", body)).json.code;
    expect(await refused({ filter: {}, reason: "all" })).toBe("ADMIN_INPUT_INVALID");
    expect(await refused({ filter: { state: "pending" }, reason: "all" })).toBe("ADMIN_INPUT_INVALID");
    expect(await refused({ filter: { state: "dead" } })).toBe("ADMIN_BODY_INVALID");
    expect(await refused({ filter: { nonsense: "x" }, reason: "all" })).toBe("ADMIN_BODY_INVALID");
    expect(await refused({ filter: { state: "dead" }, reason: "all", ratePerSecond: 0 })).toBe(
      "ADMIN_BODY_INVALID",
    );
  }, 60_000);
});

describeWithRedis("one event", () => {
  it("shows the difference first, is replayed with an edited body as a new event, and stays as it was", async () => {
    await start({
      "routes/rule.yaml": "source: github\non: [rule]\nwhen: keep = true\ntransform: rule\ntarget: api\n",
      "transforms/rule.jsonata": '{ "text": name & "!" }',
      "transforms/rule.yaml": "output: out\n",
      "schemas/out.json": '{"type":"object","properties":{"text":{"type":"string","maxLength":5}}}',
    });
    const { admin, hooks } = scene.router;
    const { json } = await post(hooks, { type: "rule", body: JSON.stringify({ keep: true, name: "ada" }) });
    type Listed = {
      deliveries: { state: string; route: string }[];
      body: unknown;
      replayOf?: string;
      editedBy?: string;
    };
    const ended = ({ deliveries }: Listed) => deliveries.every(({ state: at }) => at === "delivered");
    await answers<Listed>(admin, `/events/${json.id!}`, ended);
    type Items = {
      items: {
        route: string;
        before?: unknown;
        after?: unknown;
        filtered: boolean;
        error?: object;
        mayRepeat: boolean;
      }[];
    };
    const asked = async (body: object) => {
      const { items } = (await call<Items>(admin, `/events/${json.id!}/preview`, body)).json;
      return items.find(({ route }) => route === "rule")!;
    };
    expect(await asked({})).toMatchObject({
      before: { text: "ada!" },
      after: { text: "ada!" },
      mayRepeat: true,
    });
    expect(await asked({ body: { keep: true, name: "bob" } })).toMatchObject({ after: { text: "bob!" } });
    expect(await asked({ body: { keep: false } })).toMatchObject({ filtered: true });
    expect(await asked({ body: { keep: true, name: "barbara" } })).toMatchObject({
      error: { code: "TRANSFORM_OUTPUT_INVALID" },
    });
    const sent = scene.target.arrivals.length;
    expect(scene.target.arrivals.length, "a preview sends nothing").toBe(sent);
    const again = await call<{ event: string; deliveries: string[] }>(admin, `/events/${json.id!}/replay`, {
      body: { keep: true, name: "bob" },
      reason: "a wrong name",
    });
    expect(again.status).toBe(202);
    expect(again.json.event).not.toBe(json.id);
    const made = await answers<Listed>(admin, `/events/${again.json.event}`, ended);
    expect(made).toMatchObject({ replayOf: json.id, editedBy: "local", body: { keep: true, name: "bob" } });
    const original = await call<Listed>(admin, `/events/${json.id!}`);
    expect(original.json.body).toEqual({ keep: true, name: "ada" });
    expect(scene.target.arrivals.map((arrival) => arrival.json)).toContainEqual({ text: "bob!" });
    const twice = await call<{ deliveries: string[] }>(admin, `/events/${json.id!}/replay`, {});
    expect(twice.json.deliveries.sort()).toEqual([...json.deliveries!].sort());
  }, 60_000);

  it("is given up, one delivery or all of a cause, with who and why", async () => {
    await start();
    const [first] = await dead(12);
    const { admin } = scene.router;
    expect((await call(admin, `/deliveries/${first!}/discard`, {})).status).toBe(400);
    expect((await call(admin, `/deliveries/${first!}/discard`, { reason: "not ours" })).status).toBe(204);
    expect((await call(admin, `/deliveries/${first!}`)).json).toMatchObject({ state: "discarded" });
    expect((await call(admin, `/deliveries/${first!}/discard`, { reason: "again" })).json).toMatchObject({
      code: "ADMIN_CONFLICT",
    });
    const { json } = await call<{ items: { cause: string }[] }>(admin, "/deliveries?state=dead");
    const { cause } = json.items[0]!;
    const gone = await call(admin, `/dead-letters/${cause}/discard`, { reason: "none of them" });
    expect(gone).toMatchObject({ status: 202, json: { discarded: 11, skipped: 0 } });
    expect((await call(admin, `/dead-letters/${cause}/discard`, { reason: "more" })).status).toBe(404);
    const balance = await answers<{
      deadLetters: number;
      balance: { balanced: boolean; hours: { discarded: number }[] };
    }>(admin, "/overview", ({ deadLetters }) => deadLetters === 0);
    expect(balance.balance.balanced).toBe(true);
    expect(balance.balance.hours.reduce((sum, { discarded }) => sum + discarded, 0)).toBe(12);
  }, 60_000);
});
