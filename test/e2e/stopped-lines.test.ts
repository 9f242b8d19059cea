/** Lines that a dead letter stops, seen and let go by the API and the command line. */
import { afterEach, expect, it } from "vitest";
import { call } from "../helpers/admin.ts";
import { post } from "../helpers/github.ts";
import { aRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { run } from "../helpers/router.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { status } from "../helpers/target.ts";
import { until } from "../helpers/until.ts";

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

interface Stopped {
  readonly items: readonly { readonly id: string; readonly key: string; readonly waiting: number }[];
  readonly count: number;
}

/** A route ordered by `key` whose target refuses what says `bad`. */
async function scened(onDead: string): Promise<Scene> {
  const redis = await aRedis({ "maxmemory-policy": "noeviction" });
  closing.push(() => redis.close());
  const route = `source: github\ntarget: api\norder: { key: key, onDead: ${onDead} }\n`;
  const scene = await aScene({ redisUrl: redis.url, files: { "routes/everything.yaml": route } });
  closing.push(() => scene.close());
  scene.target.answer = (arrival, response, nth) =>
    status((arrival.json as { bad?: boolean }).bad === true && mended === false ? 422 : 200)(
      arrival,
      response,
      nth,
    );
  return scene;
}

let mended = false;

const arrived = ({ target }: Scene, key: string): number[] =>
  target.arrivals
    .map(({ json }) => json as { key: string; n: number })
    .flatMap((one) => (one.key === key ? [one.n] : []));

/** Three events of a key, of which the first is refused; another key goes on meanwhile. Its first delivery. */
async function stopped(scene: Scene): Promise<string> {
  mended = false;
  const { hooks, admin } = scene.router;
  const first = await post(hooks, { body: '{"key":"a","n":1,"bad":true}' });
  for (const n of [2, 3]) await post(hooks, { body: JSON.stringify({ key: "a", n }) });
  await post(hooks, { body: '{"key":"b","n":1}' });
  await until("the other key goes on", () => arrived(scene, "b").length === 1);
  const id = first.json.deliveries![0]!;
  await until("the line is stopped", async () => {
    const { json } = await call<Stopped>(admin, "/lines");
    return json.count === 1 && json.items[0]!.waiting === 2;
  });
  return id;
}

const asked = (scene: Scene, ...args: string[]): ReturnType<typeof run> =>
  run([...args, "--url", scene.router.admin], { SIGNALBOX_TOKEN: scene.router.token });

describeWithRedis("a stopped line", () => {
  it("is listed with since when, why and how many wait, and goes on in order when its delivery is tried again", async () => {
    const scene = await scened("hold");
    const id = await stopped(scene);
    const { json } = await call<Stopped>(scene.router.admin, "/lines");
    expect(json).toMatchObject({
      items: [{ id, route: "everything", key: "a", how: "hold", code: "FORWARD_STATUS_REFUSED", waiting: 2 }],
    });
    expect((await call(scene.router.admin, `/deliveries/${id}`)).json).toMatchObject({
      state: "dead",
      line: { rule: "order", key: "a" },
    });
    const table = await asked(scene, "lines");
    expect(table.stdout).toMatch(/everything +a +hold +\S+ +2 +FORWARD_STATUS_REFUSED +dlv_/);
    expect(arrived(scene, "a")).toEqual([1]);
    mended = true;
    const released = await asked(scene, "lines", "release", id, "--retry");
    expect(released).toMatchObject({ code: 0, stdout: `${id} is tried again.\n` });
    await until("all of the key came through", () => arrived(scene, "a").length === 4);
    expect(arrived(scene, "a")).toEqual([1, 1, 2, 3]);
    expect((await asked(scene, "lines")).stdout).toBe("No line is stopped.\n");
    const again = await call(scene.router.admin, `/lines/${id}/release`, { does: "skip" });
    expect(again).toMatchObject({ status: 409, json: { code: "ADMIN_CONFLICT" } });
  }, 60_000);

  it("goes on without its delivery when that is skipped, which stays a dead letter", async () => {
    const scene = await scened("park");
    const id = await stopped(scene);
    const neither = await asked(scene, "lines", "release", id);
    expect(neither).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--retry or --skip") as string,
    });
    const skipped = await asked(scene, "lines", "release", id, "--skip", "--json");
    expect(JSON.parse(skipped.stdout)).toEqual({ id, does: "skip" });
    await until("the others came through", () => arrived(scene, "a").length === 3);
    expect(arrived(scene, "a")).toEqual([1, 2, 3]);
    expect((await call(scene.router.admin, `/deliveries/${id}`)).json).toMatchObject({ state: "dead" });
    expect((await call(scene.router.admin, "/audit")).json).toMatchObject({
      items: expect.arrayContaining([expect.objectContaining({ action: "line.released" })]) as unknown[],
    });
  }, 60_000);

  it("that is parked goes on when the provider sends the event again and it comes through; a held one does not", async () => {
    for (const onDead of ["park", "hold"]) {
      const scene = await scened(onDead);
      mended = false;
      const body = '{"key":"a","n":1,"bad":true}';
      const webhook = { id: "the-same-delivery", body };
      const first = await post(scene.router.hooks, webhook);
      await post(scene.router.hooks, { body: '{"key":"a","n":2}' });
      await until(
        "it is stopped",
        async () => (await call<Stopped>(scene.router.admin, "/lines")).json.count === 1,
      );
      mended = true;
      const again = await post(scene.router.hooks, webhook);
      expect(again.json).toMatchObject({ duplicate: true, id: first.json.id });
      if (onDead === "hold") {
        expect((await call<Stopped>(scene.router.admin, "/lines")).json.count).toBe(1);
        expect(arrived(scene, "a")).toEqual([1]);
      } else await until("all came through", () => arrived(scene, "a").join() === "1,1,2");
    }
  }, 60_000);
});
